"""What PostgreSQL reports, as named errors that say what to do."""

import re
from typing import Final

import psycopg

from infra.database.patience import Unanswered
from infra.database.target import Target
from infra.errors import RolloutError, redact

LOCK_NOT_AVAILABLE: Final = "55P03"

#: Pulumi refreshes with the connection that the state remembers.
TAKE_NEW_CONNECTION: Final = (
    "after a rotated password or a corrected address, take the new connection into the state with one run of"
    " `pulumi up --refresh=false`"
)
#: In the words of libpq.
_NO_TLS: Final = "does not support SSL"
_NO_TLS_FIX: Final = (
    "give the server TLS, or set database.sslmode in the stack file to disable, which only a server on this machine"
    " should need"
)
_ROOM_FIX: Final = (
    "end idle sessions, or raise max_connections or the role's CONNECTION LIMIT; a deploy takes three connections at"
    " most"
)
_LOGIN_REFUSED: Final = ("28P01", "28000", "3D000", "42501")
#: The server goes away, or the connection did: 57P.., 08..
_CONNECTION_LOST: Final = ("57P", "08")
#: A login is refused without a code that libpq would hand on: these are the server's words, in English.
_NO_ROOM: Final = ("too many clients", "too many connections", "remaining connection slots")
_NOT_READY: Final = ("is starting up", "is shutting down", "in recovery mode", "not yet accepting connections")
_DISK_FULL: Final = "53100"
_TABLESPACE: Final = re.compile(r"pg_tblspc/(?P<oid>\d+)")

_NOT_ALLOWED = "42501"
#: In the words of PostgreSQL 15, and of 16 and later.
_ROLE_REFUSED = re.compile(r'(member of role|SET ROLE) (?P<role>".+")')


class ConnectionLost(RolloutError):  # noqa: N818 - what happened, and what a new connection mends
    """The connection is gone in the middle of the work: what was sent last may have happened or not."""


class DuplicateKeys(RolloutError):  # noqa: N818 - as above
    """Rows stood more than once under what is to be unique."""


class NotReady(RolloutError):  # noqa: N818 - as above
    """The server is there and takes no connection just now: it starts, it stops, or it has no room."""


def connection_error(target: Target, error: psycopg.OperationalError) -> RolloutError:
    """Return DB002 for a refused login, DB013 for want of a slot and DB001 for a server that does not answer."""
    where = f"{target.host}:{target.port}/{target.name}"
    said = _first_line(error, target)
    refused = error.sqlstate in _LOGIN_REFUSED or "authentication failed" in said or "does not exist" in said
    if refused:
        return RolloutError(
            "DB002",
            f"database {where}",
            f"the server refused the login of {target.user}: {said}",
            fix="check database.user, database.name and databasePassword in the stack file; " + TAKE_NEW_CONNECTION,
        )
    if any(words in said for words in _NO_ROOM):
        return NotReady("DB013", f"database {where}", f"no connection is free: {said}", fix=_ROOM_FIX)
    kind = NotReady if any(words in said for words in _NOT_READY) else RolloutError
    return kind(
        "DB001",
        f"database {where}",
        f"cannot be reached: {said}",
        fix=_NO_TLS_FIX
        if _NO_TLS in said
        else "start the server, or correct database.host and database.port in the stack file",
    )


def statement_error(what: str, error: psycopg.Error, target: Target) -> RolloutError:
    """Return DB003 with the object, the server's own words and its code; DB001 when the connection is gone.

    DB012 when it was given up because the server did not answer.
    """
    if isinstance(error, Unanswered):
        return _unanswered_error(what, error)
    if is_lost(error):
        return ConnectionLost(
            "DB001",
            what,
            f"the connection was lost: {_first_line(error, target)}",
            fix="run the same command again: what is done already is kept, and what was half done is repaired",
        )
    detail = f" ({error.diag.message_detail})" if error.diag.message_detail and error.sqlstate != "23505" else ""
    kept = "mend the cause and run the same command again: what is done already is kept"
    hint = _hint(error)
    said = f"{_first_line(error, target)}{redact(detail + hint, target.password or '')}"
    kind = DuplicateKeys if error.sqlstate == "23505" else RolloutError
    return kind(
        "DB003",
        what,
        f"{said} [SQLSTATE {error.sqlstate or 'none'}]",
        fix=_missing_membership(error, target) or _space(error) or kept,
    )


def _unanswered_error(what: str, error: Unanswered) -> RolloutError:
    return RolloutError(
        "DB012",
        what,
        f"the server does not answer: {error}, and a request to cancel did not help; the connection was given up",
        fix="look after the server (is it frozen, is its disk stuck?), then run the same command again:"
        " what is done already is kept",
    )


def _space(error: psycopg.Error) -> str:
    """Return what to do when a disk is full: which one, in the words of the server's own file names."""
    if error.sqlstate != _DISK_FULL:
        return ""
    said = error.diag.message_primary or ""
    found = _TABLESPACE.search(said)
    place = f"the tablespace with oid {found['oid']}" if found else "the server's data directory"
    where = "pg_wal (old WAL that replication slots or archiving hold back)" if "pg_wal" in said else place
    return f"the disk is full: free space in {where}, then run the same command again: what is done already is kept"


def _hint(error: psycopg.Error) -> str:
    """Return the server's hint, but for the one to drop what depends on the object: that is other people's."""
    hint = (error.diag.message_hint or "").rstrip(".")
    return f"; the server's hint: {hint}" if hint and "CASCADE" not in hint else ""


def _missing_membership(error: psycopg.Error, target: Target) -> str:
    """Return what to do when the deployer may not act as a role: who makes an object for it must be its member."""
    refused = _ROLE_REFUSED.search(error.diag.message_primary or "")
    if error.sqlstate != _NOT_ALLOWED or refused is None:
        return ""
    return (
        f"grant it ({refused['role']}) to {target.user}, as a GrantRole or with GRANT, and run the same command again"
    )


def reading_error(error: psycopg.Error, target: Target) -> RolloutError:
    """Return the error of a query: DB004 when what it reads stays locked."""
    if error.sqlstate == LOCK_NOT_AVAILABLE:
        return RolloutError(
            "DB004",
            f"database {target.name}",
            f"what is there cannot be read while it is locked: {_first_line(error, target)}",
            fix="end or wait for the transaction that holds the lock, then run the same command again",
        )
    return statement_error(f"database {target.name}", error, target)


def cancelled_error() -> RolloutError:
    """Return the error of what was ended by a cancel."""
    return RolloutError(
        "PRV004", "", "the operation was cancelled", fix="run the same command again: it takes up there"
    )


def is_lost(error: psycopg.Error) -> bool:
    """Whether the connection is gone, so that nobody knows what became of the last statement."""
    if isinstance(error, Unanswered):
        return False
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError)
    return error.sqlstate.startswith(_CONNECTION_LOST)


def _first_line(error: psycopg.Error, target: Target) -> str:
    lines = [line.strip() for line in (error.diag.message_primary or str(error)).splitlines() if line.strip()]
    return redact(lines[0] if lines else type(error).__name__, target.password or "")
