"""Taking away what a failed step has left behind: an index that every write pays for and no query can use."""

from contextlib import suppress
from typing import Final

import psycopg

from infra.database.session import READING_LIMITS, Session
from infra.ddl.statement import Remains
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError

#: A concurrent drop waits for whoever uses the table, and blocks nobody while it does. After a cancel there is no time.
CLEAR_SECONDS: Final = 30.0
CANCELLED_SECONDS: Final = 2.0


def clear_remains(session: Session, remains: Remains | None) -> str:
    """Drop what is left, where the connection allows; return what to say of what could not be dropped.

    An index of that name which is valid, or which somebody else is building, is not ours.
    """
    if remains is None or session.connection.closed or not is_invalid(session, remains.index):
        return ""
    milliseconds = int(1000 * (CANCELLED_SECONDS if session.cancelled.is_set() else CLEAR_SECONDS))
    with suppress(psycopg.Error):
        session.configure({"lock_timeout": f"{milliseconds}ms", "statement_timeout": f"{milliseconds}ms"})
        session.execute(remains.drop.text)
    with suppress(psycopg.Error):
        session.configure(READING_LIMITS)
    if not is_invalid(session, remains.index):
        return ""
    return f"; index {remains.index} is left invalid, and unusable until the same command has removed it"


def is_invalid(session: Session, index: str) -> bool:
    """Whether an index of this name stands there unusable, with nobody at building it; no answer is no."""
    schema, _, name = index.partition(".")
    try:
        row = session.one(catalog_query("index_invalid.sql"), {"schema": schema, "name": name})
    except RolloutError:
        return False
    return bool(row and row["invalid"])
