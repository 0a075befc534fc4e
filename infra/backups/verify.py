"""Proves a backup: restores it into a scratch database and compares every table with the manifest."""

import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from infra.backups.contents import read_catalog, read_relations, read_sums
from infra.backups.manifest import Backup, Described, Proof, TableSum, write_manifest
from infra.backups.programs import Ended, run_program
from infra.backups.take import digest_of, server_version
from infra.database.preflight import read_cluster
from infra.database.session import Session, open_session
from infra.database.target import Target
from infra.errors import RolloutError

#: Rows of the login service are not in the file, so keys that point there could not hold; policies name roles that a
#: scratch server does not have; triggers would change rows.
LEFT_OUT: Final = ("indexes", "keys and foreign keys", "policies", "triggers", "owners and grants")
_TABLES: Final = ("--no-owner", "--no-privileges", "--section=pre-data")
_ROWS: Final = ("--no-password", "--section=data")
_ERROR: Final = re.compile("error:|ERROR:")
_OPTION: Final = r"pg_attver=\d+"
_SERVERS_OWN_ALONE: Final = re.compile(rf"^ALTER TABLE [^;\n]* ALTER COLUMN [^;\n]* SET \({_OPTION}\);\n", re.MULTILINE)
_SERVERS_OWN: Final = re.compile(rf"(?<=SET \(){_OPTION}, |, {_OPTION}(?=[,)])")
#: Every database has it; the file makes it because its objects were asked for by schema.
_PUBLIC: Final = re.compile(r"^\d+; \d+ \d+ (SCHEMA - public|(COMMENT|ACL) - SCHEMA public) ", re.MULTILINE)
_AGAIN: Final = "take a new backup with `rollout backup`"
_NO_SPACE: Final = "No space left"
_NO_ROOM: Final = "make room for the whole database where the scratch server is, or name another place with TMPDIR"
WARNINGS: Final = 5
_COLUMN: Final = "column "
#: A table that is missing has its columns with it.
_SHOWN: Final = 12


@dataclass(frozen=True)
class Verification:
    """A backup that was restored and is whole."""

    backup: Backup
    proof: Proof


def verify(backup: Backup, scratch: Target, *, pg_restore: Path, now: datetime) -> Verification:
    """Restore the backup into the scratch database, compare every table, and write the proof into the manifest.

    The scratch is an empty database of an owner who need not be a superuser: what the file holds runs as that login.
    A proof from before is taken out of the manifest when the backup fails now.

    Raises:
        RolloutError: BAK002 naming each table that differs, or what kept the backup from being restored.
    """
    begun = time.monotonic()
    with _named(backup):
        _require_whole(backup)
        with open_session(scratch, application_name="rollout backup") as session:
            _require_scratch(session, backup)
            warnings, listed = _restore(backup, scratch, pg_restore)
            relations = read_relations(session)
            catalog = read_catalog(session, relations)
            problems = [
                *differences(backup.manifest.tables, list(read_sums(session, relations))),
                *catalog_differences(backup.manifest.catalog, catalog, listed),
            ]
            _require_same(backup, list(dict.fromkeys(problems)), warnings)
            server = server_version(session)
    proof = Proof(
        at=now,
        seconds=round(time.monotonic() - begun, 3),
        tables=len(backup.manifest.tables),
        rows=backup.manifest.rows,
        objects=len(backup.manifest.catalog),
        server=server,
        left_out=LEFT_OUT,
        warnings=warnings[:WARNINGS],
    )
    return Verification(_with_proof(backup, proof), proof)


def differences(expected: tuple[TableSum, ...], found: list[TableSum]) -> list[str]:
    """Return each table that is not as it should be, with what is wrong with it."""
    wanted, there = ({item.table: item for item in items} for items in (expected, found))
    problems = [f"{name}: {_difference(item, there.get(name))}" for name, item in wanted.items()]
    strange = [f"{name}: in the file, not in the manifest" for name in there if name not in wanted]
    return [problem for problem in problems if not problem.endswith(": ")] + strange


def catalog_differences(expected: Iterable[Described], found: Iterable[Described], listed: str) -> list[str]:
    """Return each column, function, index or policy that was not restored as it was, or is not in the file's list."""
    there = {item.object: item.digest for item in found}
    entries = [line.split(" ", 3)[-1] for line in listed.splitlines() if line[:1].isdigit()]
    problems = (_unlisted(item, entries) if item.entry else _other_object(item, there) for item in expected)
    return list(dict.fromkeys(filter(None, problems)))


def _other_object(expected: Described, there: Mapping[str, str]) -> str:
    """Return what is wrong with it; of a relation without any of its columns that alone."""
    relation = expected.object.rpartition(".")[0] + "."
    if expected.object.startswith(_COLUMN) and not any(name.startswith(relation) for name in there):
        return f"{relation.removeprefix(_COLUMN).rstrip('.')}: not restored"
    if expected.object not in there:
        return f"{expected.object}: not restored"
    return "" if there[expected.object] == expected.digest else f"{expected.object}: restored with another definition"


def _unlisted(expected: Described, entries: Iterable[str]) -> str:
    return (
        ""
        if any(entry.startswith(f"{expected.entry} ") for entry in entries)
        else f"{expected.object}: not in the file"
    )


