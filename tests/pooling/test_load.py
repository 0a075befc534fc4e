"""A real PgBouncer with many more clients than connections: no error, the limit told in time, and no claim mixed up."""

import time
import uuid

import psycopg
import pytest

from tests.clusters import Database
from tests.deploying import deploy
from tests.pooler import start_pooler, verifier_of
from tests.pooling.clients import Client, run_clients

#: Clients, connections, transactions of each client.
SMALL = [(60, 5, 5), (200, 10, 3)]
FULL = [(200, 10, 50), (1000, 20, 20)]
CREATORS = 50


@pytest.mark.parametrize(
    ("clients", "size", "rounds"),
    [*(pytest.param(*load) for load in SMALL), *(pytest.param(*load, marks=pytest.mark.full) for load in FULL)],
)
def test_many_clients_on_few_connections_meet_no_error(
    database18: Database, clients: int, size: int, rounds: int
) -> None:
    """An error of any client would end the run; the server sees no more sessions than the pool has."""
    pooler = start_pooler(database18, "transaction", size, max_clients=clients + 5, query_wait_timeout=60)
    seen: list[int] = []

    async def work(client: Client) -> None:
        for _ in range(rounds):
            await client.transact()
        if client.number == 0:
            seen.append(_sessions(database18))

    try:
        done = run_clients(pooler.target, clients, work)
    finally:
        pooler.stop()
    assert sum(len(client.times) for client in done) == clients * rounds
    assert 1 <= seen[0] <= size


def _sessions(database: Database) -> int:
    with database.connect(user="admin") as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND datname = %s AND pid <> pg_backend_pid()",
            [database.deployer.user, database.name],
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_who_waits_too_long_is_told_in_time_and_a_free_connection_serves_again(database: Database) -> None:
    pooler = start_pooler(database, "transaction", 2, query_wait_timeout=2)
    try:
        holders = [psycopg.connect(pooler.target.dsn()) for _ in range(2)]
        for holder in holders:
            holder.execute("SELECT 1")  # a transaction, which keeps its connection
        began = time.monotonic()
        with pytest.raises(psycopg.OperationalError, match="query_wait_timeout"):
            _ask(pooler.target.dsn())
        told = time.monotonic() - began
        for holder in holders:
            holder.close()
        began = time.monotonic()
        _ask(pooler.target.dsn())
        served = time.monotonic() - began
    finally:
        pooler.stop()
    assert 2 <= told < 2 + 3  # the queue is looked through a few times a second; the rest is for a busy machine
    assert served < 1 + 3


def _ask(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SELECT 1")


@pytest.mark.parametrize("rounds", [pytest.param(20), pytest.param(2000, marks=pytest.mark.full)])
def test_claims_of_fifty_creators_over_one_connection_never_meet(database18: Database, rounds: int) -> None:
    """Each transaction sets its own claims; some fail half way. The pipeline's policies show the creator's own row."""
    users = [uuid.UUID(int=number + 1) for number in range(CREATORS)]
    _sign_up(database18, users)
    login = database18.authenticator
    verifiers = {login.user: verifier_of(database18, login.user)}
    pooler = start_pooler(database18, "transaction", 1, verifiers=verifiers, query_wait_timeout=60)
    wrong: list[tuple[int, object]] = []
    pids: set[int] = set()

    async def work(client: Client) -> None:
        for turn in range(rounds):
            rows, pid = await _as_creator(client, users[client.number], fail=turn % 7 == 3)
            pids.add(pid)
            if rows != [(users[client.number],)]:
                wrong.append((client.number, rows))
            if turn % 5 == 0:
                assert await _claims_left(client) in ("", None)

    try:
        run_clients(pooler.through(login), CREATORS, work)
    finally:
        pooler.stop()
    assert not wrong
    assert len(pids) == 1


async def _as_creator(client: Client, user: uuid.UUID, *, fail: bool) -> tuple[list[tuple[uuid.UUID]], int]:
    """Return what the creator sees and which backend it was; three messages, between which others may come."""
    connection = client.connection
    assert connection is not None
    claims = f'{{"sub": "{user}", "role": "authenticated"}}'
    begin = f"BEGIN; SET LOCAL ROLE authenticated; SELECT set_config('request.jwt.claims', '{claims}', true)"
    await connection.execute(begin.encode())
    found = await (await connection.execute("SELECT user_id, pg_backend_pid() FROM public.creator_profiles")).fetchall()
    if fail:
        with pytest.raises(psycopg.errors.DivisionByZero):
            await connection.execute("SELECT 1 / 0")
    await connection.execute(b"COMMIT")
    return [row[:1] for row in found], found[0][1] if found else 0


async def _claims_left(client: Client) -> object:
    """Return the claims outside any transaction of ours: whoever comes next must find none."""
    assert client.connection is not None
    row = await (await client.connection.execute("SELECT current_setting('request.jwt.claims', true)")).fetchone()
    return row[0] if row else None


def _sign_up(database: Database, users: list[uuid.UUID]) -> None:
    """Deploy the pipeline, and make a profile for each of the users."""
    deploy(database.deployer).close()
    with database.connect(user="admin") as connection:
        connection.execute("INSERT INTO auth.users (id) SELECT unnest(%s::uuid[])", [users])
        connection.execute("INSERT INTO public.creator_profiles (user_id) SELECT unnest(%s::uuid[])", [users])
