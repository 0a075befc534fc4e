"""The function with which PgBouncer looks logins up: is it there, and may nobody else use it?"""

from typing import Final

from infra.database.session import Row, Session
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError

SCRIPT: Final = "sql/bootstrap/pooler.sql"


def check_lookup(session: Session, role: str) -> None:
    """Refuse a database in which the function is missing, or open to more than the one role.

    Raises:
        RolloutError: PGB005 with everything that is wrong with it.
    """
    row = session.one(catalog_query("pooler_lookup.sql"), {"role": role})
    wrong = _faults(row, role)
    if wrong:
        where = f"database {session.target.host}:{session.target.port}/{session.target.name}"
        fix = f"have a superuser run {SCRIPT} there once; or name the roles' verifiers and leave lookupRole out"
        raise RolloutError("PGB005", where, "; ".join(wrong), fix=fix)


def _faults(row: Row | None, role: str) -> list[str]:
    if row is None:
        return [f"pooler.login_of(text) or the role {role} is not there"]
    faults = {
        "it does not run with its owner's rights": not row["definer"],
        "its search_path is not pinned": not row["pinned"],
        f"{role} may not call it": not row["callable"],
        f"{', '.join(row['others'])} may call it too": bool(row["others"]),
    }
    return [f"pooler.login_of: {text}" for text, is_so in faults.items() if is_so]
