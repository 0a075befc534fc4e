"""A deployed pipeline whose figures these tests write, and the gates as they find them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from infra.database.ledger import Entry, append
from infra.database.session import Session
from infra.gates.evaluation import evaluate_criterion
from infra.gates.report import Row
from infra.gates.settings import as_set
from infra.models.criterion import Criterion
from infra.models.gate import CriterionName, GateSettings
from infra.pipeline.gates import criterion
from tests.clusters import Database
from tests.phases.rollouts import Stage, stage

HOUR: Final = timedelta(hours=1)
NONE: Final = GateSettings()


@dataclass
class Ground:
    """A pipeline and the moment at which its gates are measured."""

    stage: Stage
    now: datetime

    @property
    def database(self) -> Database:
        return self.stage.database

    @property
    def session(self) -> Session:
        return self.stage.deployer.workspace.session

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement as the superuser, past phase and policies."""
        with self.database.connect(user="admin") as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def creator(self, kind: str | None = None) -> str:
        """Add a creator with a profile, in the cohort if a kind is given; return the profile's id."""
        user = self.stage.user(kind)
        with self.database.connect(user="admin") as connection:
            # Nobody may sign up in phase 1, and these tests are not about that.
            connection.execute("SET session_replication_role = replica")
            row = connection.execute(
                "INSERT INTO public.creator_profiles (user_id) VALUES (%s) RETURNING id::text", [user]
            ).fetchone()
        assert row is not None
        return str(row[0])

    def metrics(self, profile: str, name: str, values: Iterable[object], *, ago: timedelta = HOUR) -> None:
        """Write figures, a minute apart, the last of them so long ago."""
        given = [str(value) for value in values]
        times = [self.now - ago - timedelta(minutes=len(given) - 1 - number) for number in range(len(given))]
        self.run(
            "INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value,"
            " recorded_at) SELECT %s, 'quality', %s, u.value, u.at"
            " FROM unnest(%s::numeric[], %s::timestamptz[]) AS u (value, at)",
            profile,
            name,
            given,
            times,
        )

    def sessions(self, profile: str, stages: Iterable[str], logs: str = "{}", *, ago: timedelta = HOUR) -> None:
        """Write completed sessions of these stages."""
        at = self.now - ago
        self.run(
            "INSERT INTO public.pipeline_sessions (creator_profile_id, stage, started_at, completed_at, error_logs)"
            " SELECT %s, u.stage, %s, %s, %s::jsonb FROM unnest(%s::text[]) AS u (stage)",
            profile,
            at,
            at,
            logs,
            list(stages),
        )

    def clear(self) -> None:
        """Forget every figure."""
        self.run("TRUNCATE public.pipeline_metrics, public.pipeline_sessions")

    def ledger(self, event: str, to_value: str = "", details: dict[str, Any] | None = None, **more: Any) -> None:
        """Write into the ledger."""
        append(self.session, Entry(event, "tests", to_value=to_value, details=details or {}, **more))

    def backdate(self, entries: dict[str, timedelta]) -> None:
        """Let the ledger say that these phases began so long ago."""
        for phase, ago in entries.items():
            with self.database.connect(user="admin") as connection:
                connection.execute("SET session_replication_role = replica")
                connection.execute(
                    "INSERT INTO pipeline_private.rollout_ledger (event, subject, actor, to_value, recorded_at)"
                    " VALUES ('phase', 'phase', 'tests', %s, %s)",
                    [phase, self.now - ago],
                )

    def row(self, name: CriterionName, settings: GateSettings = NONE) -> Row:
        """Return the criterion as the gate finds it."""
        return self.found(as_set(criterion(name), settings), settings)

    def found(self, wanted: Criterion, settings: GateSettings = NONE) -> Row:
        """Return any criterion as a gate would find it."""
        return evaluate_criterion(self.session, wanted, settings, self.now)

    def close(self) -> None:
        self.stage.deployer.close()


def deploy_ground(database: Database) -> Ground:
    """Deploy the pipeline at phase 1."""
    return Ground(stage(database, 1), datetime.now(UTC))


def settings(**given: Any) -> GateSettings:
    """Return the settings of these keys, as a stack file has them."""
    return GateSettings.load(json.loads(json.dumps(given)))
