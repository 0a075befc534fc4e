"""How long clients wait for a connection of a pool: many of them on few, through a PgBouncer of rendered files.

Run with ``python -m bench.pooling``. It makes a PostgreSQL of its own and a PgBouncer beside it, and takes both away.
Each client, once all are connected, sends a transaction (claims set, one's own row read through row security), rests,
and sends the next, so that so many transactions a second are asked for in all. What counts as waiting is what a
transaction takes beyond the work itself: the median of the same transaction with one client alone is taken off. The
first seconds, in which the pools open their connections, do not count.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import time
from dataclasses import asdict, dataclass
from typing import Final

from psycopg import AsyncConnection, Connection, OperationalError

from bench.ground import pooler_before, server
from bench.sections import Mark, Row, Section, Spread
from infra.database.session import open_session
from infra.database.target import Target
from infra.embedded.pooler import EmbeddedPooler
from infra.embedded.postgres import EmbeddedDatabase
from infra.models.pool import Pool, Pooler, Pooling
from infra.pipeline.pooling import DEFAULTS

_ROOM: Final = 20
#: The pools open their connections to the server meanwhile, and nothing is counted.
_WARM_SECONDS: Final = 5
_LOGINS_AT_ONCE: Final = 20
_CLAIMS: Final = "SELECT set_config('request.jwt.claims', %s, true)"
_READ: Final = "SELECT owner FROM public.bench_notes"
_GROUND: Final = (
    "CREATE TABLE public.bench_notes (owner uuid PRIMARY KEY)",
    "ALTER TABLE public.bench_notes ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY own ON public.bench_notes FOR SELECT TO authenticated USING (owner = (SELECT auth.uid()))",
    "GRANT SELECT ON public.bench_notes TO authenticated",
    "INSERT INTO public.bench_notes SELECT lpad(to_hex(n), 32, '0')::uuid FROM generate_series(1, 1000) AS n",
)


@dataclass(frozen=True)
class Load:
    """So many clients on so many connections, the transactions a second that they ask for, and the limit in ms."""

    clients: int
    size: int
    rate: int
    limit: int


@dataclass(frozen=True)
class Figures:
    """What came of a load, in milliseconds; `wait` is what the transaction took beyond the work itself."""

    clients: int
    size: int
    asked_per_second: int
    done_per_second: float
    transactions: int
    errors: int
    alone: float
    wait_p50: float
    wait_p99: float
    wait_most: float
    limit: int


@dataclass(frozen=True)
class Exhausted:
    """A pool that is used up: when a client was told, in milliseconds, and how soon one was served once it was free."""

    query_wait_timeout: int
    told: float
    served: float

    @property
    def is_in_time(self) -> bool:
        """Whether a client is told within the timeout (PgBouncer looks three times a second), and served within 1 s."""
        return self.told <= self.query_wait_timeout + _LOOK and self.served <= _RECOVERED


LOADS: Final = (Load(200, 10, 200, 50), Load(1000, 20, 200, 250))
_LOOK: Final = 334
_RECOVERED: Final = 1000
_HOLDERS: Final = 2


def measure(*, quick: bool) -> Section:
    """Return how long clients wait for a pool's connection, beside the transaction itself."""
    loads, seconds = (LOADS[:1], 3) if quick else (LOADS, 10)
    with server() as database:
        figures = [_measure(database, load, seconds) for load in loads]
    rows = tuple(_row(one) for one in figures)
    text = (
        "What a transaction takes through the pool beyond the work itself, at the 99th percentile, against the same"
        " transaction of one client alone. The rate is what the application asks for, not what the pool could do."
    )
    return Section("Waiting for a pool", text, rows, "python -m bench.pooling")


def _row(one: Figures) -> Row:
    name = f"{one.clients:,} clients on {one.size} connections, p99 of the wait"
    waits, alone = Spread.of([one.wait_p99]), Spread.of([one.alone])
    mark, done = Mark.at_most(one.limit), f"{one.done_per_second:.0f} transactions/s"
    if one.errors:
        return Row(name, None, "one client alone", alone, mark, note=f"{one.errors} failed")
    return Row(name, waits, "one client alone", alone, mark, note=done)


