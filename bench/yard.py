"""A server and a project on which the pipeline is deployed from nothing again and again, by us and by others."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import psycopg

from bench.loading import ROOT
from bench.scaled import ONE_MORE, scaled
from infra.database.target import Target
from infra.ddl.deploy import deploy_plan
from infra.ddl.index import IndexState, plan_index
from infra.ddl.rollback import rollback_scripts
from infra.ddl.statement import Plan
from infra.embedded.pg_binaries import wheel_binaries
from infra.embedded.postgres import HOME_VARIABLE, EmbeddedDatabase, ensure_running, stop
from infra.models.definition import Definition
from infra.pipeline.definition import define
from infra.pipeline.phases import rollout
from infra.pipeline.roles import ROLES

#: The database before anything is deployed; each run begins with a copy of it.
PRISTINE: Final = "pristine"
#: Databases of a peer that compares one with another, or tries a change out first.
WANTED: Final = "wanted"
SPARE: Final = "spare"
_GRACE_SECONDS: Final = 10
_STACK: Final = """\
config:
  creative-pipeline:phase: 1
  creative-pipeline:access: service
  creative-pipeline:database: {{host: {host}, port: {port}, name: {name}, user: {user}, sslmode: disable}}
  creative-pipeline:pooling: {{platform: supabase}}
  creative-pipeline:protect: false
"""
_INVENTORY: Final = Path(__file__).with_name("inventory.sql")


@dataclass(frozen=True)
class Ended:
    """How a command ended, and how many milliseconds it took."""

    code: int | None
    """None where it took longer than it may."""
    said: str
    milliseconds: float


class Yard:
    """A folder with the project and the server's home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.project = folder / "project"
        self.project.mkdir()
        for name in ("infra", "sql", "venv", "Pulumi.yaml"):
            (self.project / name).symlink_to(ROOT / name)
        (self.project / "__main__.py").symlink_to(ROOT / "bench" / "programs" / "scaled.py")
        self.database: EmbeddedDatabase = ensure_running(self.home)
        self.target = self.database.deployer
        self.as_admin(f"CREATE DATABASE {PRISTINE} TEMPLATE {self.target.name} OWNER {self.target.user}")
        shown = self.target.model_dump(include={"host", "port", "name", "user"})
        (self.project / "Pulumi.dev.yaml").write_text(_STACK.format(**shown), encoding="utf-8")

    def as_admin(self, *statements: str) -> None:
        """Run statements on the server, as its superuser."""
        elsewhere = self.database.admin.model_copy(update={"name": "postgres"})
        with psycopg.connect(elsewhere.dsn(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def fresh(self) -> None:
        """Take everything away that was deployed: the database is as new, the roles and the states are gone."""
        name = self.target.name
        shutil.rmtree(self.home / "state", ignore_errors=True)
        self.as_admin(
            *(f"DROP DATABASE IF EXISTS {other} WITH (FORCE)" for other in (name, WANTED, SPARE)),
            *(f"DROP ROLE IF EXISTS {role.name}" for role in ROLES),
        )
        self.copy(name)
        self.as_admin("CHECKPOINT")

    def copy(self, name: str, of: str = PRISTINE) -> None:
        """Make another database: as it is before anything is deployed, or like one that stands."""
        self.as_admin(
            f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
            f"CREATE DATABASE {name} TEMPLATE {of} OWNER {self.target.user}",
        )

    def environment(self) -> dict[str, str]:
        """Return what every command is given: the login, in libpq's variables."""
        target = self.target
        return {
            "PGHOST": target.host,
            "PGPORT": str(target.port),
            "PGUSER": target.user,
            "PGPASSWORD": target.password or "",
            "PGDATABASE": target.name,
            "PGSSLMODE": "disable",
            "PYTHONPATH": str(ROOT),
            HOME_VARIABLE: str(self.home),
        }

    def run(
        self, command: Sequence[str], limit: float, *, folder: Path | None = None, more: Mapping[str, str] | None = None
    ) -> Ended:
        """Run a command, for so many seconds at most; it and all that it started are gone then."""
        begun = time.perf_counter()
        with subprocess.Popen(  # noqa: S603 - our own commands
            command,
            cwd=folder or self.project,
            env=os.environ | self.environment() | dict(more or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as child:
            try:
                said, _ = child.communicate(timeout=limit)
                return Ended(child.returncode, said, (time.perf_counter() - begun) * 1000)
            except subprocess.TimeoutExpired:
                _end(child, signal.SIGTERM)
                return Ended(None, f"stopped after {limit:.0f} s", limit * 1000)
            finally:
                _end(child, signal.SIGKILL)

    def inventory(self) -> set[tuple[str, str]]:
        """Return what of the pipeline stands in the database: kinds and names."""
        with psycopg.connect(self.database.admin.dsn(), autocommit=True) as connection:
            return set(connection.execute(_INVENTORY.read_bytes()).fetchall())

    def schema(self) -> str:
        """Return the database's schema as pg_dump has it, our own record of what was applied apart.

        As the superuser: what was removed is closed to the deployer as well.
        """
        admin = self.database.admin
        command = [str(wheel_binaries() / "pg_dump"), "--schema-only", "--restrict-key=bench"]
        login = {"PGUSER": admin.user, "PGPASSWORD": admin.password or ""}
        done = self.run([*command, "--exclude-table=pipeline_private.applied*"], 120, more=login)
        assert done.code == 0, done.said
        return done.said


def _end(child: subprocess.Popen[str], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)
    if number is signal.SIGTERM:
        with suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE_SECONDS)


@contextmanager
def yard(folder: Path) -> Iterator[Yard]:
    """Yield a yard whose server is stopped afterwards; the folder is the caller's to take away."""
    folder.chmod(0o711)
    try:
        yield Yard(folder)
    finally:
        stop(folder / "home")


@cache
def definition(times: int, deployer: str) -> Definition:
    """Return what the program of the yard deploys."""
    return scaled(define(rollout(1), deployer=deployer), times)


def script_of(plan: Plan) -> list[str]:
    """Return a plan's statements in the order in which they are executed, each step whole where it may be."""
    found: list[str] = []
    for step in plan:
        texts = [statement.text for statement in step.statements]
        found += ["BEGIN", *texts, "COMMIT"] if step.transactional else texts
    return found


@dataclass(frozen=True)
class SameSql:
    """The SQL that does by hand what the program does."""

    deploy: tuple[str, ...]
    one_more: tuple[str, ...]
    remove: str


@cache
def same_sql(times: int, target: Target) -> SameSql:
    """Return the SQL for so many times the tables."""
    whole = definition(times, target.user)
    return SameSql(
        deploy=tuple(script_of(deploy_plan(whole))),
        one_more=tuple(script_of(plan_index(IndexState(), ONE_MORE))),
        remove=rollback_scripts(whole)["remove.sql"],
    )
