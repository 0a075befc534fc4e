"""Many clients at once, in one process: each goes on with transactions until it is told to end, and counts."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import psycopg
from psycopg import AsyncConnection

from infra.database.target import Target

#: A client that logs in waits for its turn: SCRAM takes the pooler, and us, some milliseconds each.
LOGIN_SECONDS: Final = 60
#: So many clients log in at once: the others wait here, not in the queue of the socket.
LOGINS_AT_ONCE: Final = 50

Work = Callable[["Client"], Awaitable[None]]


@dataclass
class Client:
    """One client: its connection, and the seconds that each of its transactions took."""

    number: int
    target: Target
    gate: asyncio.Semaphore = field(repr=False)
    connection: AsyncConnection | None = field(default=None, repr=False)
    times: list[float] = field(default_factory=list, repr=False)

    async def connect(self) -> AsyncConnection:
        """Connect, or connect anew."""
        await self.close()
        async with self.gate:
            self.connection = await AsyncConnection.connect(
                self.target.dsn(), autocommit=True, prepare_threshold=None, connect_timeout=LOGIN_SECONDS
            )
        return self.connection

    async def close(self) -> None:
        """Leave."""
        if self.connection is not None:
            with suppress(psycopg.Error):
                await self.connection.close()
            self.connection = None

    async def transact(self, statement: bytes = b"SELECT pg_sleep(0.001)") -> None:
        """Run one transaction and keep the time that it took."""
        assert self.connection is not None
        began = time.monotonic()
        async with self.connection.transaction():
            await self.connection.execute(statement)
        self.times.append(time.monotonic() - began)


def run_clients(target: Target, number: int, work: Work) -> list[Client]:
    """Connect so many clients, have each do the work once all are connected, and return them. An error ends it all."""
    return asyncio.run(_run(target, number, work))


async def _run(target: Target, number: int, work: Work) -> list[Client]:
    gate = asyncio.Semaphore(LOGINS_AT_ONCE)
    clients = [Client(n, target, gate) for n in range(number)]
    try:
        await asyncio.gather(*(client.connect() for client in clients))
        await asyncio.gather(*(work(client) for client in clients))
    finally:
        await asyncio.gather(*(client.close() for client in clients))
    return clients


def percentile(values: list[float], share: float) -> float:
    """Return the value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
