"""Reading grants, with the policies that decide over the same table."""

from dataclasses import dataclass

from infra.database.session import Row, Session
from infra.ddl.grant import GRANTABLE
from infra.ddl.templates import catalog_query
from infra.models.grant import PRIVILEGES, Entry, Grant, Target
from infra.models.table import canonical_type


@dataclass(frozen=True)
class GrantState:
    """The grants on an object, and the names of permissive policies that let somebody write."""

    grant: Grant
    writing_policies: tuple[str, ...] = ()
    owner: str = ""


def read_grant(session: Session, wanted: Grant) -> GrantState | None:
    """Return what is granted on the object, in the wanted spelling; None when the object is not there."""
    row = _row(session, wanted)
    if row is None:
        return None
    entries = tuple(
        Entry.model_construct(role=item["role"], privilege=item["privilege"], columns=tuple(item.get("columns") or ()))
        for item in row["entries"] or ()
        if item["privilege"].removesuffix(GRANTABLE) in PRIVILEGES
    )
    managed = {entry.role for entry in wanted.entries}
    ours = tuple(entry for entry in entries if wanted.exclusive or entry.role in managed)
    policies = None if wanted.policies is None else _in_order(tuple(row.get("policies") or ()), wanted.policies)
    grant = wanted.model_copy(update={"entries": _respell(ours, wanted.entries), "policies": policies})
    return GrantState(grant, tuple(row.get("writing_policies") or ()), row["owner"])


def kept_grant(session: Session, wanted: Grant) -> Grant | None:
    """Return what is granted on an object as it is given back when the object is made anew."""
    state = read_grant(session, wanted)
    if state is None:
        return None
    entries = tuple(
        entry.model_copy(update={"privilege": entry.privilege.removesuffix(GRANTABLE)}) for entry in state.grant.entries
    )
    return state.grant.model_copy(update={"entries": entries})


def _row(session: Session, wanted: Grant) -> Row | None:
    match wanted.target:
        case Target.RELATION:
            schema, name = wanted.object_name.split(".")
            return session.one(catalog_query("grants_relation.sql"), {"schema": schema, "name": name})
        case Target.SCHEMA:
            return session.one(catalog_query("grants_schema.sql"), {"name": wanted.object_name})
        case Target.FUNCTION:
            schema, name = wanted.function_name.split(".")
            types = [canonical_type(item) for item in wanted.function_arguments.split(", ") if item]
            return session.one(catalog_query("grants_function.sql"), {"schema": schema, "name": name, "types": types})


def _respell(actual: tuple[Entry, ...], wanted: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return the actual entries in the wanted order and with the wanted order of columns, the others after them."""
    found = {_key(entry): entry for entry in actual}
    ordered = []
    for entry in wanted:
        present = found.pop(_key(entry), None)
        if present is not None:
            ordered.append(entry if set(present.columns) == set(entry.columns) else present)
    return (*ordered, *sorted(found.values(), key=_key))


def _key(entry: Entry) -> tuple[str, str, bool]:
    return (entry.role, entry.privilege, bool(entry.columns))


def _in_order(actual: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    return wanted if set(actual) == set(wanted) else actual
