"""The application's load: writers and readers with think time, in a process of their own that stops by itself.

Run as ``python -m bench.load`` it reads one line of JSON (a `Load`) and says ``ready`` once every client has done a
transaction. It ends when its input ends, or after `seconds`, and prints what it did (an `Account`) as one line of JSON.
`bench.loading` starts it; a process apart, so that a deploy in the parent does not take the clients' time.
"""

import json
import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import psycopg

from bench.scripts import SCRIPTS, SIGN_IN, Sql, Transaction

READY: Final = "ready"
#: How the clients' names begin, as the server knows them.
APPLICATION: Final = "application "
#: The code of a statement that met no row where one is: row security says nothing when it hides one.
NO_ROW: Final = "no row"
_WHO: Final = "SELECT set_config('role', %(role)s, true), set_config('request.jwt.claims', %(claims)s, true)"
_COMMIT: Final = "COMMIT"
#: After a refusal a person reads for a moment before trying again.
_PAUSE_AFTER_FAILURE: Final = 0.05


@dataclass(frozen=True)
class Load:
    """Who does what, how often, and for how long at most."""

    script: str
    api: str
    """The API's login, as a connection string."""
    admin: str
    """The superuser's, from which the login service's role is taken."""
    creators: list[list[str]]
    """Each a user's id and the id of the profile."""
    writers: int = 2
    readers: int = 2
    think_milliseconds: float = 10.0
    seconds: float = 300.0


@dataclass
class Timing:
    """How long a statement took. `at` is the wall clock in seconds when it was sent."""

    client: str
    table: str
    kind: str
    at: float
    seconds: float


@dataclass
class Failure:
    """A transaction that failed, with the server's code and words."""

    client: str
    transaction: str
    table: str
    at: float
    code: str
    words: str


@dataclass
class Account:
    """What a load did: every statement's time, what was acknowledged, and what failed."""

    timings: list[Timing] = field(default_factory=list)
    rows: dict[str, list[str]] = field(default_factory=dict)
    """The ids of acknowledged rows by table: each written down after COMMIT had returned."""
    kept: dict[str, dict[str, int]] = field(default_factory=dict)
    """By column of the profile and by profile, the value of the last acknowledged update."""
    failures: list[Failure] = field(default_factory=list)
    transactions: int = 0