def _difference(expected: TableSum, found: TableSum | None) -> str:
    if found is None:
        return "not restored"
    if found.rows != expected.rows:
        return f"{found.rows} rows, not {expected.rows}"
    return "" if found.digest == expected.digest else f"other values in its {found.rows} rows"


def _require_whole(backup: Backup) -> None:
    """Refuse a file that is not the one that was written, before anything of it is run."""
    try:
        size, digest = backup.file.stat().st_size, digest_of(backup.file)
    except OSError as error:
        raise _failure(f"its file cannot be read ({error.strerror})", _AGAIN) from None
    if size != backup.manifest.size:
        raise _disproof(backup, f"its file is damaged: it has {size} bytes, not {backup.manifest.size}")
    if digest != backup.manifest.sha256:
        raise _disproof(backup, f"its file is damaged: its SHA-256 is {digest}, not {backup.manifest.sha256}")


def _require_scratch(session: Session, backup: Backup) -> None:
    """Refuse to restore over a database that is in use."""
    if read_cluster(session) == backup.manifest.cluster:
        raise _failure("the scratch database is the one that the backup is of", "name an empty database")
    if any(relation.ours for relation in read_relations(session)):
        raise _failure("the scratch database has tables of the pipeline already", "name an empty database")


def _restore(backup: Backup, scratch: Target, pg_restore: Path) -> tuple[tuple[str, ...], str]:
    """Restore tables and rows; return what the programs complained of, which the comparison then weighs, and the list.

    The list is pg_restore's own, of all that is in the file.
    """
    with tempfile.TemporaryDirectory(prefix="rollout-restore-") as folder:
        contents, script = Path(folder, "contents"), Path(folder, "pre-data.sql")
        listed = _read(backup, pg_restore, "--list")
        contents.write_text(_PUBLIC.sub(r";\g<0>", listed), encoding="utf-8")
        use = f"--use-list={contents}"
        script.write_text(portable(_read(backup, pg_restore, *_TABLES, use, "--file=-")), encoding="utf-8")
        psql = pg_restore.with_name("psql")
        made = _run(psql, ["--no-psqlrc", "--quiet", "--no-password", f"--file={script}"], scratch)
        rows = _run(pg_restore, [*_ROWS, use, f"--dbname={scratch.name}", backup.file], scratch)
    return tuple(line for line in (*made.complaints, *rows.complaints) if _ERROR.search(line)), listed


def portable(script: str) -> str:
    """Return a script of pg_dump without a column option of some servers' own, which no other server takes.

    Seen with Debian's 15.20, which takes it back; its own pg_dump leaves it out, that of 18.6 does not, and a server
    of 18 then refuses each table.
    """
    return _SERVERS_OWN.sub("", _SERVERS_OWN_ALONE.sub("", script))


def _read(backup: Backup, pg_restore: Path, *options: str) -> str:
    ended = _run(pg_restore, [*options, backup.file])
    if ended.code != 0:
        raise _failure(f"pg_restore cannot read its file: {ended.reason}", _AGAIN)
    return ended.out


def _run(program: Path, options: Sequence[str | Path], target: Target | None = None) -> Ended:
    try:
        ended = run_program(program, options, target)
    except OSError as error:
        problem = f"{program} cannot be run ({error.strerror})"
        raise _failure(problem, "install PostgreSQL's programs, or run `make`") from None
    if ended.code < 0:
        raise _failure(f"{program.name} failed: {ended.reason}", "run the same command again")
    return ended


def _require_same(backup: Backup, problems: Sequence[str], complaints: tuple[str, ...]) -> None:
    """Refuse what differs. Where pg_restore complained, the scratch may be at fault: a former proof then stays."""
    if not problems:
        return
    more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    problem = f"restored, it is not what it was taken from: {'; '.join(problems[:_SHOWN])}{more}"
    if not complaints:
        raise _disproof(backup, problem)
    fix = _NO_ROOM if _NO_SPACE in " ".join(complaints) else _AGAIN
    raise _failure(f"{problem}. pg_restore said: {'; '.join(complaints[:WARNINGS])}", fix)


@contextmanager
def _named(backup: Backup) -> Iterator[None]:
    """Name the backup in every failure, whatever part it comes from."""
    try:
        yield
    except RolloutError as error:
        fix = error.fix or "mend what it names, then run the same command again"
        raise RolloutError("BAK002", f"backup {backup.place}", error.problem, allowed=error.allowed, fix=fix) from None


def _with_proof(backup: Backup, proof: Proof | None) -> Backup:
    changed = replace(backup, manifest=backup.manifest.model_copy(update={"verified": proof}))
    try:
        write_manifest(changed)
    except OSError as error:
        problem = f"its manifest cannot be written: {error}"
        raise RolloutError(
            "BAK002", f"backup {backup.place}", problem, fix="let this account write beside the backup"
        ) from None
    return changed


def _disproof(backup: Backup, problem: str) -> RolloutError:
    """Return the error of a backup that is no good; its manifest says no longer that it was proven."""
    if backup.verified:
        _with_proof(backup, None)
    return _failure(problem, _AGAIN)


def _failure(problem: str, fix: str) -> RolloutError:
    return RolloutError("BAK002", "", problem, fix=fix)
