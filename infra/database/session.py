"""A database session: connect, query, run statements; failures become named errors."""

import select
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Final, Self

import psycopg
from psycopg.rows import dict_row

from infra.database.failures import connection_error, reading_error, statement_error
from infra.database.patience import WatchedConnection, seconds_of
from infra.database.target import Target
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError

Row = dict[str, Any]
Parameters = Sequence[object] | Mapping[str, object] | None

CONNECT_TIMEOUT_SECONDS: Final = 8
#: As the server counts: views with the rights of their caller came with 15.
MINIMUM_VERSION: Final = 150000
#: A limit for whole transactions came with 17; a concurrent build would be ended by it.
TRANSACTION_TIMEOUT_VERSION: Final = 170000
#: The server itself notices within this time that we are gone and ends the statement (PostgreSQL 14 and later).
CONNECTION_CHECK_MILLISECONDS: Final = 500
#: What bounds a query that counts rows or reads the catalog; a statement of a plan has limits of its own.
READING_LIMITS: Final = {"lock_timeout": "10s", "statement_timeout": "15min"}
SETTINGS: Final = READING_LIMITS | {
    "client_connection_check_interval": f"{CONNECTION_CHECK_MILLISECONDS}ms",
    "search_path": "pg_catalog, pg_temp",
    "client_min_messages": "warning",
    "DateStyle": "ISO, YMD",
    "TimeZone": "UTC",
    "standard_conforming_strings": "on",
    "default_transaction_read_only": "off",
    "idle_session_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "jit": "off",
}
#: How long the probe of a pooler waits for a free server connection, and how often it looks.
PROBE_SECONDS: Final = 2.0
PROBE_TRIES: Final = 5
#: Never reached by counting: only what is asked for is prepared.
_PREPARE_THRESHOLD: Final = 1_000_000


class Session:
    """One connection in autocommit mode; used by one thread, cancelled from any."""

    def __init__(self, connection: WatchedConnection, target: Target, application_name: str) -> None:
        self.connection = connection
        self.target = target
        self.application_name = application_name
        self.pid = connection.info.backend_pid
        """The backend that served us at first; known even when the connection is gone."""
        self._cancelled = threading.Event()

    def execute(self, text: str, parameters: Parameters = None) -> list[Row]:
        """Run one statement and return its rows, or none for a statement without a result.

        Raises:
            psycopg.Error: as the server reports it, for those who decide by its code.
        """
        cursor = self.connection.execute(text, parameters, prepare=False)
        return cursor.fetchall() if cursor.description else []

    def run(self, what: str, text: str, parameters: Parameters = None) -> list[Row]:
        """Run one statement, as `execute` does; `what` is what it is about.

        Raises:
            RolloutError: DB003 or DB001, with what it is about.
        """
        try:
            return self.execute(text, parameters)
        except psycopg.Error as error:
            raise statement_error(what, error, self.target) from None

    def query(self, text: str, parameters: Parameters = None) -> list[Row]:
        """Return the rows of a query that is asked again and again: it is planned once.

        Raises:
            RolloutError: DB004 when what it reads stays locked, DB003 or DB001 otherwise.
        """
        try:
            return self.connection.execute(text, parameters, prepare=True).fetchall()
        except psycopg.Error as error:
            raise reading_error(error, self.target) from None

    def one(self, text: str, parameters: Parameters = None) -> Row | None:
        """Return the first row of a query, or None."""
        rows = self.query(text, parameters)
        return rows[0] if rows else None

    def configure(self, settings: Mapping[str, str], *, local: bool = False) -> None:
        """Set parameters for this session, or for the transaction that is under way."""
        parameters = {"names": list(settings), "values": list(settings.values()), "local": local}
        self.execute(catalog_query("set_config.sql"), parameters)
        if limit := settings.get("statement_timeout"):
            self.connection.limit = seconds_of(limit)

    def settle(self) -> None:
        """Pin what our statements and catalog queries count on, whatever the role's or database's settings say."""
        newer = {"transaction_timeout": "0"} if self.version >= TRANSACTION_TIMEOUT_VERSION else {}
        self.configure(SETTINGS | newer)

    @contextmanager
    def transaction(self, *, undone: bool = False) -> Iterator[None]:
        """Run what is inside as one transaction. Limits that are set in it end with it; `undone`, all of it does."""
        limit = self.connection.limit
        try:
            with self.connection.transaction(force_rollback=undone):
                yield
        finally:
            self.connection.limit = limit

    @contextmanager
    def watched(self, look: Callable[[], None]) -> Iterator[None]:
        """Call `look` every now and then while a statement inside runs. It must not fail, and not use this session."""
        self.connection.meanwhile = look
        try:
            yield
        finally:
            self.connection.meanwhile = None

    @contextmanager
    def answering_within(self, seconds: float) -> Iterator[None]:
        """Count on answers within so many seconds, and a margin: what is inside takes the server no time."""
        limit = self.connection.limit
        self.connection.limit = min(limit, seconds)
        try:
            yield
        finally:
            self.connection.limit = limit

    @property
    def version(self) -> int:
        """The server's version as a number, such as 150018."""
        return self.connection.info.server_version

    @property
    def cancelled(self) -> threading.Event:
        """Set once `cancel` was called: loops that wait stop at it."""
        return self._cancelled

    def succeed(self, former: "Session") -> None:
        """Take the place of a session that was lost: whoever cancelled that one has cancelled this one."""
        self._cancelled = former._cancelled  # noqa: SLF001 - of the same class

    def cancel(self) -> None:
        """End the running statement, and every wait after it. Safe from any thread."""
        self._cancelled.set()
        if not self.connection.closed:
            self.connection.cancel_safe(timeout=4)

    def is_alive(self) -> bool:
        """Whether the server still answers on this connection."""
        try:
            with self.answering_within(0):
                self.execute(catalog_query("alive.sql"))
        except psycopg.Error:
            return False
        return True

    def has_news(self) -> bool:
        """Whether the server has said something unasked, as it does when it ends the connection. Nothing is sent."""
        return self.connection.closed or bool(select.select([self.connection.fileno()], [], [], 0)[0])

    def encrypt_password(self, password: str, role: str) -> str:
        """Return the SCRAM verifier of a password: what the server stores, and all it is sent."""
        return self.connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def open_session(target: Target, *, application_name: str) -> Session:
    """Connect to the target and pin the session's settings.

    Raises:
        RolloutError: as `greet` does, and DB009 for a pooler's transaction port, before anything is set there.
    """
    session = greet(target, application_name=application_name)
    try:
        _refuse_transaction_port(session)
        session.settle()
    except BaseException:
        session.close()
        raise
    return session


