"""The PgBouncer beside the embedded server: found by its pid file, started as the server's account, and ended."""

import os
import resource
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.embedded.pg_account import Account, hand_over, run_as
from infra.embedded.pg_folder import PRIVATE_FOLDER, WALK_THROUGH
from infra.embedded.pg_process import command_line
from infra.errors import RolloutError
from infra.pooling.names import INI
from infra.pooling.versions import SIGQUIT_ENDS, installed_program, installed_version

END_SECONDS: Final = 10
START_SECONDS: Final = 10
#: Beside clients and servers: its log, its sockets, and what a library opens.
_FURTHER_FILES: Final = 64
#: What is asked for beside clients and servers, where the machine lets us: pools may grow by a reload.
_ROOM: Final = 2048


@dataclass(frozen=True)
class PoolerPlace:
    """The pooler's folder, below the embedded server's: its files are ours, its log and pid file its account's."""

    folder: Path
    account: Account | None = None

    @property
    def ini(self) -> Path:
        """Its main file."""
        return self.folder / INI

    @property
    def log(self) -> Path:
        """Its log."""
        return self.folder / "run" / "pgbouncer.log"

    @property
    def pid_file(self) -> Path:
        """Where it writes its number."""
        return self.folder / "run" / "pgbouncer.pid"

    def make(self) -> None:
        """Make the folders: the account walks through ours, and has its own for what it writes."""
        self.folder.mkdir(exist_ok=True)
        self.folder.chmod(WALK_THROUGH if self.account else PRIVATE_FOLDER)
        run = self.folder / "run"
        run.mkdir(PRIVATE_FOLDER, exist_ok=True)
        hand_over(run, self.account)

    def pid(self) -> int | None:
        """Return the number of the process that runs on our file, or None: a number left by a crash is no process."""
        try:
            number = self.pid_file.read_text(encoding="utf-8").strip()
        except OSError:
            return None
        if not number.isdigit() or f" {self.ini} " not in f"{command_line(int(number))} ":
            return None
        return int(number)

    def start(self, files: int) -> None:
        """Start it in the background, allowed so many open files.

        Raises:
            RolloutError: EMB003 with the end of its log, POOL008 where it may not have so many.
        """
        self.pid_file.unlink(missing_ok=True)
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        needed, wanted = files + _FURTHER_FILES, files + _ROOM
        if most != resource.RLIM_INFINITY and needed > most:
            problem = f"PgBouncer needs {files} + {_FURTHER_FILES} = {needed} open files and may have {most}"
            fix = f"run `ulimit -n {needed}` before, or lower the pools' clients"
            raise RolloutError("POOL008", "pooling.pools", problem, allowed=f"{most} open files", fix=fix)
        wanted = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        # A shell sets the limit, which then is the child's alone.
        command = ["/bin/sh", "-c", 'ulimit -n "$1" && shift && exec "$@"', "sh", str(wanted)]
        result = run_as(self.account, [*command, str(installed_program()), "-q", "-d", self.ini], folder=Path("/"))
        deadline = time.monotonic() + START_SECONDS
        while result.returncode == 0 and self.pid() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        if self.pid() is None:
            raise self._error(self._last_words() or result.stdout.strip() or "it says nothing")

    def stop(self) -> bool:
        """End it if it runs, clients and all; return whether it did run.

        Raises:
            RolloutError: EMB003 when it does not end.
        """
        pid = self.pid()
        if pid is None:
            return False
        version = installed_version()
        os.kill(pid, signal.SIGQUIT if version and version >= SIGQUIT_ENDS else signal.SIGTERM)
        deadline = time.monotonic() + END_SECONDS
        while self.pid() is not None:
            if time.monotonic() > deadline:
                raise self._error(f"process {pid} does not end", fix=f"end it with kill -9 {pid}")
            time.sleep(0.02)
        with suppress(OSError):
            self.pid_file.unlink()
        return True

    def _last_words(self) -> str:
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        return " | ".join(lines[-3:])

    def _error(self, problem: str, fix: str = "") -> RolloutError:
        return RolloutError("EMB003", "embedded PgBouncer", problem, fix=fix or f"read {self.log}, then try again")
