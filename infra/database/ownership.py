"""Whether the deployer may change an object that stands: only its owner may, or who is a member of that role."""

from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError


def ownership_conflicts(session: Session, kind: str, *, relation: str = "", function: str = "") -> list[RolloutError]:
    """Return the refusal of an object that belongs to a role the deployer may not act as."""
    names = {"relation": relation or None, "function": function or None}
    row = session.one(catalog_query("owner_reach.sql"), names)
    if row is None or row["reached"]:
        return []
    return [
        RolloutError(
            "ADOPT001",
            f"{kind} {relation or function}",
            f"it belongs to {row['owner']}, whom {row['deployer']} may not act as",
            fix=f"make {row['deployer']} a member of {row['owner']}, or its owner, as whoever may do that",
        )
    ]
