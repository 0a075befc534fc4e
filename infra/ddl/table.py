"""Steps that make a table, closed from its first moment, or park it with its rows."""

from collections.abc import Iterable

from infra.ddl.budget import On, budgeted
from infra.ddl.closing import DEFAULT_GRANTEES
from infra.ddl.statement import Hazard, Plan, Statement, Step
from infra.models.table import ForeignKey, Leaf, RowSecurity, Table

_TEMPLATE = "table"


def statement(
    action: str, table: Table, keys: Iterable[ForeignKey] = (), referring: Iterable[str] = (), /, **values: object
) -> Statement:
    """Return a statement of the table's template.

    Args:
        action: what of it.
        table: the table.
        keys: the foreign keys that it makes, proves or drops.
        referring: the tables, as ``schema.name``, whose foreign keys have to be made anew.
        values: what the action asks for besides.
    """
    on = {
        On.TABLE: (table.identity,),
        On.OBJECT: (table.identity,),
        On.PARTITIONS: leaf_names(table),
        On.PARENTS: [key.references for key in keys],
        On.REFERRING: referring,
    }
    return budgeted(_TEMPLATE, action, on, table=table, **values)


def leaf_names(table: Table) -> tuple[str, ...]:
    """Return the partitions, as ``schema.name``."""
    leaves = table.partitioning.leaves if table.partitioning else ()
    return tuple(f"{leaf.schema_name}.{leaf.name}" for leaf in leaves)


def primary_key_name(table: Table) -> str:
    """Return the name that PostgreSQL itself would give the primary key."""
    return f"{table.name}_pkey"


def plan_table_creation(table: Table) -> Plan:
    """Return the step that makes the table with row security on and nothing granted, in one transaction."""
    statements = [statement("create", table, table.foreign_keys, primary_key=primary_key_name(table))]
    for leaf in table.partitioning.leaves if table.partitioning else ():
        statements += leaf_statements(table, leaf)
    statements += row_security_statements(RowSecurity.DISABLED, table)
    statements.append(statement("close", table, roles=DEFAULT_GRANTEES))
    statements.append(statement("owner", table))
    return (Step(f"table {table.identity}", "create the table, closed to everybody", tuple(statements)),)


def leaf_statements(table: Table, leaf: Leaf) -> list[Statement]:
    """Return the statements that make a partition, closed like its table."""
    return [
        statement("create leaf", table, table.foreign_keys, leaf=leaf),
        *closing(table, leaf),
    ]


def closing(table: Table, leaf: Leaf, grantees: tuple[str, ...] = ()) -> list[Statement]:
    """Return the statements that leave a partition to be reached by its table alone."""
    name = (f"{leaf.schema_name}.{leaf.name}",)
    on = {On.PARTITION: name, On.OBJECT: name}
    roles = tuple(dict.fromkeys(("PUBLIC", *DEFAULT_GRANTEES, *grantees)))
    actions = ("secure leaf", "force leaf", "close leaf", "own leaf")
    return [budgeted(_TEMPLATE, action, on, table=table, leaf=leaf, roles=roles) for action in actions]


def plan_table_parking(table: Table) -> Plan:
    """Return the step that moves the table, with rows, keys, policies and indexes, to the archive schema."""
    statements = (
        statement("make archive", table),
        # Deleting a user erases the parked rows too: the cascade runs as the owner, who must reach the schema.
        statement("open archive to owner", table),
        statement("close", table, roles=DEFAULT_GRANTEES),
        statement("park", table),
    )
    return (
        Step(
            f"table {table.identity}",
            f"park the table in {table.archive_schema}",
            statements,
            hazards=(Hazard.ACCESS_NARROWED,),
            keeps="every row, key, check and index",
        ),
    )


def row_security_statements(actual: RowSecurity, desired: Table) -> list[Statement]:
    """Return the statements from one state of row security to another."""
    wanted = desired.row_security
    statements = []
    if (actual is RowSecurity.DISABLED) != (wanted is RowSecurity.DISABLED):
        action = "disable" if wanted is RowSecurity.DISABLED else "enable"
        statements.append(statement(f"{action} row security", desired))
    if (actual is RowSecurity.FORCED) != (wanted is RowSecurity.FORCED):
        action = "force" if wanted is RowSecurity.FORCED else "unforce"
        statements.append(statement(f"{action} row security", desired))
    return statements
