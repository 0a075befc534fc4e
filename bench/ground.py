"""A project, a server and a database of its own for each measurement, and the operations that are measured on them."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg

from bench.load import Load
from bench.loading import ROOT, make_creators
from bench.scripts import NEIGHBOURS
from infra.database.target import Target
from infra.embedded.pg_binaries import wheel_binaries
from infra.embedded.pooler import EmbeddedPooler, ensure_pooler
from infra.embedded.postgres import HOME_VARIABLE, EmbeddedDatabase, ensure_running, stop
from infra.models.pool import Pooling

#: Each with a profile, where there are profiles yet.
CREATORS: Final = 1000
#: Rows of scores and of metrics a creator has before the load adds to them.
ROWS: Final = 100
#: How many of the creators the load is about.
IN_USE: Final = 50
#: By this name a transaction that is in the way is known to the server.
BLOCKER: Final = "monthly report"
#: A deploy runs on another machine than the database, as a rule: here it takes no turn of theirs.
_BEHIND: Final = ("nice", "-n", "10")
_ROLLOUT: Final = (sys.executable, "-m", "infra.cli")
_STACK: Final = """\
config:
  creative-pipeline:phase: {phase}
  creative-pipeline:access: service
  creative-pipeline:database: {{embedded: true}}
  creative-pipeline:protect: false
  creative-pipeline:overrides:
    - {{gate: 1, by: bench, why: a measurement, until: '2999-01-01'}}
    - {{gate: 2, by: bench, why: a measurement, until: '2999-01-01'}}
    - {{gate: 3, by: bench, why: a measurement, until: '2999-01-01'}}
    - {{gate: 4, by: bench, why: a measurement, until: '2999-01-01'}}
"""
_FILL: Final[tuple[LiteralString, ...]] = (
    """INSERT INTO public.assessment_scores (creator_profile_id, dimension, score)
       SELECT p.id, 'dimension ' || n %% 10, n %% 101
         FROM public.creator_profiles AS p, generate_series(1, %(rows)s) AS n""",
    """INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value)
       SELECT p.id, 'quality', 'readiness_score', n
         FROM public.creator_profiles AS p, generate_series(1, %(rows)s) AS n""",
    "ANALYZE",
)


@dataclass(frozen=True)
class Ended:
    """How an operation ended, and how long it took."""

    code: int
    said: str
    seconds: float


class Ground:
    """A folder with the project and the embedded server's home."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.project = folder / "project"
        self.project.mkdir(parents=True)
        for name in ("__main__.py", "infra", "sql", "venv", "Pulumi.yaml"):
            (self.project / name).symlink_to(ROOT / name)
        self.enter(1)
        self.database: EmbeddedDatabase = ensure_running(self.home)
        self.creators: list[list[str]] = []

    def enter(self, phase: int) -> None:
        """Write the stack file for a phase."""
        (self.project / "Pulumi.dev.yaml").write_text(_STACK.format(phase=phase), encoding="utf-8")

    def run(self, *command: str, behind: bool = True, **environment: str) -> Ended:
        """Run a command in the project's folder: behind the server and the load where they share the processors."""
        begun = time.perf_counter()
        done = subprocess.run(  # noqa: S603 - our own commands
            [*(_BEHIND if behind else ()), *command],
            cwd=self.project,
            env=os.environ | {HOME_VARIABLE: str(self.home)} | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ended(done.returncode, done.stdout + done.stderr, time.perf_counter() - begun)

    def rollout(self, *arguments: str) -> Ended:
        """Run the project's command."""
        return self.run(*_ROLLOUT, *arguments)

    def psql(self, script: str) -> Ended:
        """Run a script of `sql/rollback` as a person would."""
        target = self.database.deployer
        login = {"PGHOST": target.host, "PGPORT": str(target.port), "PGUSER": target.user, "PGDATABASE": target.name}
        command = (str(wheel_binaries() / "psql"), "-X", "-f", str(ROOT / "sql" / "rollback" / script))
        return self.run(*command, behind=True, **login, PGPASSWORD=target.password or "", PGSSLMODE="disable")

    def sql(self, *statements: LiteralString, values: Mapping[str, Any] | None = None) -> None:
        """Run statements as the deployer, each on its own."""
        with psycopg.connect(self.database.deployer.dsn(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement, values if "%(" in statement else None)

    def add_neighbours(self) -> None:
        """Make the application's other tables, and users."""
        self.sql(*NEIGHBOURS)
        self.creators = make_creators(self.database.admin, CREATORS, profiles=False)

    def add_rows(self) -> None:
        """Give the tables what they hold before the load begins."""
        self.creators = make_creators(self.database.admin, CREATORS)
        self.sql(*_FILL, values={"rows": ROWS})

    def build_today(self) -> None:
        """Make the database as it stands before the pipeline is adopted, with rows."""
        text = (ROOT / "tests" / "reference" / "today.sql").read_text(encoding="utf-8")
        with psycopg.connect(self.database.deployer.dsn(), autocommit=True) as connection:
            connection.execute(text.encode())
        self.add_rows()

    def load(self, script: str, think_milliseconds: float) -> Load:
        """Return the load on this database."""
        api, admin = self.database.authenticator.dsn(), self.database.admin.dsn()
        return Load(script, api, admin, self.creators[:IN_USE], think_milliseconds=think_milliseconds)


@contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """Yield a ground that is taken away afterwards."""
    try:
        yield Ground(folder)
    finally:
        stop(folder / "home")


@contextmanager
def server() -> Iterator[EmbeddedDatabase]:
    """Yield a server of its own with an empty database, and take it away afterwards."""
    with tempfile.TemporaryDirectory(prefix="rollout-bench-") as folder:
        Path(folder).chmod(0o711)
        home = Path(folder) / "home"
        try:
            yield ensure_running(home)
        finally:
            stop(home)


def pooler_before(database: EmbeddedDatabase, pooling: Pooling) -> EmbeddedPooler:
    """Return a PgBouncer before the database, of files as these settings have them rendered."""
    pooler = ensure_pooler(database, pooling)
    if pooler is None:
        raise SystemExit("PgBouncer is not installed: `make deps` installs it")
    return pooler


@contextmanager
def in_the_way(target: Target, statement: LiteralString, seconds: float) -> Iterator[None]:
    """Hold a transaction open over what is inside, for so long at most: it runs one statement and then does nothing."""
    with psycopg.connect(target.dsn(), application_name=BLOCKER) as connection:
        connection.execute(statement)
        timer = threading.Timer(seconds, connection.rollback)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
