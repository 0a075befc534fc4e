"""What stands beside our objects and is not ours: what lets strangers in is an incident, the rest is left alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from infra.drift.finding import Finding
from infra.models.table import canonical_type
from infra.pipeline.names import PRIVATE

#: How many names one line gives.
SHOWN: Final = 8
#: What stands by itself in a schema, and not on a table.
_LOOSE: Final = frozenset({"table", "view", "function"})


@dataclass(frozen=True)
class Thing:
    """Something that stands in the database: what it is, on which relation or in which schema, and its name."""

    what: str
    place: str
    name: str


#: The record of what was applied, which no resource stands for.
RECORD: Final = Thing("table", PRIVATE, f"{PRIVATE}.applied_objects")


@dataclass(frozen=True)
class Membership:
    """`member` may act as `role`."""

    role: str
    member: str


@dataclass(frozen=True)
class Attribute:
    """An attribute that a role has and no definition gives."""

    role: str
    word: str


@dataclass(frozen=True)
class Exposed:
    """A relation that the roles of strangers reach, with nothing that keeps one's rows from another."""

    what: str
    name: str
    roles: str


@dataclass(frozen=True)
class Known:
    """What is ours, as the state has it."""

    things: frozenset[Thing] = frozenset()
    relations: frozenset[str] = frozenset()
    schemas: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    memberships: frozenset[Membership] = frozenset()


@dataclass(frozen=True)
class Beside:
    """What was found: incidents, and sentences about what is left alone."""

    incidents: tuple[Finding, ...] = ()
    left_alone: tuple[str, ...] = ()


def known_from(resources: Mapping[str, Sequence[Mapping[str, Any]]]) -> Known:
    """Return what is ours, from the inputs of the state's resources by their kinds, such as ``Table``."""
    tables = resources.get("Table", [])
    things = {thing for kind, items in resources.items() for item in items for thing in _things(kind, item)} | {RECORD}
    schemas = {item["name"] for item in resources.get("Schema", [])}
    return Known(
        things=frozenset(things),
        relations=frozenset(_qualified(item) for item in tables),
        schemas=frozenset({*schemas, *map(_schema, tables)} - {item.get("archiveSchema") for item in tables}),
        roles=frozenset(item["name"] for item in resources.get("Role", [])),
        memberships=frozenset(
            Membership(item["grantRole"], item["role"])
            for item in resources.get("GrantRole", [])
            if "grantRole" in item and "role" in item
        ),
    )


def member_findings(known: Known, found: list[Membership], attributes: list[Attribute]) -> Iterator[Finding]:
    """Yield who may act as a role of ours without being declared, and what our roles were given besides."""
    for one in found:
        if one in known.memberships:
            continue
        words = f"{one.member} was made a member of {one.role}"
        meaning = "it may act as that role" if one.role in known.roles else "it may do what that role may"
        fix = f"find out who did it, and as an administrator revoke {one.role} from {one.member}"
        ours = one.role if one.role in known.roles else one.member
        yield Finding(f"role {ours}", f"{words}: {meaning}", weakened=True, fix=fix)
    for attribute in attributes:
        words = f"role {attribute.role} was given {attribute.word}"
        fix = f"find out who did it, and as a superuser alter the role to NO{attribute.word}"
        yield Finding(f"role {attribute.role}", words, weakened=True, fix=fix)


def left_alone(known: Known, found: list[Thing]) -> Iterator[str]:
    """Yield a sentence for whatever is not ours: on our tables one by one, beside them by schema."""
    strange = [thing for thing in found if thing not in known.things]
    for thing in strange:
        if thing.what not in _LOOSE:
            yield f"{thing.what} {thing.name} on {thing.place} is not ours; it is left alone"
    places = dict.fromkeys((thing.place, thing.what) for thing in strange if thing.what in _LOOSE)
    for place, what in places:
        yield _listed(place, what, [thing.name for thing in strange if (thing.place, thing.what) == (place, what)])


def exposures(known: Known, found: list[Exposed]) -> Iterator[str]:
    """Yield a sentence for whatever is not ours and open to strangers: nothing of ours changes that."""
    for one in found:
        if Thing(one.what, one.name.partition(".")[0], one.name) in known.things:
            continue
        if one.what == "table":
            yield f"table {one.name} is not ours and has no row security: {one.roles} may reach every row of it"
        else:
            yield f"{one.what} {one.name} is not ours and shows our rows past row security: {one.roles} may read it"


def _listed(place: str, what: str, names: list[str]) -> str:
    if len(names) == 1:
        return f"{what} {names[0]} is not ours; it is left alone"
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{len(names)} {what}s in {place} are not ours; they are left alone: {', '.join(names[:SHOWN])}{more}"


def _things(kind: str, item: Mapping[str, Any]) -> Iterator[Thing]:
    match kind:
        case "Table":
            yield from _of_table(item)
        case "View":
            yield Thing("view", _schema(item), _qualified(item))
        case "Index":
            yield Thing("index", _on(item), _qualified(item))
        case "Trigger":
            yield Thing("trigger", _on(item), item["name"])
        case "Function":
            types = ", ".join(canonical_type(argument["type"]) for argument in item.get("arguments") or ())
            yield Thing("function", _schema(item), f"{_qualified(item)}({types})")


def _of_table(item: Mapping[str, Any]) -> Iterator[Thing]:
    relation = _qualified(item)
    yield Thing("table", _schema(item), relation)
    for key, what in (("columns", "column"), ("checks", "constraint"), ("foreignKeys", "constraint")):
        for part in item.get(key) or ():
            yield Thing(what, relation, part["name"])
    for leaf in (item.get("partitioning") or {}).get("leaves") or ():
        yield Thing("table", leaf["schema"], f"{leaf['schema']}.{leaf['name']}")


def _schema(item: Mapping[str, Any]) -> str:
    return str(item.get("schema") or "public")


def _qualified(item: Mapping[str, Any]) -> str:
    return f"{_schema(item)}.{item['name']}"


def _on(item: Mapping[str, Any]) -> str:
    return f"{_schema(item)}.{item['table']}"
