"""How many scores, sessions and metrics a second, with triggers and row security and without.

Run with ``python -m bench.writing``. It makes a server of its own with two databases and takes both away: the pipeline
as it is deployed with `access: legacy`, where the service writes as with `access: service` and creators write too, and
a copy of it whose triggers are off and whose row security is disabled. Keys, checks and indexes are in both: the guide
has them too.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, LiteralString

import psycopg
from psycopg import sql

from bench.crowd import EACH, TABLES, copy_of, deployed, grow
from bench.sections import Mark, Row, Section, Spread, alone
from infra.database.target import Target
from infra.embedded.pg_binaries import wheel_binaries
from infra.models.access import Access

MARK: Final = Mark.ratio_at_least(0.8)
_WRITERS: Final = 2
_BATCH: Final = 100
_SECONDS: Final = 120
#: The user's id is the creator's number behind an e.
_WHO: Final = """\
SELECT set_config('role', '{role}', true), set_config('request.jwt.claims',
       json_build_object('sub', 'e' || lpad(to_hex(:n::int), 31, '0'), 'role', '{role}')::text, true);
"""
_PROFILE: Final = "lpad(to_hex({number}), 32, '0')::uuid"
_RATE: Final = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
#: In each table what the application fills in, and the values of row m.
_INSERTS: Final = {
    "scores": (
        "assessment_scores (creator_profile_id, dimension, score, evidence)",
        "'craft', m % 101, '{\"works\": 3}'::jsonb",
    ),
    "sessions": (
        "pipeline_sessions (creator_profile_id, stage, started_at, feedback, next_steps)",
        "'skill-assessment', now(), '{begun}'::text[], '{rest}'::text[]",
    ),
    "metrics": (
        "pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value)",
        "'conversion', 'stage_completion', 1",
    ),
}
_INSERT: Final = "INSERT INTO public.{columns} SELECT {profile}, {values} FROM generate_series(1, {batch}) AS m;"
_BARE: Final[tuple[LiteralString, ...]] = (
    "ALTER TABLE public.{} DISABLE TRIGGER USER",
    "ALTER TABLE public.{} DISABLE ROW LEVEL SECURITY",
)
_REST: Final[tuple[LiteralString, ...]] = (
    "SET session_replication_role = replica",
    """UPDATE public.creator_profiles SET last_activity_at = now() - interval '1 hour'
        WHERE last_activity_at > now() - interval '50 minutes'""",
    "VACUUM public.creator_profiles",
)
_TEXT: Final = """\
Rows a second of {writers} writers (pgbench, prepared statements), each transaction with role and claims set as the API
sets them: single rows, each in a transaction of its own, and batches of {batch} rows in one statement. Against the same
tables with no trigger and no row security; keys, checks and indexes are in both. One row in {each} is the first that a
creator gets for an hour, so that it also marks the creator as active. Commits do not wait for the disk, which would
hide what is measured. {creators:,} creators with {each} rows each to begin with; the two in turns, {runs} runs each."""


@dataclass(frozen=True)
class Plan:
    """How many creators and runs, and how many transactions a run has, of single rows and of batches."""

    creators: int
    runs: int
    single: int
    batches: int


FULL: Final = Plan(10_000, 3, 4000, 300)
QUICK: Final = Plan(1000, 2, 800, 60)
_TOUCH: Final = (
    "a transaction of one row also looks whether its creator is due, and one in ten writes the profile: half of that is"
    " parsing its checks (docs/adr/0011); a creator's own also looks up whose profile it is"
)
#: What a row costs beyond itself.
_WHY: Final = {
    "scores": _TOUCH,
    "sessions": _TOUCH,
    "metrics": "a statement marks the hours that it adds to, so that gates can read sums by the hour",
}
#: Each run has connections of its own.
_SHORT: Final = "a quick run is short: much of it is what a connection's first statements load, compile and plan"


@dataclass(frozen=True)
class Case:
    """What is written, by whom, and how many rows in a transaction."""

    kind: str
    role: str
    batch: int

    @property
    def name(self) -> str:
        """In words."""
        who = {"service_role": "by the service", "authenticated": "by creators themselves"}[self.role]
        rows = "single rows" if self.batch == 1 else f"batches of {self.batch}"
        return f"{self.kind} {who}, {rows}"

    def script(self, creators: int) -> str:
        """Return the transaction for pgbench; a creator's batch is the creator's own, a service's of several."""
        columns, values = _INSERTS[self.kind]
        several = f"(:n + m / {EACH}) % {creators}" if self.role == "service_role" else ":n"
        profile = _PROFILE.format(number=f"({several})::int")
        insert = _INSERT.format(columns=columns, profile=profile, values=values, batch=self.batch)
        return "\n".join(
            (f"\\set n random(0, {creators - 1})", "BEGIN;", _WHO.format(role=self.role), insert, "COMMIT;")
        )