def greet(target: Target, *, application_name: str) -> Session:
    """Connect to the target and leave the session as it is: a pooler would hand its settings on to others.

    Raises:
        RolloutError: DB001 when the server cannot be reached within eight seconds, DB002 when it refuses the login.
    """
    try:
        connection = WatchedConnection.connect(
            host=target.host,
            port=target.port,
            dbname=target.name,
            user=target.user,
            password=target.password,
            sslmode=target.sslmode,
            application_name=application_name,
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            autocommit=True,
            row_factory=dict_row,
            prepare_threshold=_PREPARE_THRESHOLD,
        )
    except psycopg.OperationalError as error:
        raise connection_error(target, error) from None
    session = Session(connection, target, application_name)
    _require_version(session)
    return session


def _refuse_transaction_port(session: Session) -> None:
    """Refuse a pooler that may hand every transaction to another server connection: to its next client as well.

    A direct connection is served by the very backend that greeted it; a pooler greets with numbers of its own.
    Through a pooler by session both settings and locks stay with us, so that is allowed.
    """
    if session.pid == _backend(session) or not _is_shared(session):
        return
    target = session.target
    raise RolloutError(
        "DB009",
        f"database {target.host}:{target.port}/{target.name}",
        "this is a pooler's transaction port: settings and locks of ours would reach other clients",
        allowed="a direct connection, or a pooler's session port",
        fix="set database.host and database.port to the direct connection",
    )


def _backend(session: Session) -> int:
    return int(session.execute(catalog_query("backend.sql"))[0]["pid"])


def _is_shared(session: Session) -> bool:
    """Whether another client is served by our backend while we are connected, or we by another one after that.

    By session a pooler keeps our backend for us. Then the other client may find no free one: it stops waiting.
    """
    before = _backend(session)
    other = greet(session.target, application_name="rollout probe")
    patience = threading.Timer(PROBE_SECONDS, other.cancel)
    patience.start()
    try:
        with other.transaction():
            return _backend(other) == before or any(_backend(session) != before for _ in range(PROBE_TRIES))
    except psycopg.Error:
        return False
    finally:
        patience.cancel()
        with suppress(psycopg.Error):
            other.close()


def _require_version(session: Session) -> None:
    if session.version >= MINIMUM_VERSION:
        return
    session.close()
    raise RolloutError(
        "DB006",
        f"database {session.target.host}:{session.target.port}/{session.target.name}",
        f"the server is PostgreSQL {session.version // 10000}, which has no security_invoker views",
        allowed="PostgreSQL 15 and later",
        fix="upgrade the server",
    )
