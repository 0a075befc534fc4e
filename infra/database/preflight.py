"""Which database a connection leads to, and whether that is the one the state speaks of."""

from infra.database.failures import TAKE_NEW_CONNECTION
from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError


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