CASES: Final = tuple(
    Case(kind, role, batch) for kind in _INSERTS for role in ("service_role", "authenticated") for batch in (1, _BATCH)
)


def measure(*, quick: bool) -> Section:
    """Return how many rows a second each case writes."""
    plan = QUICK if quick else FULL
    with tempfile.TemporaryDirectory(prefix="rollout-bench-") as folder, deployed(Access.LEGACY) as ours:
        grow(ours.admin, 0, plan.creators * EACH, all_busy=True)
        bare = copy_of(ours)
        _strip(bare.admin)
        rows = tuple(_rows(Path(folder), plan, (ours.admin, ours.authenticator), (bare.admin, bare.authenticator)))
    text = _TEXT.format(writers=_WRITERS, batch=_BATCH, each=EACH, creators=plan.creators, runs=plan.runs)
    rows = tuple(replace(row, why=_SHORT) for row in rows) if quick else rows
    return Section("Writing", " ".join(text.split()), rows, "python -m bench.writing")


def _strip(admin: Target) -> None:
    """Take triggers and row security from every table."""
    with psycopg.connect(admin.dsn(), autocommit=True) as connection:
        for table in TABLES:
            for statement in _BARE:
                connection.execute(sql.SQL(statement).format(sql.Identifier(table)))


def _rows(folder: Path, plan: Plan, ours: tuple[Target, Target], bare: tuple[Target, Target]) -> Iterator[Row]:
    for case in CASES:
        rates: dict[tuple[Target, Target], list[float]] = {ours: [], bare: []}
        for run in range(plan.runs):
            for admin, api in (ours, bare) if run % 2 else (bare, ours):
                rates[admin, api].append(_write(folder, plan, case, admin, api))
        mine, theirs = (Spread.of(rates[side], "rows a second") for side in (ours, bare))
        yield Row(case.name, mine, "no triggers, no row security", theirs, MARK, why=_WHY[case.kind])


def _write(folder: Path, plan: Plan, case: Case, admin: Target, api: Target) -> float:
    """Return the rows a second of one run, which begins with nobody active for an hour."""
    transactions = plan.single if case.batch == 1 else plan.batches
    with psycopg.connect(admin.dsn(), autocommit=True) as connection:
        for statement in _REST:
            connection.execute(statement)
    script = folder / "script.sql"
    script.write_text(case.script(max(transactions * case.batch // EACH, 1)), encoding="utf-8")
    return case.batch * _run(script, api, transactions // _WRITERS)


def _run(script: Path, api: Target, each: int) -> float:
    """Return the transactions a second of two clients that do so many each."""
    done = subprocess.run(  # noqa: S603 - our own command
        [
            *(str(wheel_binaries() / "pgbench"), "-n", "-M", "prepared", "-h", api.host, "-p", str(api.port)),
            *("-U", api.user, "-c", str(_WRITERS), "-j", str(_WRITERS), "-t", str(each), "-f", str(script), api.name),
        ],
        env={"PGPASSWORD": api.password or "", "PGSSLMODE": "disable", "PGOPTIONS": "-c synchronous_commit=off"},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    found = _RATE.search(done.stdout)
    if done.returncode or found is None:
        raise RuntimeError(done.stderr)
    return float(found[1])


if __name__ == "__main__":
    sys.exit(alone(measure))
