"""A PostgreSQL cluster of our own: made, started and stopped with given binaries in a given folder."""

import os
import re
import shutil
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import SystemRandom
from subprocess import CompletedProcess
from typing import Final

from infra.embedded.pg_account import Account, hand_over, run_as
from infra.embedded.pg_folder import PRIVATE_FILE, PRIVATE_FOLDER, make_folder, write_in_data, write_private
from infra.embedded.pg_process import Postmaster, find_postmaster, forget_stale_pid
from infra.embedded.pg_settings import HBA, locale_options, render_settings, start_options
from infra.errors import RolloutError

SUPERUSER: Final = "supabase_admin"
HOST: Final = "127.0.0.1"
#: Below the range from which systems take the ports of outgoing connections.
PORTS: Final = range(20000, 32000)
START_SECONDS: Final = 60
START_ATTEMPTS: Final = 5
POLL_SECONDS: Final = 0.02
#: How long somebody who listens on our port is taken for our own process, which is ending.
LETTING_GO_SECONDS: Final = 1.0
#: Another program took the port just now; the processes of a server that was killed have not all ended yet.
PASSING_HITCHES: Final = ("could not bind", "pre-existing shared memory block")
HITCH_SECONDS: Final = 0.5
#: pg_ctl hands its arguments to a shell, in double quotes.
REFUSED_IN_PATHS: Final = frozenset('"$`\\\n')
LOG_LINES: Final = 8
LOG_LIMIT_BYTES: Final = 10_000_000


