"""PgBouncer's own console: a database that answers SHOW and RELOAD in the simple protocol, and knows no SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

import psycopg
from psycopg.rows import dict_row

from infra.database.session import Row
from infra.database.target import Target
from infra.errors import RolloutError, redact

CONSOLE_DATABASE: Final = "pgbouncer"
CONNECT_SECONDS: Final = 5
Shown = Literal["CONFIG", "DATABASES", "LISTS", "POOLS", "STATS", "USERS", "VERSION"]
_NOBODY_THERE: Final = "connection refused"
_REFUSED: Final = ("auth", "no such user", "not allowed", "login rejected", "password")


class NotRunning(RolloutError):  # noqa: N818 - what is so, and what a start mends
    """Nobody listens where PgBouncer should."""


class Console:
    """One connection to the console."""

    def __init__(self, connection: "psycopg.Connection[Row]", target: Target) -> None:
        self._connection = connection
        self.target = target

    def show(self, what: Shown) -> list[Row]:
        """Return the rows of one of the console's tables.

        Raises:
            RolloutError: PGB001.
        """
        return self._ask(f"SHOW {what}")

    def version(self) -> str:
        """Return the version that runs, as it spells it."""
        return str(self.show("VERSION")[0]["version"])

    def config(self) -> dict[str, str]:
        """Return the settings that hold."""
        return {row["key"]: row["value"] or "" for row in self.show("CONFIG")}

    def fixed(self) -> frozenset[str]:
        """Return the names of the settings that only a restart changes."""
        return frozenset(row["key"] for row in self.show("CONFIG") if row["changeable"] == "no")

    def reload(self) -> None:
        """Have PgBouncer read its files. Before 1.25 it says that it did, whatever was in them.

        Raises:
            RolloutError: PGB001 with what it says of the files.
        """
        self._ask("RELOAD")

    def _ask(self, command: str) -> list[Row]:
        try:
            # Without parameters psycopg sends a simple query, which is all that the console takes.
            cursor = self._connection.execute(command.encode(), prepare=False)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            fix = "see its log; with the way to it mended, run the same command again"
            raise RolloutError(
                "PGB001", f"{_where(self.target)} {command}", _said(error, self.target), fix=fix
            ) from None


@contextmanager
def open_console(target: Target) -> Iterator[Console]:
    """Yield the console of a PgBouncer; the target's database is not looked at.

    Raises:
        NotRunning: when nobody listens there.
        RolloutError: PGB001 when the login is refused.
    """
    connection = _connect(target)
    try:
        yield Console(connection, target)
    finally:
        connection.close()


def _connect(target: Target) -> "psycopg.Connection[Row]":
    try:
        return psycopg.connect(
            host=target.host,
            port=target.port,
            dbname=CONSOLE_DATABASE,
            user=target.user,
            password=target.password,
            sslmode=target.sslmode,
            connect_timeout=CONNECT_SECONDS,
            autocommit=True,
            row_factory=dict_row,
        )
    except psycopg.OperationalError as error:
        said = _said(error, target)
        if any(word in said.lower() for word in _REFUSED):
            fix = "give the console's role and password that it runs with"
            problem = f"the console refused the login of {target.user}: {said}"
            raise RolloutError("PGB001", _where(target), problem, fix=fix) from None
        kind = NotRunning if _NOBODY_THERE in said.lower() else RolloutError
        problem = f"it cannot be reached: {said}"
        raise kind("PGB001", _where(target), problem, fix="start it, or correct host and port") from None


def _where(target: Target) -> str:
    return f"PgBouncer {target.host}:{target.port}"


def _said(error: psycopg.Error, target: Target) -> str:
    text = error.diag.message_primary or str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return redact(lines[0] if lines else type(error).__name__, target.password or "")
