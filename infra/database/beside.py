"""Reads what stands beside our objects: nothing is written."""

from collections.abc import Iterator

from infra.database.session import Session
from infra.ddl.conversion_form import standing_beside
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
from infra.pipeline.names import ANON, CREATOR, PRIVATE

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
    told = (*left_alone(known, _without_twins(known, things)), *_twins(known, things), *exposures(known, exposed))
    return Beside(tuple(member_findings(known, members, attributes)), told)


def _without_twins(known: Known, things: list[Thing]) -> list[Thing]:
    """Return what is found without what conversions keep."""
    kept = {Thing(*thing) for relation in known.relations for thing in standing_beside(relation, PRIVATE)}
    return [thing for thing in things if thing not in kept - known.things]


def _twins(known: Known, things: list[Thing]) -> Iterator[str]:
    """Yield a sentence for each table whose other form stands."""
    for relation in sorted(known.relations):
        twin = Thing(*standing_beside(relation, PRIVATE)[0])
        if twin in things and twin not in known.things:
            yield f"{relation} stands in its other form, too, as {twin.name}; `rollout months finish` takes that away"