@dataclass(frozen=True)
class Cluster:
    """Binaries, a folder of its own (data, log, port), the account that the server runs as, settings for its starts."""

    binaries: Path
    folder: Path
    account: Account | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder.resolve() / "data"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.folder / "server.log"

    def exists(self) -> bool:
        """Tell whether the cluster was made."""
        return (self.data / "PG_VERSION").exists()

    def initialise(self, password: str) -> None:
        """Make the cluster, with the password for its superuser.

        Raises:
            RolloutError: EMB001 when initdb fails.
        """
        self._require_plain_path()
        make_folder(self.folder, self.account)
        self.data.mkdir(PRIVATE_FOLDER)
        hand_over(self.data, self.account)
        password_file = self.folder / "initdb-password"
        write_private(password_file, password + "\n")
        hand_over(password_file, self.account)
        try:
            self._initdb(password_file)
        finally:
            password_file.unlink()
        self._configure()

    def _require_plain_path(self) -> None:
        if REFUSED_IN_PATHS & {*str(self.data), *str(self.binaries)}:
            raise self._error(
                f"its path {str(self.data)!r} has a character that pg_ctl cannot take",
                fix="use a path without quotes, $, ` and \\",
            )

    def _initdb(self, password_file: Path) -> None:
        options = ["--username", SUPERUSER, "--pwfile", str(password_file), "--auth=scram-sha-256", "--encoding=UTF8"]
        options += ["--no-sync", "--no-instructions", *locale_options(self.major)]
        self._require(["initdb", "-D", str(self.data), *options], "its data folder could not be made")

    def _configure(self) -> None:
        write_in_data(self.data / "postgresql.conf", render_settings(), append=True)
        write_in_data(self.data / "pg_hba.conf", HBA)

    @property
    def major(self) -> int:
        """The major version of the binaries."""
        text = self._require(["postgres", "--version"], "its binaries do not run")
        found = re.search(r"(\d+)\.\d", text)
        assert found
        return int(found[1])

    def postmaster(self) -> Postmaster | None:
        """Return the server process, or None when it does not run."""
        return find_postmaster(self.data)

    def is_running(self) -> bool:
        """Tell whether the server runs."""
        return self.postmaster() is not None

    @property
    def port(self) -> int:
        """The port that the server listens on, or will listen on if nobody else takes it."""
        running = self.postmaster()
        if running and running.port:
            return running.port
        kept = self.folder / "port"
        if not kept.exists():
            self._choose_port()
        return int(kept.read_text(encoding="utf-8"))

    def start(self) -> int:
        """Start the server unless it runs, wait until it takes connections, and return its port.

        Raises:
            RolloutError: EMB001 with the end of the server's log.
        """
        self._require_plain_path()
        self._require_owner()
        forget_stale_pid(self.data)
        deadline = time.monotonic() + START_SECONDS
        while not ((running := self.postmaster()) and running.ready):
            if running is None:
                self._launch()
            elif time.monotonic() > deadline:
                raise self._error(f"it does not become ready. {self._log_end(0)}")
            time.sleep(POLL_SECONDS)
        return self.port

    def _require_owner(self) -> None:
        wanted = self.account.uid if self.account else os.geteuid()
        if self.data.stat().st_uid != wanted:
            raise self._error(
                "its data folder belongs to another account", fix=f"run the command as whoever made {self.folder}"
            )

    def _launch(self) -> None:
        self._open_log()
        for _ in range(START_ATTEMPTS):
            if not comes_free(self.port):
                self._choose_port()
            seen = self.log.stat().st_size
            result = self._pg_ctl("start", "-l", self.log, "-o", start_options(self.port, self.settings))
            said = self._log_end(seen)
            if result.returncode == 0 or not any(hitch in said for hitch in PASSING_HITCHES):
                break
            time.sleep(HITCH_SECONDS)
        if result.returncode != 0:
            raise self._error(f"it did not start. {said or result.stdout.strip()}")

    def _open_log(self) -> None:
        too_long = self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES
        flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if too_long else os.O_APPEND)
        os.close(os.open(self.log, flags, PRIVATE_FILE))
        hand_over(self.log, self.account)

    def stop(self) -> None:
        """Stop the server if it runs; sessions are ended, their transactions rolled back.

        Raises:
            RolloutError: EMB001 when it does not stop within a minute.
        """
        if self.is_running() and self._pg_ctl("stop", "-m", "fast").returncode != 0 and self.is_running():
            raise self._error(f"it did not stop. {self._log_end(0)}")

    def remove(self) -> None:
        """Stop the server and delete its folder with all data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def sync(self) -> None:
        """Have the operating system write the whole data folder to disk."""
        self._require(["initdb", "--sync-only", "-D", str(self.data)], "its data could not be written to disk")

    def _choose_port(self) -> None:
        write_private(self.folder / "port", str(free_port()))

    def _pg_ctl(self, action: str, *options: str | Path) -> CompletedProcess[str]:
        waiting = ("--silent", "-w", "-t", str(START_SECONDS))
        command = [self.binaries / "pg_ctl", action, "-D", self.data, *waiting, *options]
        return run_as(self.account, command, folder=self.folder)

    def _require(self, command: list[str], problem: str) -> str:
        result = run_as(self.account, [self.binaries / command[0], *command[1:]], folder=self.folder)
        if result.returncode != 0:
            raise self._error(f"{problem}: {_last_lines(result.stdout)}")
        return result.stdout

    def _log_end(self, offset: int) -> str:
        with self.log.open("rb") as file:
            file.seek(offset)
            text = _last_lines(file.read().decode(errors="replace"))
        return f"Its log ends: {text}" if text else ""

    def _error(self, problem: str, fix: str = "") -> RolloutError:
        return RolloutError(
            "EMB001", "embedded PostgreSQL", problem, fix=fix or f"read {self.log}, mend what it names and try again"
        )


def _last_lines(text: str) -> str:
    return "; ".join(line.strip() for line in text.splitlines()[-LOG_LINES:] if line.strip())


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    return next(port for port in SystemRandom().sample(PORTS, len(PORTS)) if is_free(port))


def comes_free(port: int) -> bool:
    """Tell whether nobody listens on a port of ours: a process that was killed lets go of it a moment after its end."""
    deadline = time.monotonic() + LETTING_GO_SECONDS
    while not (free := is_free(port)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return free


def is_free(port: int) -> bool:
    """Tell whether nobody listens on the port just now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
