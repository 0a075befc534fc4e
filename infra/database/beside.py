"""Reads what stands beside our objects: nothing is written."""

from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.drift.beside import (
    Attribute,
    Beside,
    Exposed,
    Known,
    Membership,
    Thing,
    exposures,
    left_alone,
    member_findings,
)
from infra.pipeline.names import ANON, CREATOR

_WORDS = {"superuser": "SUPERUSER", "replication": "REPLICATION"}


def read_beside(session: Session, known: Known) -> Beside:
    """Return who may act as our roles undeclared, and what is not ours on our tables and in their schemas."""
    roles = {"roles": sorted(known.roles)}
    members = [Membership(**row) for row in session.query(catalog_query("drift_memberships.sql"), roles)]
    attributes = [
        Attribute(row["role"], word)
        for row in session.query(catalog_query("drift_attributes.sql"), roles)
        for column, word in _WORDS.items()
        if row[column]
    ]
    places = {"relations": sorted(known.relations), "schemas": sorted(known.schemas)}
    things = [Thing(**row) for row in session.query(catalog_query("drift_beside.sql"), places)]
    open_to = places | {"roles": [ANON, CREATOR]}
    exposed = [Exposed(**row) for row in session.query(catalog_query("drift_exposed.sql"), open_to)]
    told = (*left_alone(known, things), *exposures(known, exposed))
    return Beside(tuple(member_findings(known, members, attributes)), told)
