"""Reading views, functions and triggers."""

import re
from typing import Any, Final

from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.models.expressions import equal_queries
from infra.models.function import Argument, Function, Security, Volatility
from infra.models.spelling import Spelling
from infra.models.table import canonical_type
from infra.models.trigger import Event, Trigger
from infra.models.view import View

_WHEN = re.compile(r" WHEN \((?P<condition>.*)\) EXECUTE (FUNCTION|PROCEDURE) ", re.DOTALL)

_EVENTS: Final = {event.value: event for event in Event}


def read_view(session: Session, schema: str, name: str) -> View | None:
    """Return the view in the server's spelling."""
    row = session.one(catalog_query("view.sql"), {"schema": schema, "name": name})
    return None if row is None else View.model_construct(schema_name=schema, name=name, **row)


def respell_view(actual: View, wanted: View, spelling: Spelling) -> View:
    """Return the actual view as the program would write it."""
    query = spelling.of("query", actual.query, wanted.query, lambda one, other: equal_queries(one or "", other or ""))
    return actual.model_copy(update={"query": query})


def read_function(session: Session, schema: str, name: str, types: tuple[str, ...]) -> Function | None:
    """Return the function of this name and these types of arguments."""
    parameters = {"schema": schema, "name": name, "types": [canonical_type(item) for item in types]}
    row = session.one(catalog_query("function.sql"), parameters)
    if row is None:
        return None
    changes: dict[str, Any] = {
        "arguments": tuple(Argument.model_construct(**argument) for argument in row["arguments"]),
        "search_path": tuple(part.strip().strip('"') for part in (row["search_path"] or "").split(",") if part.strip()),
        "volatility": Volatility(row["volatility"]),
        "security": Security(row["security"]),
    }
    return Function.model_construct(schema_name=schema, name=name, **(row | changes))


def respell_function(actual: Function, wanted: Function) -> Function:
    """Return the actual function as the program would write it; the server keeps bodies to the letter."""
    # It was found by the types of its arguments, so that the names alone can differ.
    pairs = zip(actual.arguments, wanted.arguments, strict=True)
    changes = {
        "arguments": tuple(other.model_copy(update={"name": one.name}) for one, other in pairs),
        "returns": wanted.returns
        if canonical_type(wanted.returns.lower()) == canonical_type(actual.returns.lower())
        else actual.returns,
    }
    return actual.model_copy(update=changes)


def read_trigger(session: Session, wanted: Trigger) -> Trigger | None:
    """Return the trigger of this name on this table, in the server's spelling."""
    place = {"schema": wanted.schema_name, "table": wanted.table, "name": wanted.name}
    row = session.one(catalog_query("trigger.sql"), place)
    if row is None:
        return None
    condition = _WHEN.search(row["definition"])
    return Trigger.model_construct(
        schema_name=wanted.schema_name,
        table=wanted.table,
        name=wanted.name,
        timing=row["timing"],
        events=tuple(_EVENTS.get(event, event) for event in row["events"]),
        for_each=row["for_each"],
        old_table=row["old_table"],
        new_table=row["new_table"],
        function=row["function"],
        when=condition["condition"] if condition else None,
        enabled=row["enabled"],
        retires=(),
    )


def respell_trigger(actual: Trigger, wanted: Trigger, spelling: Spelling) -> Trigger:
    """Return the actual trigger as the program would write it."""
    changes = {
        "events": wanted.events if set(wanted.events) == set(actual.events) else actual.events,
        "when": spelling.of("when", actual.when, wanted.when),
    }
    return actual.model_copy(update=changes)


def read_leaves(session: Session, schema: str, table: str) -> tuple[str, ...]:
    """Return the partitions of a table, as ``schema.name``."""
    rows = session.query(catalog_query("leaves.sql"), {"schema": schema, "table": table})
    return tuple(row["leaf"] for row in rows)


def read_retired(session: Session, wanted: Trigger) -> dict[str, str]:
    """Return the triggers on the table that the wanted one takes the place of, each with the function it calls."""
    if not wanted.retires:
        return {}
    parameters = {
        "schema": wanted.schema_name,
        "table": wanted.table,
        "name": wanted.name,
        "functions": list(wanted.retires),
    }
    return {row["name"]: row["function"] for row in session.query(catalog_query("trigger_retired.sql"), parameters)}
