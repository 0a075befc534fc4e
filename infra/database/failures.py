"""What PostgreSQL reports, as named errors that say what to do."""

import psycopg

from infra.database.target import Target
from infra.errors import RolloutError, redact

_LOGIN_REFUSED = ("28P01", "28000", "3D000", "42501")


def connection_error(target: Target, error: psycopg.OperationalError) -> RolloutError:
    """Return DB002 for a refused login and DB001 for a server that does not answer."""
    where = f"{target.host}:{target.port}/{target.name}"
    said = _first_line(error, target)
    refused = error.sqlstate in _LOGIN_REFUSED or "authentication failed" in said or "does not exist" in said
    if refused:
        return RolloutError(
            "DB002",
            f"database {where}",
            f"the server refused the login of {target.user}: {said}",
            fix="check database.user, database.name and databasePassword in the stack file",
        )
    return RolloutError(
        "DB001",
        f"database {where}",
        f"cannot be reached: {said}",
        fix="start the server, or correct database.host and database.port in the stack file",
    )


def statement_error(what: str, error: psycopg.Error, target: Target) -> RolloutError:
    """Return DB003 with the object, the server's own words and its code."""
    detail = f" ({error.diag.message_detail})" if error.diag.message_detail and error.sqlstate != "23505" else ""
    hint = error.diag.message_hint or "mend the cause and run the same command again: what is done already is kept"
    return RolloutError(
        "DB003",
        what,
        f"{_first_line(error, target)}{redact(detail, target.password or '')} [SQLSTATE {error.sqlstate or 'none'}]",
        fix=hint,
    )


def _first_line(error: psycopg.Error, target: Target) -> str:
    lines = [line.strip() for line in (error.diag.message_primary or str(error)).splitlines() if line.strip()]
    return redact(lines[0] if lines else type(error).__name__, target.password or "")
