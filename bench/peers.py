"""The tools that deploy a schema too: each is given the same SQL, or a database to copy, and one command a stage.

What is not on the machine is shown as not there. `make bench-peers` gets what it can, into a folder of its own.
"""

import json
import os
import shutil
import subprocess
from abc import ABC, abstractmethod
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Final

from bench.loading import ROOT
from bench.yard import SPARE, WANTED, Ended, Yard, same_sql
from infra.embedded.pg_binaries import wheel_binaries

#: Where `make bench-peers` puts what it gets.
PEERS: Final = Path(os.environ.get("BENCH_PEERS") or ROOT / "bench" / ".peers")
LIMIT_SECONDS: Final = 120


class Stage(StrEnum):
    """What is measured, in this order."""

    NOTHING = "from nothing"
    SAME = "no change"
    INDEX = "one index added"
    REMOVAL = "removal"


class Peer(ABC):
    """One tool: what it is called, how it is got, what it reads, and its command for each stage."""

    name: ClassVar[str]
    program: ClassVar[str]
    how: ClassVar[str]
    version_of: ClassVar[tuple[str, ...]] = ("--version",)
    refuses: ClassVar[dict[Stage, str]] = {}
    """What it has no command for, and why."""

    def __init__(self, yard: Yard, times: int) -> None:
        self.yard = yard
        self.sql = same_sql(times, yard.target)
        self.folder = yard.folder / f"{self.program}-{times}"
        self.folder.mkdir(exist_ok=True)
        if self.path is not None:
            self.write()

    @property
    def path(self) -> str | None:
        """The program; None where it is not on this machine."""
        return which(self.program)

    @property
    def version(self) -> str:
        """What the program says of its version."""
        return version_of(self.path, *self.version_of) if self.path else ""

    def write(self) -> None:  # noqa: B027 - some read none
        """Write the files that it reads."""

    def before(self, stage: Stage) -> None:  # noqa: B027 - for most there is nothing
        """Do what a person would have done before the stage; it is not timed."""

    @abstractmethod
    def command(self, stage: Stage) -> list[str]:
        """Return the command of a stage."""

    def run(self, stage: Stage) -> Ended:
        """Run a stage."""
        self.before(stage)
        return self.yard.run(self.command(stage), LIMIT_SECONDS, folder=self.folder)

    def file(self, name: str, text: str) -> Path:
        """Write a file into the peer's folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


def which(program: str) -> str | None:
    """Return where a program is: in the peers' own folder, or on the PATH."""
    return shutil.which(program, path=f"{PEERS / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}")


def version_of(*command: str | None) -> str:
    """Return the version in the first line that a command prints."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)  # noqa: S603 - the tools themselves
    words = [word for word in (done.stdout or done.stderr).replace("=", " ").split() if any(map(str.isdigit, word))]
    return words[0].strip("(),v") if words else "of its own build"


class Psql(Peer):
    """The least that it can take: the same statements, one after the other."""

    name = "psql, the same SQL"
    program = "psql"
    how = "it comes with the embedded PostgreSQL"

    @property
    def path(self) -> str:
        """The embedded PostgreSQL's own."""
        return str(wheel_binaries() / "psql")

    def write(self) -> None:
        """See `Peer`."""
        for name, statements in (("deploy", self.sql.deploy), ("more", self.sql.one_more)):
            self.file(f"{name}.sql", script(statements))
        self.file("remove.sql", self.sql.remove)

    def command(self, stage: Stage) -> list[str]:
        """See `Peer`; it knows nothing of what is there, so that for no change it only connects."""
        files = {Stage.NOTHING: "deploy.sql", Stage.INDEX: "more.sql", Stage.REMOVAL: "remove.sql"}
        what = ["-c", "SELECT 1"] if stage is Stage.SAME else ["-f", str(self.folder / files[stage])]
        return [self.path, "-X", "-q", "-v", "ON_ERROR_STOP=1", *what]


def script(statements: tuple[str, ...]) -> str:
    """Return statements as a file."""
    return "".join(f"{statement.rstrip().rstrip(';')};\n" for statement in statements)


class Alembic(Peer):
    """Two revisions that hold the same SQL."""

    name = "alembic, the same SQL"
    program = "alembic"
    how = "make bench-peers"
    refuses: ClassVar[dict[Stage, str]] = {
        Stage.REMOVAL: "a downgrade is what somebody has written; this one is psql's"
    }
    _ENV = """\
import sqlalchemy as sa
from alembic import context

with sa.create_engine("postgresql+psycopg://", isolation_level="AUTOCOMMIT").connect() as connection:
    context.configure(connection=connection)
    context.run_migrations()
"""
    _REVISION = """\
import json
from pathlib import Path

from alembic import op

revision, down_revision = {revision!r}, {before!r}


def upgrade():
    cursor = op.get_bind().connection.cursor()
    for statement in json.loads(Path(__file__).with_suffix(".json").read_text()):
        cursor.execute(statement)
"""

    def write(self) -> None:
        """See `Peer`."""
        self.file("alembic.ini", "[alembic]\nscript_location = %(here)s/migrations\n")
        self.file("migrations/env.py", self._ENV)
        self._revise("one", None, self.sql.deploy)

    def _revise(self, name: str, before: str | None, statements: tuple[str, ...]) -> None:
        self.file(f"migrations/versions/{name}.py", self._REVISION.format(revision=name, before=before))
        self.file(f"migrations/versions/{name}.json", json.dumps(statements))

    def before(self, stage: Stage) -> None:
        """See `Peer`."""
        if stage is Stage.INDEX:
            self._revise("two", "one", self.sql.one_more)
        if stage is Stage.NOTHING:
            for file in (self.folder / "migrations" / "versions").glob("two.*"):
                file.unlink()

    def command(self, stage: Stage) -> list[str]:
        """See `Peer`."""
        del stage
        return [str(self.path), "upgrade", "head"]


