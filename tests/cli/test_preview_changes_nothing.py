"""A preview of every kind of change leaves the catalog, every row and every role as they were."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import pytest

from infra.preview.document import PlanDocument
from tests.cli.commands import Ended, Project
from tests.cli.on_server import STACK, on_server
from tests.clusters import Database
from tests.seeding import seed

ROWS: Final = 100_000
ENGINE: Final = ("--stack", STACK, "--engine", "embedded")
_METRICS: Final = "public.pipeline_metrics"
_PROFILES: Final = "public.creator_profiles"
_OVERRIDES: Final = [{"gate": gate, "by": "ada", "why": "a test", "until": "2999-01-01"} for gate in range(1, 5)]


@dataclass(frozen=True)
class Case:
    """What is otherwise than declared, by somebody's statements or in the stack file, and what the plan then has."""

    kind: str
    action: str
    statements: tuple[str, ...] = ()
    config: tuple[tuple[str, Any], ...] = ()


#: Each beside what was done before it.
CASES: Final = {
    "column added": Case("Table", "change", (f"ALTER TABLE {_METRICS} DROP COLUMN metric_unit",)),
    "column of somebody else's": Case("Table", "change", (f"ALTER TABLE {_METRICS} ADD COLUMN their_own text",)),
    "column retyped": Case("Table", "change", (f"ALTER TABLE {_METRICS} ALTER COLUMN metric_name TYPE varchar(90)",)),
    "row security": Case("Table", "change", (f"ALTER TABLE {_METRICS} NO FORCE ROW LEVEL SECURITY",)),
    "policy made": Case("Policy", "create", (f"DROP POLICY creator_select ON {_METRICS}",)),
    "policy changed": Case("Policy", "change", (f"ALTER POLICY creator_update ON {_PROFILES} USING (true)",)),
    "grant": Case("Grant", "change", (f"GRANT SELECT ON {_PROFILES} TO anon",)),
    "index": Case("Index", "create", ("DROP INDEX public.pipeline_metrics_recorded_at_idx",)),
    "function": Case("Function", "change", ("ALTER FUNCTION public.feature_enabled(text) SECURITY DEFINER",)),
    "trigger": Case("Trigger", "create", (f"DROP TRIGGER creator_profiles_admit_creator ON {_PROFILES}",)),
    "view": Case("View", "change", ("ALTER VIEW public.creator_pipeline_overview SET (security_invoker = off)",)),
    "role": Case("Role", "change", ("ALTER ROLE pipeline_monitor CREATEDB",)),
    "setting": Case("Setting", "change", ("ALTER ROLE pipeline_monitor SET statement_timeout = '9s'",)),
    "phase up": Case("Rollout", "change", (), (("phase", 5),)),
    "phase down": Case("Rollout", "change", (), (("phase", 2),)),
    "access": Case("Policy", "create", (), (("access", "legacy"),)),
}


def _state(project: Project, database: Database) -> tuple[str, Any, dict[str, bytes]]:
    """Return a digest of the catalog with every row of every schema, the roles, and the files with the state."""
    dump = hashlib.sha256(database.dump(schema_only=False).encode()).hexdigest()
    files = {path.name: path.read_bytes() for path in project.home.rglob("*.json")}
    return dump, database.roles(), files | project.files()


def _break(database: Database, case: Case) -> None:
    with database.connect(user="admin") as connection:
        for statement in case.statements:
            connection.execute(statement.encode())


def _previewed(project: Project, database: Database) -> PlanDocument:
    before = _state(project, database)
    done: Ended = project.rollout("preview", *ENGINE, "--json")
    assert done.code == 0, done.err
    assert _state(project, database) == before
    return PlanDocument.from_text(done.out)


def test_everything_at_once(project: Project, database18: Database) -> None:
    """On a database that is taken over: no state knows of it, and each object is otherwise than declared."""
    on_server(project, database18, phase=4, overrides=_OVERRIDES)
    seed(database18)
    for case in CASES.values():
        _break(database18, case)
    plan = _previewed(project, database18)
    kinds = {(one.kind, one.action) for one in plan.objects}
    wanted = {(case.kind, case.action.replace("change", "adopt")) for case in CASES.values()}
    assert wanted <= kinds, wanted - kinds
    assert (plan.phase.before, plan.phase.after) == (5, 4)


@pytest.mark.full
def test_each_kind_on_many_rows(project: Project, database18: Database) -> None:
    """On 100,000 rows, and with the state of an `up` before."""
    on_server(project, database18, deployed=False, phase=4, access="service", protect=False, overrides=_OVERRIDES)
    up = project.rollout("up", *ENGINE, "--yes")
    assert up.code == 0, up.said
    seed(database18)
    with database18.connect(user="admin") as connection:
        connection.execute(
            "INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value)"
            " SELECT p.id, 'quality', 'readiness_score', n %% 100"
            " FROM (SELECT id FROM public.creator_profiles LIMIT 1) AS p, generate_series(1, %s) AS n",
            [ROWS],
        )
        connection.execute("ANALYZE")
    locked = set()
    for name, case in CASES.items():
        _break(database18, case)
        project.configure(STACK, **({"phase": 4, "access": "service"} | dict(case.config)))
        plan = _previewed(project, database18)
        assert (case.kind, case.action) in {(one.kind, one.action) for one in plan.objects}, name
        locked |= {lock.rows for one in plan.objects for lock in one.locks if lock.relation == _METRICS}
    assert min(locked) >= ROWS, locked
