"""PgBouncer's versions: what came with which, which security fixes one lacks, and which one is installed here."""

import gzip
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from infra.errors import RolloutError
from infra.models.pgbouncer import PgBouncer

Version = tuple[int, int, int]

#: The oldest that the rendered files were tried with: before it a file with a fault could be taken in part.
OLDEST: Final[Version] = (1, 18, 0)
PREPARED_STATEMENTS: Final[Version] = (1, 21, 0)
SIZE_PER_ROLE: Final[Version] = (1, 23, 0)
#: Before it, a role that the file names is never looked up in the database: it could not log in.
ROLES_LOOKED_UP: Final[Version] = (1, 23, 0)
#: SIGTERM has waited for every client since; SIGQUIT ends at once.
SIGQUIT_ENDS: Final[Version] = (1, 23, 0)
RESERVE_RENAMED: Final[Version] = (1, 24, 0)
PROGRAM_VARIABLE: Final = "ROLLOUT_PGBOUNCER"
#: Where packages put it: not every account has this on its PATH.
_FURTHER_PLACES: Final = "/usr/sbin:/usr/local/sbin:/usr/local/bin"
#: What Debian and its like say of their own patches.
_CHANGELOG: Final = Path("/usr/share/doc/pgbouncer/changelog.Debian.gz")
_NUMBERS: Final = re.compile(r"\b(\d+)\.(\d+)(?:\.(\d+))?")
_PROGRAM_SECONDS: Final = 10


@dataclass(frozen=True)
class Fix:
    """A hole that was closed, since when, and what it lets somebody do before."""

    name: str
    since: Version
    hole: str
    covered: str = ""
    """Why the rendered files are not open to it, if so."""


FIXES: Final = (
    Fix("CVE-2021-3935", (1, 16, 1), "text before an encrypted connection is taken for a part of it"),
    Fix(
        "CVE-2025-2291",
        (1, 24, 1),
        "auth_query lets expired passwords in",
        "the rendered auth_query leaves expired passwords out itself",
    ),
    Fix(
        "CVE-2025-12819",
        (1, 25, 1),
        "a client's search_path reaches auth_query before it has logged in",
        "the rendered auth_query is qualified, its function pins its search_path, and search_path is not tracked",
    ),
    Fix("CVE-2026-6664", (1, 25, 2), "a malformed SCRAM message crashes PgBouncer, without a login"),
    Fix("CVE-2026-6665", (1, 25, 2), "a hostile server overruns the stack with a long nonce"),
    Fix("CVE-2026-6666", (1, 25, 2), "an error of a server without SQLSTATE crashes PgBouncer"),
    Fix("CVE-2026-6667", (1, 25, 2), "whoever may look at the console may end clients"),
)


def parse_version(text: str) -> Version:
    """Return the numbers of a text such as ``PgBouncer 1.18.0``.

    Raises:
        RolloutError: PGB002 where there are none.
    """
    found = _NUMBERS.search(text)
    if found is None:
        raise RolloutError("PGB002", "PgBouncer", f"{text[:60]!r} names no version", fix="see that it is PgBouncer")
    return int(found[1]), int(found[2]), int(found[3] or 0)


def spell(version: Version) -> str:
    """Return the version as people write it."""
    return ".".join(map(str, version))


def missing_fixes(version: Version) -> list[Fix]:
    """Return the holes that this version still has, unless somebody has patched it."""
    return [fix for fix in FIXES if version < fix.since]


def patched_here(version: Version, changelog: Path = _CHANGELOG) -> frozenset[str]:
    """Return the names that the distribution's changelog of this very version names as mended."""
    try:
        text = gzip.decompress(changelog.read_bytes()).decode(errors="replace")
    except (OSError, EOFError):
        return frozenset()
    entry = text.split("\n -- ")[0]
    heads = [line for line in text.splitlines() if line.startswith("pgbouncer (")]
    if not heads or parse_version(heads[0]) != version:
        return frozenset()
    return frozenset(re.findall(r"CVE-\d{4}-\d{4,7}", entry))


def lacking(config: PgBouncer) -> list[RolloutError]:
    """Return what the configuration needs and its version does not have."""
    return list(_lacking(config, parse_version(config.version)))


def _lacking(config: PgBouncer, version: Version) -> Iterator[RolloutError]:
    def told(path: str, what: str, since: Version, fix: str) -> RolloutError:
        problem = f"PgBouncer {spell(version)} {what}"
        return RolloutError("PGB002", path, problem, allowed=f"{spell(since)} and later", fix=fix)

    if version < OLDEST:
        yield told("version", "is older than what the files are written for", OLDEST, "update it")
    if config.prepared_statements and version < PREPARED_STATEMENTS:
        fix = "set it to 0 and turn prepared statements off in the application, or update PgBouncer"
        yield told("preparedStatements", "keeps no prepared statements in a pool", PREPARED_STATEMENTS, fix)
    if version < SIZE_PER_ROLE and any(role.size for role in config.roles):
        fix = "limit the role with maxConnections, or update PgBouncer"
        yield told("roles.size", "has no pool size for a role", SIZE_PER_ROLE, fix)
    known = {config.lookup_role, *config.verifiers}
    if config.lookup_role and version < ROLES_LOOKED_UP and any(role.name not in known for role in config.roles):
        fix = "leave its size and mode out, give its verifier, or update PgBouncer"
        yield told("roles", "lets in no role that it has limits for and is to look up", ROLES_LOOKED_UP, fix)


@cache
def installed_program() -> Path | None:
    """Return PgBouncer's program on this machine, or None where it is not installed.

    `ROLLOUT_PGBOUNCER` names another one, or with no program's name none.
    """
    given = os.environ.get(PROGRAM_VARIABLE)
    if given is not None:
        return Path(given) if os.access(given, os.X_OK) else None
    found = shutil.which("pgbouncer") or shutil.which("pgbouncer", path=_FURTHER_PLACES)
    return Path(found) if found else None


@cache
def installed_version() -> Version | None:
    """Return the version of PgBouncer on this machine, or None where it is not installed or does not run."""
    program = installed_program()
    if program is None:
        return None
    try:
        said = subprocess.run(  # noqa: S603 - PgBouncer's own program, no shell
            [str(program), "--version"], capture_output=True, text=True, timeout=_PROGRAM_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_version(said.stdout)