class Sqitch(Peer):
    """Two changes that hold the same SQL."""

    name = "sqitch, the same SQL"
    program = "sqitch"
    how = "apt-get install sqitch libdbd-pg-perl"
    _PLAN = "%syntax-version=1.0.0\n%project=pipeline\n\n"
    _CHANGE = "{name} 2026-01-0{day}T00:00:00Z Bench <bench@example.org> # {name}\n"

    def write(self) -> None:
        """See `Peer`."""
        self.file("sqitch.conf", "[core]\n\tengine = pg\n[user]\n\tname = Bench\n\temail = bench@example.org\n")
        self.file("deploy/all.sql", script(self.sql.deploy))
        self.file("revert/all.sql", self.sql.remove)
        self.file("deploy/more.sql", script(self.sql.one_more))
        self.file("revert/more.sql", "DROP INDEX CONCURRENTLY public.creator_profiles_referral_source_idx;\n")

    def before(self, stage: Stage) -> None:
        """See `Peer`."""
        changes = ["all", "more"] if stage in {Stage.INDEX, Stage.REMOVAL} else ["all"]
        lines = [self._CHANGE.format(name=name, day=day) for day, name in enumerate(changes, 1)]
        self.file("sqitch.plan", self._PLAN + "".join(lines))

    def command(self, stage: Stage) -> list[str]:
        """See `Peer`."""
        what = ["revert", "-y"] if stage is Stage.REMOVAL else ["deploy"]
        return [str(self.path), *what, "--client", str(wheel_binaries() / "psql"), "db:pg:"]


class _Comparing(Peer):
    """A tool that compares the database with another one, which psql has made beforehand."""

    refuses: ClassVar[dict[Stage, str]] = {Stage.REMOVAL: "it has no removal that keeps the rows"}

    def before(self, stage: Stage) -> None:
        """See `Peer`."""
        psql = Psql(self.yard, 1)
        if stage is Stage.NOTHING:
            for name in (WANTED, SPARE):
                self.yard.copy(name)
            self._wish(psql, script(self.sql.deploy))
        if stage is Stage.INDEX:
            self._wish(psql, script(self.sql.one_more))

    def _wish(self, psql: Psql, text: str) -> None:
        path = self.file("wanted.sql", text)
        done = self.yard.run([psql.path, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(path), "-d", WANTED], 60)
        assert done.code == 0, done.said

    def dsn(self, name: str) -> str:
        """Return how the tool reaches a database."""
        return self.yard.target.model_copy(update={"name": name}).dsn()


class PgSchemaDiff(_Comparing):
    """Compares with a database that psql has made; what it cannot rebuild of the platform's is left out."""

    name = "pg-schema-diff"
    program = "pg-schema-diff"
    how = "make bench-peers"
    version_of = ("version",)
    _HAZARDS = (
        "ACQUIRES_ACCESS_EXCLUSIVE_LOCK,ACQUIRES_SHARE_LOCK,ACQUIRES_SHARE_ROW_EXCLUSIVE_LOCK,AUTHZ_UPDATE,CORRECTNESS,"
        "DELETES_DATA,HAS_UNTRACKABLE_DEPENDENCIES,INDEX_BUILD,INDEX_DROPPED"
    )

    def command(self, stage: Stage) -> list[str]:
        """See `Peer`."""
        del stage
        databases = ["--from-dsn", self.dsn(self.yard.target.name), "--to-dsn", self.dsn(WANTED)]
        scope = ["--exclude-schema", "auth", "--exclude-schema", "extensions", "--disable-plan-validation"]
        allowed = ["--allow-hazards", self._HAZARDS, "--skip-confirm-prompt"]
        return [str(self.path), "apply", *databases, *scope, *allowed]


class Atlas(_Comparing):
    """Its community edition, which compares with a database that psql has made."""

    name = "atlas (community)"
    program = "atlas"
    how = "make bench-peers"
    version_of = ("version",)

    def command(self, stage: Stage) -> list[str]:
        """See `Peer`."""
        del stage
        schemas = [word for name in ("public", "pipeline_private", "pipeline_archive") for word in ("-s", name)]
        databases = ["-u", self.dsn(self.yard.target.name), "--to", self.dsn(WANTED)]
        return [str(self.path), "schema", "apply", "--auto-approve", *databases, *schemas]


OTHERS: Final[tuple[type[Peer], ...]] = (Alembic, Sqitch, PgSchemaDiff, Atlas)
