"""What stands in a database of what is declared and beside it, read once for whatever looks at it."""

from collections.abc import Iterable, Iterator
from typing import Any

from infra.database.catalog.code import read_function, read_view
from infra.database.catalog.grants import read_grant
from infra.database.catalog.policies import read_policy
from infra.database.catalog.tables import read_table
from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.models.definition import Definition
from infra.models.grant import Grant, Target
from infra.models.index import Index, IndexColumn
from infra.models.metrics import MetricsSettings
from infra.models.policy import Policy
from infra.models.table import Table
from infra.pipeline.names import PRIVATE
from infra.pipeline.partitions import KEEP_METRICS, settings_in
from infra.pipeline.tables.pipeline_metrics import METRICS_BY_MONTH


def read_standing(session: Session, definition: Definition) -> Definition:
    """Return what stands on the declared tables, ours or not, faults and all, as the server spells it."""
    places = {"relations": [table.identity for table in definition.tables]}
    policies = [
        read_policy(session, row["schema"], row["table"], row["name"])
        for row in session.query(catalog_query("verify_policies.sql"), places)
    ]
    called = [
        (row["schema"], row["name"]) for row in session.query(catalog_query("verify_trigger_functions.sql"), places)
    ]
    functions = [read_function(session, schema, name, ()) for schema, name in called]
    functions += [
        read_function(session, item.schema_name, item.name, tuple(argument.type for argument in item.arguments))
        for item in definition.functions
        if (item.schema_name, item.name) not in called
    ]
    grants = [state.grant for grant in definition.grants if (state := read_grant(session, grant))]
    declared = {grant.object_name for grant in definition.grants}
    grants += _grants_of([f"{schema}.{name}()" for schema, name in called], declared, session)
    return Definition.model_construct(
        tables=tuple(_tables(session, definition.tables)),
        policies=tuple(_excused(policy, definition) for policy in policies if policy),
        functions=tuple(filter(None, functions)),
        views=tuple(filter(None, (read_view(session, view.schema_name, view.name) for view in definition.views))),
        indexes=tuple(map(_index, session.query(catalog_query("verify_indexes.sql"), places))),
        grants=tuple(grants),
    )


def _grants_of(functions: Iterable[str], declared: set[str], session: Session) -> Iterator[Grant]:
    """Yield who may call the functions that are not declared, and whether that leaves everybody out."""
    for name in functions:
        state = read_grant(session, Grant(target=Target.FUNCTION, object_name=name)) if name not in declared else None
        if state is not None:
            public = any(entry.role == "PUBLIC" for entry in state.grant.entries)
            yield state.grant.model_copy(update={"exclusive": not public})


def standing_metrics(session: Session) -> MetricsSettings | None:
    """Return what the metrics' months were made with; None where they are one table."""
    found = read_table(session, METRICS_BY_MONTH.schema_name, METRICS_BY_MONTH.name)
    if found is None or found[0].table.partitioning is None:
        return None
    keeper = read_function(session, PRIVATE, KEEP_METRICS, ())
    return settings_in(keeper.body if keeper else "")


def _excused(policy: Policy, definition: Definition) -> Policy:
    """Return the policy with the reasons that the definition gives for one of its name: the catalog keeps none."""
    declared = next((item for item in definition.policies if item.identity == policy.identity), None)
    if declared is None:
        return policy
    return policy.model_copy(update={"reason": declared.reason, "public_read": declared.public_read})


def _tables(session: Session, tables: Iterable[Table]) -> Iterator[Table]:
    for table in tables:
        if seen := read_table(session, table.schema_name, table.name):
            yield seen[0].table


def _index(row: dict[str, Any]) -> Index:
    columns = tuple(IndexColumn.model_construct(name=name, descending=False) for name in row["columns"] or ())
    return Index.model_construct(
        schema_name=row["schema"],
        table=row["table"],
        name=row["name"],
        columns=columns,
        unique=row["unique"],
        method="btree",
        where=row["where"],
        include=(),
        absent=False,
    )
