"""Steps that alter a table in place, each under the lightest lock that does it; no column is ever dropped."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from infra.ddl.hazards import access_hazards
from infra.ddl.statement import Hazard, Plan, Statement, Step, Waits
from infra.ddl.table import closing, leaf_statements, row_security_statements, statement
from infra.identifiers import bounded_name, quote_identifier
from infra.models.table import Check, Column, ForeignKey, RowSecurity, Table, canonical_type
from infra.models.widening import widens

#: The policy that keeps an adopted table's access as it was until the grants are switched.
TRANSITION_POLICY: Final = "rollout_transition"
#: What was kept out by a constraint that goes may come in.
_LOOSENED: Final = (Hazard.CORRECTNESS,)


@dataclass(frozen=True)
class Counterpart:
    """The other form of a table, plain or divided, while both are kept up to date; it stands in the private schema."""

    state: "TableState"
    begun: bool = False
    """Whether writes are carried over to it."""
    kept: bool = False
    """Whether it was the table itself before: it holds every row."""


@dataclass(frozen=True)
class TableState:
    """A table as the catalog has it: what is declared of it, in the program's spelling, and everything else."""

    table: Table
    present: Table
    """All that stands, in the server's spelling, what nobody declared included."""
    unvalidated: frozenset[str] = frozenset()
    """Constraints that were added but not validated."""
    unenforced: frozenset[str] = frozenset()
    """Constraints that PostgreSQL 18 and later has and does not enforce."""
    open_leaves: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Partitions, as ``schema.name``, that are not closed, or not the table's owner's; each with who may use it."""
    grantees: tuple[str, ...] = ()
    """Who may use the table or a column of it now, its owner apart."""
    has_policies: bool = False
    """Whether any policy stands, which row security takes up once it is on."""
    estimated_rows: int = 0
    referring: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Tables whose foreign keys refer to this one, each with the columns that a key refers to."""
    former: Table | None = field(default=None)
    """What the program declared before: constraints in it and no longer declared are dropped."""
    has_counterpart: bool = False
    """Whether a table of the same name stands in the private schema."""
    counterpart: Counterpart | None = None
    """The table's other form, where it was looked for and stands."""


def plan_table_alteration(state: TableState, desired: Table) -> Plan:
    """Return the steps from the table that is there to the wanted one."""
    # Whoever made them, and whether they are declared or not: all partitions that stand are locked with the table.
    whole = desired.model_copy(update={"partitioning": state.present.partitioning})
    steps = [
        *_row_security(state, whole),
        *_owner(state.table, whole),
        *_columns(state, whole),
        *_constraints(state, whole),
        *_leaves(state, desired),
    ]
    return tuple(steps)


def standing(state: TableState) -> Table:
    """Return the table with the constraints alone that hold for every row, and the leaves that are closed."""
    lame = state.unvalidated | state.unenforced
    parts = state.table.partitioning
    changes: dict[str, object] = {
        "checks": tuple(check for check in state.table.checks if check.name not in lame),
        "foreign_keys": tuple(key for key in state.table.foreign_keys if key.name not in lame),
    }
    if parts is not None and state.open_leaves:
        closed = tuple(leaf for leaf in parts.leaves if f"{leaf.schema_name}.{leaf.name}" not in state.open_leaves)
        changes["partitioning"] = parts.model_copy(update={"leaves": closed})
    return state.table.model_copy(update=changes)


def _step(desired: Table, summary: str, *statements: Statement, hazards: tuple[Hazard, ...] = ()) -> Step:
    return Step(f"table {desired.identity}", summary, statements, hazards=hazards, keeps="every row")


def _validation(desired: Table, name: str) -> Step:
    keys = [key for key in desired.foreign_keys if key.name == name]
    return Step(
        f"table {desired.identity}",
        f"validate {name}, blocking nobody",
        (statement("validate", desired, keys, name=name),),
        waits=Waits.PATIENT,
        keeps="every row",
    )


