"""Runs pg_dump and pg_restore: no password but in their environment, nothing of the caller's settings for libpq."""

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.database.target import Target
from infra.errors import RolloutError, redact

#: Kept from the caller's environment: where programs are, and how the server is to be trusted, which is no secret.
KEPT: Final = ("PATH", "HOME", "TMPDIR", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGSSLCRL", "PGPASSFILE")
CONNECT_TIMEOUT_SECONDS: Final = 8
LINES: Final = 6


@dataclass(frozen=True)
class Ended:
    """How a program ended, and what it complained of, without secrets."""

    code: int
    out: str
    complaints: tuple[str, ...]

    @property
    def reason(self) -> str:
        """Why it failed, on one line."""
        if self.code < 0:
            return f"it was ended by signal {-self.code}"
        return "; ".join(self.complaints[-LINES:]) or f"it ended with {self.code} and said nothing"


def run_program(program: Path, options: Sequence[str | Path], target: Target | None = None) -> Ended:
    """Run one of PostgreSQL's programs, logged in to the target if one is given.

    Raises:
        OSError: when there is no such program.
    """
    with subprocess.Popen(  # noqa: S603 - PostgreSQL's own program with our own options, no shell
        [str(program), *map(str, options)],
        env=environment(target),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        try:
            out, said = process.communicate()
        except BaseException:
            # An interruption: nothing may go on writing behind our back.
            process.kill()
            process.wait()
            raise
    said = redact(said, (target.password if target else None) or "")
    return Ended(process.returncode, out, tuple(line.strip() for line in said.splitlines() if line.strip()))


def environment(target: Target | None) -> dict[str, str]:
    """Return the environment of a program, with the login: an argument would show in the list of processes."""
    plain = {name: os.environ[name] for name in KEPT if name in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}
    if target is None:
        return plain
    login = {
        "PGHOST": target.host,
        "PGPORT": str(target.port),
        "PGDATABASE": target.name,
        "PGUSER": target.user,
        "PGSSLMODE": target.sslmode,
        "PGAPPNAME": "rollout backup",
        "PGCONNECT_TIMEOUT": str(CONNECT_TIMEOUT_SECONDS),
    }
    password = {} if target.password is None else {"PGPASSWORD": target.password}
    return plain | login | password


def program_version(program: Path) -> str:
    """Return the version of a program, such as 18.1.

    Raises:
        RolloutError: BAK001 when it does not run.
    """
    problem = "it does not tell its version"
    try:
        ended = run_program(program, ["--version"])
    except OSError as error:
        problem = f"it cannot be run ({error.strerror})"
    else:
        found = re.search(r"\d+(\.\d+)*", ended.out)
        if ended.code == 0 and found:
            return found[0]
    raise RolloutError("BAK001", str(program), problem, fix="install PostgreSQL's programs, or run `make`")
