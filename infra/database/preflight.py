"""What a connection must be before anything is sent through it: direct or by session, and to the right database."""

import threading
from contextlib import suppress
from typing import Final

import psycopg

from infra.database.failures import TAKE_NEW_CONNECTION
from infra.database.session import Session, greet
from infra.database.target import Target
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError

#: How long the probe of a pooler waits for a free server connection.
PROBE_SECONDS: Final = 2.0
PROBE_TRIES: Final = 5


def check_connection(session: Session, target: Target) -> None:
    """Refuse a pooler that may hand every transaction to another server connection.

    A direct connection is served by the very backend that greeted it; a pooler greets with numbers of its own.
    Through a pooler by session both settings and locks stay with us, so that is allowed.

    Raises:
        RolloutError: DB009 for a pooler's transaction port.
    """
    if session.connection.info.backend_pid == _backend(session) or not _is_shared(session, target):
        return
    raise RolloutError(
        "DB009",
        f"database {target.host}:{target.port}/{target.name}",
        "this is a pooler's transaction port: settings and locks of a deploy would reach other clients",
        allowed="a direct connection, or a pooler's session port",
        fix="set database.host and database.port to the direct connection",
    )


def read_cluster(session: Session) -> str:
    """Return what tells this database from every other: the cluster's identifier and the database's name."""
    row = session.one(catalog_query("backend.sql"))
    return f"{row['system_identifier']}/{row['database']}" if row else ""


def require_cluster(cluster: str, expected: str) -> None:
    """Refuse a database that is not the one the state speaks of.

    Raises:
        RolloutError: DB010 naming both.
    """
    if not expected or cluster == expected:
        return
    raise RolloutError(
        "DB010",
        "database",
        f"this stack deployed to cluster {expected}, and the connection leads to {cluster}",
        fix=f"correct `database` in the stack file; {TAKE_NEW_CONNECTION};"
        " if the database was moved on purpose, begin with an empty state"
        " (`pulumi stack rm --force --preserve-config`, `pulumi stack init`): `up` adopts what is there",
    )


def _backend(session: Session) -> int:
    return int(session.execute(catalog_query("backend.sql"))[0]["pid"])


def _is_shared(session: Session, target: Target) -> bool:
    """Whether another client is served by our backend while we are connected, or we by another one after that.

    By session a pooler keeps our backend for us. Then the other client may find no free one: it stops waiting.
    """
    before = _backend(session)
    other = greet(target, application_name="rollout probe")
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