def _row_security(state: TableState, desired: Table) -> list[Step]:
    actual = state.table.row_security
    statements = row_security_statements(actual, desired)
    if not statements:
        return []
    if actual is RowSecurity.DISABLED and state.grantees and _is_adopted(state, desired):
        # A table in use goes on as it is until its grants are switched, which drops this policy too.
        names = dict.fromkeys((*state.grantees, state.table.owner, desired.owner))
        roles = ", ".join("PUBLIC" if role == "PUBLIC" else quote_identifier(role) for role in names)
        statements.insert(0, statement("keep access", desired, policy=TRANSITION_POLICY, roles=roles))
    summary = f"row security: {actual.value} → {desired.row_security.value}"
    weaker = desired.row_security.strength < actual.strength
    return [_step(desired, summary, *statements, hazards=access_hazards(widened=weaker, narrowed=not weaker))]


def _is_adopted(state: TableState, desired: Table) -> bool:
    """Whether the table is not ours yet. On one of ours row security was turned off by hand: it has its policies."""
    return state.former is None and (state.table.owner != desired.owner or not state.has_policies)


def _owner(actual: Table, desired: Table) -> list[Step]:
    if actual.owner == desired.owner:
        return []
    return [_step(desired, f"owner: {actual.owner} → {desired.owner}", statement("owner", desired))]


def _columns(state: TableState, desired: Table) -> list[Step]:
    present = {column.name: column for column in state.table.columns}
    steps: list[Step] = []
    for column in desired.columns:
        known = present.get(column.name)
        steps += _add(column, desired) if known is None else _change(known, column, state, desired)
    return steps


def _add(column: Column, desired: Table) -> list[Step]:
    if column.default is None or not column.default.is_volatile:
        return [_step(desired, f"add column {column.name}", statement("add column", desired, column=column))]
    # With the default in ADD COLUMN the whole table would be rewritten: it is set apart, for new rows.
    bare = column.model_copy(update={"default": None})
    statements = (statement("add column", desired, column=bare), statement("set default", desired, column=column))
    return [_step(desired, f"add column {column.name}; its default holds for new rows", *statements)]


def _change(actual: Column, column: Column, state: TableState, desired: Table) -> list[Step]:
    steps: list[Step] = []
    if canonical_type(actual.type) != canonical_type(column.type) and widens(actual.type, column.type):
        summary = f"{column.name}: {actual.type} → {column.type}"
        keys = [key for key in state.present.foreign_keys if column.name in key.columns]
        referring = [table for table, columns in state.referring if column.name in columns]
        steps.append(_step(desired, summary, statement("set type", desired, keys, referring, column=column)))
    if actual.default != column.default:
        action = "drop default" if column.default is None else "set default"
        steps.append(_step(desired, f"{column.name}: {action}", statement(action, desired, column=column)))
    if actual.nullable and not column.nullable:
        steps += _require(column, desired)
    if not actual.nullable and column.nullable:
        summary = f"{column.name}: allow null"
        steps.append(_step(desired, summary, statement("drop not null", desired, column=column), hazards=_LOOSENED))
    return steps


def _require(column: Column, desired: Table) -> list[Step]:
    """Set NOT NULL without a scan under the exclusive lock: a validated check spares it."""
    name = bounded_name(desired.name, column.name, suffix="not_null_check")
    add = (
        statement("drop constraint", desired, name=name),
        statement("require", desired, column=column, name=name),
    )
    settle = (statement("set not null", desired, column=column), statement("drop constraint", desired, name=name))
    return [
        _step(desired, f"{column.name}: require a value from now on", *add),
        _validation(desired, name),
        _step(desired, f"{column.name}: set not null", *settle),
    ]


def _constraints(state: TableState, desired: Table) -> list[Step]:
    steps: list[Step] = []
    checks = {check.name: check for check in state.table.checks}
    for check in desired.checks:
        steps += _check(checks.get(check.name), check, state, desired)
    for key in desired.foreign_keys:
        steps += _key(key, state, desired)
    for name in _no_longer_declared(state, desired):
        steps.append(_step(desired, f"drop constraint {name}", _drop(name, state, desired), hazards=_LOOSENED))
    return steps


def _check(actual: Check | None, check: Check, state: TableState, desired: Table) -> list[Step]:
    if actual == check and check.name not in state.unenforced:
        return [_validation(desired, check.name)] if check.name in state.unvalidated else []
    add = statement("add check", desired, item=check)
    drop, verb = _make_way(check.name, state, desired)
    summary = f"{verb} check {check.name}"
    return [_step(desired, summary, *drop, add, hazards=(Hazard.CORRECTNESS,)), _validation(desired, check.name)]


