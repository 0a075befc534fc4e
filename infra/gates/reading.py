"""Reading from the database for a gate: read-only, bounded in time, and as whoever the reading is about."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from infra.database.session import Session
from infra.ddl.templates import catalog_query

#: A gate must neither wait for an application's lock for long nor run for minutes.
#: What compiling a statement costs is more than it saves on sums of hours.
LIMITS: Final = {"transaction_read_only": "on", "lock_timeout": "3s", "statement_timeout": "60s", "jit": "off"}


@contextmanager
def read_only(
    session: Session,
    *,
    role: str = "",
    claims: Mapping[str, Any] | None = None,
    limits: Mapping[str, str] = LIMITS,
) -> Iterator[None]:
    """Run what is inside in one read-only transaction, in this role with these claims of a token.

    Raises:
        RolloutError: DB003 when the role cannot be taken, or whatever the reading raises.
    """
    settings = dict(limits)
    if claims:
        settings["request.jwt.claims"] = json.dumps(claims)
    if role:
        settings["role"] = role
    with session.transaction():
        query = catalog_query("set_config.sql")
        session.query(query, {"names": list(settings), "values": list(settings.values()), "local": True})
        yield
