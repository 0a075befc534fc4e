"""The real `rollout` in a process of its own, with its provider in another, both of which a test may signal."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import psycopg

from tests.cli.commands import COMMAND, Ended, Project
from tests.cli.on_server import STACK, on_server
from tests.cluster_state import Connection
from tests.clusters import Database
from tests.faults.tap import Tap

SECONDS: Final = 120.0
ENGINE: Final = ("--stack", STACK, "--engine", "embedded")
BUILDING: Final = """
    SELECT pid FROM pg_stat_activity
     WHERE datname = current_database() AND state = 'active' AND query ~ '^CREATE (UNIQUE )?INDEX CONCURRENTLY'
       AND wait_event_type = 'Lock'
"""
INVALID: Final = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"


@dataclass
class Running:
    """A command that was started, and where its output goes."""

    process: subprocess.Popen[bytes]
    out: Path
    err: Path
    #: The providers of it that a test has asked for: one that is frozen survives the command.
    providers: list[int] = field(default_factory=list)

    @property
    def said(self) -> str:
        """What it has printed so far."""
        return self.out.read_text(encoding="utf-8") + self.err.read_text(encoding="utf-8")

    def provider(self) -> int:
        """Return the process of the provider's plugin that it has started."""
        found = [pid for pid in children(self.process.pid) if "infra/provider" in command_line(pid)]
        assert len(found) == 1, found
        self.providers += found
        return found[0]

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the command alone."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """Kill the command and leave its provider alone."""
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """Kill whatever of it is left, its provider too."""
        if self.process.poll() is None:
            self.providers += children(self.process.pid)
            self.kill()
        for pid in self.providers:
            if "infra/provider" in command_line(pid):
                end(pid)

    def ended(self, seconds: float = SECONDS) -> Ended:
        """Wait for its end."""
        code = self.process.wait(seconds)
        return Ended(code, self.out.read_text(encoding="utf-8"), self.err.read_text(encoding="utf-8"))


class Scene:
    """A project whose stack is a test's database, seen through a tap. Nothing that it has started outlives it."""

    engine = ENGINE

    def __init__(self, project: Project, database: Database, tap: Tap, **config: Any) -> None:
        self.database = database
        self.tap = tap
        self.project = aim(project, database, tap, **config)
        self._started: list[Running] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        for running in self._started:
            running.end()

    def start(self, *arguments: str, project: Project | None = None) -> Running:
        """Start a command on the stack."""
        chosen = project or self.project
        out, err = (chosen.home / f"{len(self._started)}.{name}" for name in ("out", "err"))
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                [*COMMAND, *arguments, *self.engine],
                cwd=chosen.folder,
                env=chosen._environment(),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
            )
        self._started.append(Running(process, out, err))
        return self._started[-1]

    def run(self, *arguments: str) -> Ended:
        """Run a command to its end."""
        return self.start(*arguments).ended()

    def up(self) -> Ended:
        """Bring the stack to its definition."""
        return self.run("up", "--yes")

    def plan(self) -> Ended:
        """Look whether anything is left to do."""
        return self.run("preview", "--expect-no-changes")

    @contextmanager
    def old_snapshot(self) -> Iterator[Callable[[], None]]:
        """Leave a transaction open, for which every concurrent build waits at its end; yield what ends it."""
        connection = psycopg.connect(self.database.admin.dsn(), autocommit=True, connect_timeout=10)
        try:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            connection.execute("SELECT 1")
            yield connection.rollback
        finally:
            connection.close()  # without a COMMIT: the server may have died meanwhile, as some tests want it

    def build(self) -> int:
        """Wait until an index is being built and stands still; return its backend."""
        with self.database.connect(user="admin") as connection:
            return int(until(lambda: one(connection, BUILDING)))

    def invalid(self) -> list[str]:
        """Return the indexes that a build has left behind."""
        with self.database.connect(user="admin") as connection:
            return [row[0] for row in connection.execute(INVALID.encode()).fetchall()]


def aim(project: Project, database: Database, tap: Tap, **config: Any) -> Project:
    """Point the project's stack at the tap before the database."""
    target = tap.target
    address = {"host": target.host, "port": target.port, "name": target.name, "user": target.user, "sslmode": "disable"}
    on_server(project, database, deployed=False)
    project.configure(STACK, **({"database": address, "protect": False} | config))
    return project


def one(connection: Connection, query: str, *parameters: object) -> Any:
    """Return the first value of a query, or None."""
    row = connection.execute(query.encode(), parameters or None).fetchone()
    return None if row is None else row[0]


def until(condition: Callable[[], Any], seconds: float = SECONDS, otherwise: Callable[[], str] = str) -> Any:
    """Wait until a condition gives something, and return it; `otherwise` says what there was instead."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"it did not come to that: {otherwise()}"
        time.sleep(0.05)
    return found


def children(parent: int) -> list[int]:
    """Return the processes that a process has started."""
    return [int(text) for task in Path(f"/proc/{parent}/task").iterdir() for text in _read(task / "children").split()]


def command_line(pid: int) -> str:
    """Return how a process was called."""
    return _read(Path(f"/proc/{pid}/cmdline")).replace("\0", " ")


def is_alive(pid: int) -> bool:
    """Tell whether a process is there and no zombie."""
    return Path(f"/proc/{pid}").exists() and ") Z " not in _read(Path(f"/proc/{pid}/stat"))


def end(pid: int) -> None:
    """Kill a process of ours, if it is there."""
    if is_alive(pid):
        os.kill(pid, signal.SIGKILL)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