def _key(key: ForeignKey, state: TableState, desired: Table) -> list[Step]:
    actual = next((other for other in state.table.foreign_keys if other.name == key.name), None)
    if actual == key and key.name not in state.unenforced:
        return [_validation(desired, key.name)] if key.name in state.unvalidated else []
    if actual is None and (twin := _same_key(state, key)):
        rename = statement("rename constraint", desired, name=twin, to=key.name)
        steps = [_step(desired, f"rename foreign key {twin} to {key.name}", rename)]
        return [*steps, _validation(desired, key.name)] if twin in state.unvalidated else steps
    if desired.partitioning is not None:
        return [_whole_key(key, state, desired)]
    add = statement("add key", desired, (key,), key=key, valid=False)
    drop, verb = _make_way_for_key(key, state, desired)
    hazards = _LOOSENED if drop else ()
    step = _step(desired, f"{verb} foreign key {key.name}", *drop, add, hazards=hazards)
    return [step, _validation(desired, key.name)]


def _whole_key(key: ForeignKey, state: TableState, desired: Table) -> Step:
    """Add a key that is checked at once: on a divided table PostgreSQL, before 18, has no NOT VALID."""
    add = statement("add key", desired, (key,), key=key, valid=True)
    drop, verb = _make_way_for_key(key, state, desired)
    return _step(desired, f"{verb} foreign key {key.name}", *drop, add, hazards=_LOOSENED if drop else ())


def _make_way(name: str, state: TableState, desired: Table) -> tuple[tuple[Statement, ...], str]:
    """Return what drops a constraint of this name, if one stands, and the word for what is done."""
    if name not in _constraint_names(state.present):
        return (), "add"
    return (_drop(name, state, desired),), "replace"


def _drop(name: str, state: TableState, desired: Table) -> Statement:
    keys = [key for key in state.present.foreign_keys if key.name == name]
    return statement("drop constraint", desired, keys, name=name)


def _make_way_for_key(key: ForeignKey, state: TableState, desired: Table) -> tuple[tuple[Statement, ...], str]:
    """Return what drops the key of this name, and any other on the same columns: it would decide over them as well."""
    drop, verb = _make_way(key.name, state, desired)
    declared = _constraint_names(desired)
    rivals = [
        other.name
        for other in state.present.foreign_keys
        if other.name not in declared
        and (other.columns, other.references, other.referenced_columns)
        == (key.columns, key.references, key.referenced_columns)
    ]
    drops = tuple(_drop(name, state, desired) for name in rivals)
    return (*drop, *drops), "replace" if rivals else verb


def _same_key(state: TableState, key: ForeignKey) -> str:
    enforced = (other for other in state.present.foreign_keys if other.name not in state.unenforced)
    return next((other.name for other in enforced if other.model_copy(update={"name": key.name}) == key), "")


def _leaves(state: TableState, desired: Table) -> list[Step]:
    """Add the leaves that are declared and not there, and close those that stand open or go to another owner."""
    parts = state.table.partitioning
    present = {(leaf.schema_name, leaf.name) for leaf in parts.leaves} if parts else set()
    kept = None if state.table.owner == desired.owner else ()
    steps = []
    for leaf in desired.partitioning.leaves if desired.partitioning else ():
        if (leaf.schema_name, leaf.name) not in present:
            steps.append(_step(desired, f"add partition {leaf.name}", *leaf_statements(desired, leaf)))
        elif (grantees := state.open_leaves.get(f"{leaf.schema_name}.{leaf.name}", kept)) is not None:
            hazards = (Hazard.ACCESS_NARROWED,)
            steps.append(
                _step(desired, f"close partition {leaf.name}", *closing(desired, leaf, grantees), hazards=hazards)
            )
    return steps


def _no_longer_declared(state: TableState, desired: Table) -> list[str]:
    if state.former is None:
        return []
    known = {key.name for key in state.table.foreign_keys}
    renamed = {_same_key(state, key) for key in desired.foreign_keys if key.name not in known}
    dropped = _constraint_names(state.former) & _constraint_names(state.present)
    return sorted(dropped - _constraint_names(desired) - renamed)


def _constraint_names(table: Table) -> set[str]:
    return {*(check.name for check in table.checks), *(key.name for key in table.foreign_keys)}