def main() -> int:
    """Measure, print, and end with 1 where a client met an error or the 99th percentile is over its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with server() as database:
        figures = [_measure(database, load, options.seconds) for load in LOADS]
        exhausted = _exhaust(database)
    _show(figures, exhausted, as_json=options.json)
    late = any(found.errors or found.wait_p99 > found.limit for found in figures)
    return 1 if late or not exhausted.is_in_time else 0


def _machine() -> str:
    return f"The machine: {os.cpu_count()} processors, load average {os.getloadavg()[0]:.1f} at the end."


def _show(figures: list[Figures], exhausted: Exhausted, *, as_json: bool) -> None:
    if as_json:
        shown = [asdict(one) for one in figures]
        document = {"machine": _machine(), "figures": shown, "exhausted": asdict(exhausted)}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return
    sys.stdout.write(f"{_machine()}\n\n")
    for one in figures:
        sys.stdout.write(
            f"{one.clients} clients on {one.size} connections: {one.done_per_second:.0f} transactions/s"
            f" ({one.asked_per_second} asked for), {one.errors} errors; waiting p50 {one.wait_p50:.1f} ms,"
            f" p99 {one.wait_p99:.1f} ms (limit {one.limit}), most {one.wait_most:.1f} ms; alone {one.alone:.1f} ms\n"
        )
    sys.stdout.write(
        f"a pool that is used up: a client is told after {exhausted.told:.0f} ms (query_wait_timeout"
        f" {exhausted.query_wait_timeout} ms), and served {exhausted.served:.0f} ms after a connection is free\n"
    )


def _exhaust(database: EmbeddedDatabase) -> Exhausted:
    """Hold every connection of a pool, wait in its queue, and then let them go."""
    pooler = _pooler(database, Load(_HOLDERS, _HOLDERS, 1, 0), timeout="5s")
    dsn = pooler.application.dsn()
    holders = [Connection.connect(dsn) for _ in range(_HOLDERS)]
    for holder in holders:
        holder.execute(_CLAIMS, ["{}"])
    began = time.monotonic()
    try:
        _ask(dsn)
    except OperationalError:
        told = time.monotonic() - began
    else:
        raise AssertionError("the pool was not used up")
    for holder in holders:
        holder.close()
    began = time.monotonic()
    _ask(dsn)
    return Exhausted(5000, round(told * 1000, 1), round((time.monotonic() - began) * 1000, 1))


def _ask(dsn: str) -> None:
    with Connection.connect(dsn, autocommit=True) as connection:
        connection.execute("SELECT 1")


def _measure(database: EmbeddedDatabase, load: Load, seconds: int) -> Figures:
    _prepare(database)
    pooler = _pooler(database, load)
    alone, _ = asyncio.run(_run(pooler.application, 1, 20, 3))
    took, errors = asyncio.run(_run(pooler.application, load.clients, load.rate, seconds))
    work = _percentile(alone, 0.5)
    waits = [max(0.0, one - work) for one in took]
    return Figures(
        load.clients,
        load.size,
        load.rate,
        round(len(took) / seconds, 1),
        len(took),
        errors,
        round(work, 2),
        round(_percentile(waits, 0.5), 2),
        round(_percentile(waits, 0.99), 2),
        round(max(waits), 2),
        load.limit,
    )


def _prepare(database: EmbeddedDatabase) -> None:
    with open_session(database.deployer, application_name="rollout bench") as session:
        session.execute("DROP TABLE IF EXISTS public.bench_notes")
        for statement in _GROUND:
            session.execute(statement)


def _pooler(database: EmbeddedDatabase, load: Load, *, timeout: str = "10s") -> EmbeddedPooler:
    pool = Pool(size=load.size, clients=load.clients + _ROOM)
    application = DEFAULTS.application.model_copy(update={"role": "authenticator", "pool": load.clients})
    waits = Pooler(query_wait_timeout=timeout)
    pooling = Pooling(pools={"authenticator": pool}, pooler=waits, application=application, server=DEFAULTS.server)
    return pooler_before(database, pooling)


async def _run(target: Target, clients: int, rate: int, seconds: int) -> tuple[list[float], int]:
    """Return the milliseconds of each transaction, and how many failed."""
    gate = asyncio.Semaphore(_LOGINS_AT_ONCE)
    took: list[float] = []
    errors = 0

    async def connect() -> AsyncConnection:
        async with gate:
            return await AsyncConnection.connect(target.dsn(), autocommit=True, prepare_threshold=None)

    async def client(number: int, connection: AsyncConnection, end: float) -> None:
        nonlocal errors
        rest = clients / rate
        await asyncio.sleep(random.uniform(0, rest))  # noqa: S311 - clients that do not come all at once
        while time.monotonic() < end:
            began = time.monotonic()
            try:
                await _transact(connection, number)
            except Exception:  # noqa: BLE001 - counted: none is allowed
                errors += 1
                return
            if began >= counts:
                took.append((time.monotonic() - began) * 1000)
            await asyncio.sleep(max(0.0, began + rest * random.uniform(0.5, 1.5) - time.monotonic()))  # noqa: S311

    connections = await asyncio.gather(*(connect() for _ in range(clients)))
    counts = time.monotonic() + _WARM_SECONDS
    await asyncio.gather(*(client(n, one, counts + seconds) for n, one in enumerate(connections)))
    await asyncio.gather(*(one.close() for one in connections))
    return took, errors


async def _transact(connection: AsyncConnection, number: int) -> None:
    user = f"00000000-0000-0000-0000-{number % 1000 + 1:012x}"
    async with connection.transaction():
        await connection.execute("SET LOCAL ROLE authenticated")
        await connection.execute(_CLAIMS, [json.dumps({"sub": user, "role": "authenticated"})])
        rows = await (await connection.execute(_READ)).fetchall()
    if [str(row[0]) for row in rows] != [user]:
        raise AssertionError(rows)


def _percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


if __name__ == "__main__":
    sys.exit(main())