class Client(threading.Thread):
    """One connection of the application, or two: one more for the login service's requests."""

    def __init__(self, load: Load, number: int, *, writes: bool, over: threading.Event) -> None:
        super().__init__(name=f"{'writer' if writes else 'reader'} {number}", daemon=True)
        script = SCRIPTS[load.script]
        count = load.writers if writes else load.readers
        self._load = load
        self._over = over
        self._transactions = script.writer if writes else script.reader
        # Writers have creators of their own, so that the last acknowledged value of a row is known.
        self._creators = load.creators[number::count] if writes else load.creators
        self._random = random.Random(number)  # noqa: S311 - the same load in each run
        self._connections: dict[str, psycopg.Connection[Any]] = {}
        self.account = Account()
        self.begun = threading.Event()

    def run(self) -> None:
        """Do transactions until it is over."""
        turn = 0
        while not self._over.is_set():
            self._transact(self._transactions[turn % len(self._transactions)])
            turn += 1
            if turn >= len(self._transactions):
                self.begun.set()
            self._over.wait(self._random.expovariate(1000 / self._load.think_milliseconds))
        for connection in self._connections.values():
            connection.close()

    def _transact(self, transaction: Transaction) -> None:
        user, profile = self._random.choice(self._creators)
        number = self._random.randrange(101)
        values = {"user": user, "profile": profile, "number": number}
        table, rows = "", []
        try:
            connection = self._connection(transaction.role)
            with _ended(connection):
                claims = json.dumps({"role": transaction.role, "sub": user})
                connection.execute("BEGIN")
                connection.execute(_WHO, {"role": transaction.role, "claims": claims})
                for statement in transaction.statements:
                    table = statement.table
                    rows += self._run(connection, statement, values)
                self._timed(connection, Sql(table, _COMMIT), {})
        except (psycopg.Error, LookupError) as error:
            code, words = _said(error)
            failure = Failure(self.name, transaction.name, table, time.time(), code, words)
            self.account.failures.append(failure)
            self._over.wait(_PAUSE_AFTER_FAILURE)
            return
        self.account.transactions += 1
        for written, identity in rows:
            self.account.rows.setdefault(written, []).append(identity)
        if transaction.keeps:
            self.account.kept.setdefault(transaction.keeps, {})[profile] = number

    def _run(
        self, connection: psycopg.Connection[Any], statement: Sql, values: dict[str, Any]
    ) -> list[tuple[str, str]]:
        count, rows = self._timed(connection, statement, values)
        if count < statement.least:
            raise LookupError(statement.text)
        return [(statement.table, str(row[0])) for row in rows] if statement.writes else []

    def _timed(
        self, connection: psycopg.Connection[Any], statement: Sql, values: dict[str, Any]
    ) -> tuple[int, list[tuple[Any, ...]]]:
        at, begun = time.time(), time.perf_counter()
        try:
            cursor = connection.execute(statement.text, values)
            return cursor.rowcount, cursor.fetchall() if cursor.description else []
        finally:
            seconds = time.perf_counter() - begun
            kind = statement.text.split(None, 1)[0].upper()
            self.account.timings.append(Timing(self.name, statement.table, kind, at, seconds))

    def _connection(self, role: str) -> psycopg.Connection[Any]:
        login = self._load.admin if role == SIGN_IN else self._load.api
        found = self._connections.get(login)
        if found is None or found.closed:
            name = f"{APPLICATION}{self.name}"
            found = psycopg.connect(login, autocommit=True, connect_timeout=10, application_name=name)
            self._connections[login] = found
        return found


def _said(error: Exception) -> tuple[str, str]:
    """Return the code and the words of a failure; a row that should be seen and is not is one as well."""
    if isinstance(error, psycopg.Error):
        return error.sqlstate or "", (error.diag.message_primary or str(error)).strip()
    return NO_ROW, f"found no row: {error.args[0]}"


@contextmanager
def _ended(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """End a transaction that fails inside, so that the connection serves the next one."""
    try:
        yield
    except BaseException:
        with suppress(psycopg.Error):
            connection.execute("ROLLBACK")
        raise


def run(load: Load, over: threading.Event, ready: threading.Event) -> Account:
    """Run the load until it is over, or its time is, and return what it did."""
    clients = [Client(load, number, writes=True, over=over) for number in range(load.writers)]
    clients += [Client(load, number, writes=False, over=over) for number in range(load.readers)]
    for client in clients:
        client.start()
    for client in clients:
        client.begun.wait(30)
    ready.set()
    over.wait(load.seconds)
    over.set()
    account = Account()
    for client in clients:
        client.join(60)
        _add(account, client.account)
    return account


def _add(account: Account, other: Account) -> None:
    account.timings += other.timings
    account.failures += other.failures
    account.transactions += other.transactions
    for table, rows in other.rows.items():
        account.rows.setdefault(table, []).extend(rows)
    for column, values in other.kept.items():
        account.kept.setdefault(column, {}).update(values)


def main() -> int:
    """Read the load, run it until the input ends, and print what it did."""
    load = Load(**json.loads(sys.stdin.readline()))
    over, ready = threading.Event(), threading.Event()

    def tell() -> None:
        ready.wait()
        sys.stdout.write(READY + "\n")
        sys.stdout.flush()

    def listen() -> None:
        sys.stdin.read()
        over.set()

    for work in (tell, listen):
        threading.Thread(target=work, daemon=True).start()
    account = run(load, over, ready)
    sys.stdout.write(json.dumps(asdict(account)) + "\n")
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
