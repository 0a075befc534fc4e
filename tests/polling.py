"""Asking again and again, from another connection, while something is changed: what anybody would see of it."""

import json
import threading
import time
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

import psycopg

from infra.database.target import Target
from tests.cluster_state import Connection, connect

SOMEBODY = UUID(int=1)


@dataclass
class Poller:
    """Asks as an ordinary user, about a thousand times a second, and keeps what it is told."""

    target: Target
    query: str
    role: str = "authenticated"
    user: UUID = SOMEBODY
    #: When it asked, what it was told.
    seen: list[tuple[float, str]] = field(default_factory=list)
    #: When it had the answer.
    told: list[float] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self.thread = threading.Thread(target=self._poll)
        self.thread.start()
        while not self.seen and self.thread.is_alive():
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._ask_on()
        self.done.set()
        self.thread.join()

    def _ask_on(self, times: int = 20, seconds: float = 20) -> None:
        """Wait for some more answers, however slow the machine is."""
        wanted, end = len(self.seen) + times, time.monotonic() + seconds
        while len(self.seen) < wanted and self.thread.is_alive() and time.monotonic() < end:
            time.sleep(0.01)

    def _poll(self) -> None:
        with connect(self.target) as connection:
            while not self.done.wait(0.0005):
                self.seen.append((time.monotonic(), self._ask(connection)))
                self.told.append(time.monotonic())

    def _ask(self, connection: Connection) -> str:
        try:
            with connection.transaction():
                connection.execute(f"SET LOCAL ROLE {self.role}".encode())
                claims = json.dumps({"sub": str(self.user)})
                connection.execute("SELECT set_config('request.jwt.claims', %s, true)", [claims])
                return str(connection.execute(self.query.encode()).fetchall()[0][0])
        except psycopg.Error as error:
            return str(error.sqlstate)

    def answers(self) -> list[str]:
        """Return the different answers in the order in which they first came."""
        return list(dict.fromkeys(answer for _, answer in self.seen))
