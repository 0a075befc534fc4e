"""A PgBouncer that is changed while clients work: a password, a size, a file that it refuses. Nobody's work fails."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from infra.database.target import Target
from infra.errors import RolloutError
from infra.pooling.scram import scram_verifier
from tests.clusters import Database
from tests.pooler import Pooler, start_pooler, start_with_lookup
from tests.pooling.clients import Client, run_clients

CLIENTS = 20
SETTLE_SECONDS = 0.5


@dataclass
class Load:
    """Clients that work until the load is ended, and leave and come again all the time."""

    login: Target
    stop: threading.Event = field(default_factory=threading.Event)
    done: list[Client] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    count: int = 0

    def run(self) -> None:
        try:
            self.done = run_clients(self.login, CLIENTS, self._work)
        except BaseException as error:  # noqa: BLE001 - told in the test's own thread
            self.errors.append(error)

    async def _work(self, client: Client) -> None:
        """Half of the clients stay connected; the others come anew, with the password that counts just now."""
        while not self.stop.is_set():
            await client.transact()
            self.count += 1
            if client.number % 2 and self.count % 10 == 0:
                await self._come_again(client)
            await asyncio.sleep(0)

    async def _come_again(self, client: Client) -> None:
        client.target = self.login
        try:
            await client.connect()
        except psycopg.OperationalError:
            # The password was changed between the look at it and the login: no transaction was under way.
            await asyncio.sleep(0.1)
            client.target = self.login
            await client.connect()


@contextmanager
def _under_load(login: Target) -> Iterator[Load]:
    load = Load(login)
    thread = threading.Thread(target=load.run)
    thread.start()
    try:
        _await(lambda: load.count > 3 * CLIENTS or bool(load.errors))
        yield load
        before = load.count
        _await(lambda: load.count > before + 3 * CLIENTS or bool(load.errors))
    finally:
        load.stop.set()
        thread.join(60)
    assert not load.errors, load.errors
    assert not thread.is_alive()


def _await(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it does not come about"
        time.sleep(0.01)


def _rotate(database: Database, role: str, password: str) -> None:
    with database.connect(user="admin") as connection:
        connection.execute(f"ALTER ROLE {role} PASSWORD '{scram_verifier(password)}'".encode())


def test_a_password_is_rotated_under_load(database: Database) -> None:
    """Whoever is connected works on; whoever comes uses the new password at once, and the old one lets nobody in."""
    login = database.authenticator
    pooler = start_with_lookup(database, 5)
    try:
        with _under_load(pooler.through(login)) as load:
            load.login = load.login.model_copy(update={"password": "a-new-password"})
            _rotate(database, login.user, "a-new-password")
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            psycopg.connect(pooler.through(login).dsn())
    finally:
        pooler.stop()
        _rotate(database, login.user, login.password or "")


def test_a_pool_is_resized_under_load(database18: Database) -> None:
    pooler = start_pooler(database18, "transaction", 3)
    try:
        with _under_load(pooler.target):
            for size in (8, 2, 4):
                databases = [pooler.config.databases[0].model_dump() | {"size": size}]
                assert pooler.apply(databases=databases) == []
                assert _size(pooler) == size
                time.sleep(SETTLE_SECONDS)
    finally:
        pooler.stop()


def _size(pooler: Pooler) -> int:
    with pooler.console() as console:
        return next(int(row["pool_size"]) for row in console.show("DATABASES") if row["name"] == pooler.database.name)


def test_a_refused_file_is_taken_back_under_load(database18: Database) -> None:
    """PgBouncer says that it has reloaded, and only its log that the certificate is none: the old files hold."""
    pooler = start_pooler(database18, "transaction", 3)
    before = _texts(pooler.home)
    certificate = pooler.place.log.with_name("no.crt")
    certificate.write_text("no certificate", encoding="utf-8")
    certificate.chmod(0o644)
    try:
        with _under_load(pooler.target):
            with pytest.raises(RolloutError, match="goes on with the old ones") as caught:
                pooler.apply(client_tls={"certificate": str(certificate), "key": str(certificate)}, max_clients=321)
            assert "TLS" in str(caught.value)
            assert _texts(pooler.home) == before
            with pooler.console() as console:
                assert console.config()["client_tls_sslmode"] == "disable"
                assert console.config()["max_client_conn"] == str(pooler.config.max_clients)
    finally:
        pooler.stop()


def test_a_certificate_that_is_not_there_is_refused_before_anything_is_written(database18: Database) -> None:
    """PgBouncer would take the file, and fail at its next connection to the server."""
    pooler = start_pooler(database18, "transaction", 3)
    before = _texts(pooler.home)
    try:
        with pytest.raises(RolloutError, match=r"PGB003 serverCa: there is no file /nowhere/ca\.crt"):
            pooler.apply(server_tls="verify-full", server_ca="/nowhere/ca.crt")
        assert _texts(pooler.home) == before
    finally:
        pooler.stop()


def test_a_file_that_is_read_in_part_is_taken_back(database18: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """PgBouncer stops at the first line that it does not know, keeps what came before, and calls it a success."""
    pooler = start_pooler(database18, "transaction", 3)
    before = _texts(pooler.home)
    from infra.pooling import rendering  # noqa: PLC0415 - what is broken on purpose

    sizes = rendering._sizes
    monkeypatch.setattr(rendering, "_sizes", lambda config: {**sizes(config), "no_such_option": 1})
    try:
        with pytest.raises(RolloutError, match=r"not read to its end.*no_such_option"):
            pooler.apply(max_clients=321)
        assert _texts(pooler.home) == before
        with pooler.console() as console:
            assert console.config()["max_client_conn"] == str(pooler.config.max_clients)
        assert pooler.psql("SELECT 1") == "1"
    finally:
        pooler.stop()


def _texts(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir() if file.is_file()}


def test_what_waits_for_a_restart_is_named_and_files_for_a_later_version_are_not_written(database18: Database) -> None:
    pooler = start_pooler(database18, "transaction", 3)
    before = _texts(pooler.home)
    try:
        with pytest.raises(RolloutError, match=r"PGB002 .*files are for PgBouncer 1\.99\.0"):
            pooler.apply(version="1.99.0")
        assert _texts(pooler.home) == before
        assert pooler.apply(max_clients=500) == ["listen_backlog"]
        assert any("until it is restarted" in line for line in pooler.said)
        assert pooler.apply(max_clients=500) == ["listen_backlog"]
    finally:
        pooler.stop()


def test_the_console_s_password_is_changed_by_the_one_before(database18: Database) -> None:
    pooler = start_pooler(database18, "transaction", 3)
    former = pooler.config.console_password
    try:
        pooler.apply(former_password=former, console_password="another-password")
        with pooler.console() as console:
            assert console.version().startswith("PgBouncer")
    finally:
        pooler.stop()
