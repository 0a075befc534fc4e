"""What must hold after every fault: rows, catalog, indexes, sessions, locks, the next plan, and what was said.

A test takes `Invariants.before(database)` when the rows are there, injects its fault, hands everything that was printed
to `said`, repeats the command, and calls `hold`::

    invariants = Invariants.before(database, undisturbed=fingerprint)
    broken = run(project, "up", "--yes")        # with the fault
    invariants.said(broken)
    with fault.recovering():
        repeated = run(project, "up", "--yes")  # the same command, and nothing by hand
    invariants.converged(repeated)
    invariants.hold(plan=lambda: run(project, "preview", "--expect-no-changes"))
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import unified_diff
from typing import Any, Final

from psycopg import sql

from infra.database.deploy_lock import CLASS, WORKER_CLASS
from infra.errors import CODES
from tests.cli.commands import Ended
from tests.cluster_state import Connection
from tests.clusters import Database
from tests.ddl.scripts import plain

Fingerprint = tuple[str, list[dict[str, Any]]]
Rows = Counter[str]
#: Where rows of the application's may stand: in place, or parked.
SCHEMAS: Final = ("public", "pipeline_archive")
#: How long sessions of a process that was killed may take to go: the server looks twice a second.
SESSIONS_SECONDS: Final = 20.0
#: The first words of an error, its path and its problem; then the next step.
ERROR: Final = re.compile(
    r"\b(?P<code>[A-Z]{2,8}\d{3}) (?:[^\n]+?: )?[^\n]+?[.?](?: Allowed: [^\n]+\.)?(?P<fix> Fix: \S)"
)
_TABLES: Final = """
    SELECT n.nspname, c.relname, array_agg(a.attname ORDER BY a.attnum)::text[]
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relkind = 'r' AND n.nspname = ANY (%s) GROUP BY 1, 2 ORDER BY 1, 2
"""
_INVALID: Final = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT (indisvalid AND indisready AND indislive)"
_SESSIONS: Final = """
    SELECT pid, application_name, state, left(query, 80) FROM pg_stat_activity
     WHERE backend_type = 'client backend' AND datname = current_database() AND application_name ~ '^rollout'
"""
_LOCKS: Final = """
    SELECT pid, mode, granted FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
     WHERE locktype = 'advisory' AND datname = current_database() AND classid::bigint = ANY (%s)
"""


@dataclass
class Invariants:
    """The rows as they were before, everything that was said since, and the catalog that an undisturbed run leaves."""

    database: Database
    rows: Mapping[str, tuple[list[str], Rows]]
    undisturbed: Fingerprint | None = None
    secrets: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @classmethod
    def before(cls, database: Database, *, undisturbed: Fingerprint | None = None) -> "Invariants":
        """Remember every row of every table of the application; `undisturbed` is the catalog to come to."""
        passwords = [getattr(database, name).password for name in ("deployer", "admin", "authenticator")]
        with database.connect(user="admin") as connection:
            return cls(database, read_rows(connection), undisturbed, [password for password in passwords if password])

    def said(self, *outputs: Ended | str) -> None:
        """Take in what a command has printed: no traceback, no secret, and each failure as an error with a code."""
        for output in outputs:
            text = output if isinstance(output, str) else output.said
            assert "Traceback" not in text, text
            assert "SCRAM-SHA-256$" not in text
            assert not [secret for secret in self.secrets if secret in text]
            self.texts.append(text)

    def refused(self, ended: Ended, *codes: str) -> None:
        """Take in a command that failed: it says the code, the object, the cause and the next step."""
        self.said(ended)
        assert ended.code not in {0, None}, ended.said
        found = errors_in(ended.said)
        assert found, ended.said
        assert not codes or set(found) & set(codes), ended.said

    def converged(self, ended: Ended) -> None:
        """Take in the command that was repeated: it succeeds, with no step by hand before it."""
        self.said(ended)
        assert ended.code == 0, ended.said

    def hold(self, *, plan: Callable[[], Ended] | None = None, patience: float = SESSIONS_SECONDS) -> None:
        """Check everything that must hold once the system has recovered; `plan` looks whether something is left."""
        self.keeps_rows()
        with self.database.connect(user="admin") as connection:
            assert no_session(connection, patience) == []
            assert connection.execute(_LOCKS, [[CLASS, WORKER_CLASS]]).fetchall() == []
            assert connection.execute(_INVALID).fetchall() == []
        if self.undisturbed is not None:
            different = differences(fingerprint(self.database), self.undisturbed)
            assert not different, "\n".join(different)
        if plan is not None:
            looked = plan()
            self.said(looked)
            assert looked.code == 0, looked.said

    def keeps_rows(self) -> None:
        """Every row that was there is there, value by value, in place or parked; others may have come."""
        with self.database.connect(user="admin") as connection:
            for name, (columns, before) in self.rows.items():
                now = _table_rows(connection, _place(connection, name), columns)
                assert not before - now, f"{name}: {sum((before - now).values())} of {before.total()} rows are gone"


def read_rows(connection: Connection) -> dict[str, tuple[list[str], Rows]]:
    """Return the digests of the rows of each table of the application, with the columns that were there."""
    return {
        table: (columns, _table_rows(connection, (schema, table), columns))
        for schema, table, columns in connection.execute(_TABLES, [list(SCHEMAS)]).fetchall()
    }


def fingerprint(database: Database) -> Fingerprint:
    """Return what tells one catalog from another: the schema as pg_dump writes it, and every role."""
    return plain(database.dump()), database.roles()


def differences(found: Fingerprint, wanted: Fingerprint) -> list[str]:
    """Return the lines in which two catalogs differ."""
    texts = [[*dump.splitlines(), *(repr(role) for role in roles)] for dump, roles in (found, wanted)]
    return list(unified_diff(texts[1], texts[0], "undisturbed", "found", n=1, lineterm=""))


def errors_in(text: str) -> list[str]:
    """Return the codes of the errors in a text that say their next step."""
    return [found["code"] for found in ERROR.finditer(text) if found["code"] in CODES]


def no_session(connection: Connection, seconds: float = SESSIONS_SECONDS) -> list[tuple[Any, ...]]:
    """Return the sessions of ours that are left once there was time for them to go."""
    end = time.monotonic() + seconds
    while (left := connection.execute(_SESSIONS).fetchall()) and time.monotonic() < end:
        time.sleep(0.05)
    return left


def _place(connection: Connection, table: str) -> tuple[str, str]:
    for schema in SCHEMAS:
        row = connection.execute(
            "SELECT to_regclass(format('%%I.%%I', %s::text, %s::text))", [schema, table]
        ).fetchone()
        if row is not None and row[0] is not None:
            return schema, table
    raise AssertionError(f"{table} is gone")


def _table_rows(connection: Connection, place: tuple[str, str], columns: Sequence[str]) -> Rows:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    query = sql.SQL("SELECT md5(row({})::text) FROM {}").format(names, sql.Identifier(*place))
    return Counter(row[0] for row in connection.execute(query).fetchall())
