"""What an object stands on that is not there now: another resource of the same deploy may yet make it, or nobody."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import psycopg

from infra.database.session import Session
from infra.ddl.templates import catalog_query, render
from infra.errors import RolloutError
from infra.models.grant import Grant, Target
from infra.models.index import Index
from infra.models.policy import Policy
from infra.models.trigger import Trigger

#: A column, function, table, schema or type that is not there.
NOT_THERE: Final = frozenset({"42703", "42883", "42P01", "3F000", "42704"})
_ENDING: Final = "does not exist"


def policy_absences(session: Session, wanted: Policy) -> Iterator[RolloutError]:
    """Yield what a policy's roles and expressions lack; nothing while its table is not there either."""
    if not relation_exists(session, wanted.relation):
        return
    path = f"policy {wanted.identity}"
    yield from _missing_roles(session, f"{path}.roles", wanted.roles)
    for name, expression in (("using", wanted.using), ("check", wanted.check)):
        if expression is not None:
            yield from _explained(session, f"{path}.{name}", "explain", wanted.relation, expression=expression)


def index_absences(session: Session, wanted: Index) -> Iterator[RolloutError]:
    """Yield what an index's columns and predicate lack; nothing while its table is not there either."""
    if wanted.absent or not relation_exists(session, wanted.relation):
        return
    columns = [*(column.name for column in wanted.columns), *wanted.include]
    path = f"index {wanted.identity}"
    yield from _explained(session, path, "explain columns", wanted.relation, columns=columns, where=wanted.where)


def trigger_absences(session: Session, wanted: Trigger) -> Iterator[RolloutError]:
    """Yield what is wrong now with the function that a trigger calls; nothing while its table is not there either."""
    if not relation_exists(session, wanted.relation):
        return
    path, call = f"trigger {wanted.identity}.function", f"function {wanted.function}()"
    schema, _, name = wanted.function.partition(".")
    row = session.one(catalog_query("trigger_function.sql"), {"schema": schema, "name": name})
    if row is None:
        yield _absence(path, f"{call} {_ENDING}")
    elif row["returns"] != "trigger":
        problem = f"{call} returns {row['returns']} now, not trigger; up fails unless this deploy changes it"
        yield RolloutError("DB008", path, problem)


def grant_absences(session: Session, wanted: Grant) -> Iterator[RolloutError]:
    """Yield the roles that are to be granted something and are not there, for an object that is.

    A schema is there before the roles are in any deploy, so that nothing follows from it.
    """
    if wanted.target is Target.SCHEMA:
        return
    yield from _missing_roles(session, f"grant {wanted.identity}", (entry.role for entry in wanted.entries))


def relation_exists(session: Session, name: str) -> bool:
    """Whether there is a table, view or index of this ``schema.name``."""
    row = session.one(catalog_query("relation_exists.sql"), {"name": name})
    return bool(row and row["present"])


def _missing_roles(session: Session, path: str, roles: Iterable[str]) -> Iterator[RolloutError]:
    names = sorted({role for role in roles if role.lower() != "public"})
    for row in session.query(catalog_query("roles_missing.sql"), {"names": names}):
        yield _absence(path, f'role "{row["name"]}" {_ENDING}')


def _explained(session: Session, path: str, action: str, relation: str, **values: Any) -> Iterator[RolloutError]:
    """Yield what the server misses in a query; whatever else it has against it is not for here."""
    try:
        session.execute(render("conflict.sql.j2", action=action, relation=relation, **values))
    except psycopg.Error as error:
        if error.sqlstate in NOT_THERE:
            yield _absence(path, error.diag.message_primary or str(error))


def _absence(path: str, said: str) -> RolloutError:
    now = " now" if said.endswith(_ENDING) else ""
    return RolloutError("DB008", path, f"{said}{now}; up fails unless this deploy makes it")
