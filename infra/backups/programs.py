"""Runs pg_dump and pg_restore: no password but in their environment, nothing of the caller's settings for libpq."""

import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

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
    return _ended(process.returncode, out, said, target)


class Piped:
    """What a running program writes: read once, and summed on the way. Its failure is met where its output ends."""

    def __init__(self, output: IO[bytes], end: Callable[[], None]) -> None:
        self.size = 0
        self._output = output
        self._end = end
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was read."""
        return self._digest.hexdigest()

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes, or fewer where the output ends.

        Raises:
            RolloutError: when the program has failed.
        """
        chunk = self._output.read(size)
        self._digest.update(chunk)
        self.size += len(chunk)
        if size < 0 or len(chunk) < size:
            self._end()
        return chunk


@contextmanager
def piped_program(
    program: Path, options: Sequence[str | Path], target: Target, failed: Callable[[str], RolloutError]
) -> Iterator[Piped]:
    """Run one of PostgreSQL's programs and yield what it writes; it does not outlive what is inside.

    Raises:
        RolloutError: as `failed` makes it of the reason.
    """
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(  # noqa: S603 - as above
            [str(program), *map(str, options)],
            env=environment(target),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
        ) as process,
    ):
        assert process.stdout

        def end() -> None:
            code = process.wait()
            said.seek(0)
            ended = _ended(code, "", said.read().decode(errors="replace"), target)
            if code != 0:
                raise failed(ended.reason)

        try:
            yield Piped(process.stdout, end)
        except BaseException:
            process.kill()
            raise


def _ended(code: int, out: str, said: str, target: Target | None) -> Ended:
    said = redact(said, (target.password if target else None) or "")
    return Ended(code, out, tuple(line.strip() for line in said.splitlines() if line.strip()))


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
