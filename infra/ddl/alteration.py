"""Steps that alter a table in place, each under the lightest lock that does it; no column is ever dropped."""

from dataclasses import dataclass, field
from typing import Final

from infra.ddl.statement import Hazard, Lock, Plan, Statement, Step, Waits
from infra.ddl.table import TEMPLATE, referenced, row_security_statements, statement
from infra.ddl.templates import render
from infra.identifiers import bounded_name, quote_identifier
from infra.models.table import Check, Column, ForeignKey, RowSecurity, Table, canonical_type
from infra.models.widening import widens

#: The policy that keeps an adopted table's access as it was until the grants are switched.
TRANSITION_POLICY: Final = "rollout_transition"


@dataclass(frozen=True)
class TableState:
    """A table as the catalog has it: what is declared of it, in the program's spelling, and everything else."""

    table: Table
    present: Table
    """All that stands, in the server's spelling, what nobody declared included."""
    unvalidated: frozenset[str] = frozenset()
    """Constraints that were added but not validated."""
    grantees: tuple[str, ...] = ()
    """Who may use the table now, its owner apart."""
    estimated_rows: int = 0
    former: Table | None = field(default=None)
    """What the program declared before: constraints in it and no longer declared are dropped."""


def plan_table_alteration(state: TableState, desired: Table) -> Plan:
    """Return the steps from the table that is there to the wanted one."""
    steps = [
        *_row_security(state, desired),
        *_owner(state.table, desired),
        *_columns(state.table, desired),
        *_constraints(state, desired),
    ]
    return tuple(steps)


def _step(desired: Table, summary: str, *statements: Statement, hazards: tuple[Hazard, ...] = ()) -> Step:
    return Step(f"table {desired.identity}", summary, statements, hazards=hazards, keeps="every row")


def _validation(desired: Table, name: str) -> Step:
    text = render(TEMPLATE, action="validate", table=desired, name=name)
    keys = tuple(key for key in desired.foreign_keys if key.name == name)
    locks = (
        (Lock.SHARE_UPDATE_EXCLUSIVE, desired.identity),
        *((Lock.ROW_SHARE, key.references) for key in keys),
    )
    return Step(
        f"table {desired.identity}",
        f"validate {name}, blocking nobody",
        (Statement(text, locks),),
        waits=Waits.PATIENT,
        keeps="every row",
    )


def _row_security(state: TableState, desired: Table) -> list[Step]:
    actual = state.table.row_security
    statements = row_security_statements(actual, desired)
    if not statements:
        return []
    if actual is RowSecurity.DISABLED and state.grantees:
        # A table in use goes on as it is until its grants are switched, which drops this policy too.
        roles = ", ".join("PUBLIC" if role == "PUBLIC" else quote_identifier(role) for role in state.grantees)
        statements.insert(0, statement("keep access", desired, policy=TRANSITION_POLICY, roles=roles))
    summary = f"row security: {actual.value} → {desired.row_security.value}"
    return [_step(desired, summary, *statements, hazards=(Hazard.ACCESS_NARROWED,))]


def _owner(actual: Table, desired: Table) -> list[Step]:
    if actual.owner == desired.owner:
        return []
    return [_step(desired, f"owner: {actual.owner} → {desired.owner}", statement("owner", desired))]


def _columns(actual: Table, desired: Table) -> list[Step]:
    present = {column.name: column for column in actual.columns}
    steps: list[Step] = []
    for column in desired.columns:
        steps += _change(present[column.name], column, desired) if column.name in present else _add(column, desired)
    return steps


def _add(column: Column, desired: Table) -> list[Step]:
    if column.default is None or not column.default.is_volatile:
        return [_step(desired, f"add column {column.name}", statement("add column", desired, column=column))]
    # With the default in ADD COLUMN the whole table would be rewritten: it is set apart, for new rows.
    bare = column.model_copy(update={"default": None})
    statements = (statement("add column", desired, column=bare), statement("set default", desired, column=column))
    return [_step(desired, f"add column {column.name}; its default holds for new rows", *statements)]


def _change(actual: Column, column: Column, desired: Table) -> list[Step]:
    steps: list[Step] = []
    if canonical_type(actual.type) != canonical_type(column.type) and widens(actual.type, column.type):
        summary = f"{column.name}: {actual.type} → {column.type}"
        steps.append(_step(desired, summary, statement("set type", desired, column=column)))
    if actual.default != column.default:
        action = "drop default" if column.default is None else "set default"
        steps.append(_step(desired, f"{column.name}: {action}", statement(action, desired, column=column)))
    if actual.nullable and not column.nullable:
        steps += _require(column, desired)
    if not actual.nullable and column.nullable:
        summary = f"{column.name}: allow null"
        steps.append(_step(desired, summary, statement("drop not null", desired, column=column)))
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
        steps.append(_step(desired, f"drop constraint {name}", statement("drop constraint", desired, name=name)))
    return steps


def _check(actual: Check | None, check: Check, state: TableState, desired: Table) -> list[Step]:
    if actual == check:
        return [_validation(desired, check.name)] if check.name in state.unvalidated else []
    add = statement("add check", desired, item=check)
    drop = () if actual is None else (statement("drop constraint", desired, name=check.name),)
    summary = f"{'add' if actual is None else 'replace'} check {check.name}"
    return [_step(desired, summary, *drop, add, hazards=(Hazard.CORRECTNESS,)), _validation(desired, check.name)]


def _key(key: ForeignKey, state: TableState, desired: Table) -> list[Step]:
    actual = next((other for other in state.table.foreign_keys if other.name == key.name), None)
    if actual == key:
        return [_validation(desired, key.name)] if key.name in state.unvalidated else []
    if actual is None and (twin := _same_key(state.present, key)):
        rename = statement("rename constraint", desired, name=twin, to=key.name)
        return [_step(desired, f"rename foreign key {twin} to {key.name}", rename)]
    text = render(TEMPLATE, action="add key", table=desired, key=key)
    add = Statement(text, ((Lock.SHARE_ROW_EXCLUSIVE, desired.identity), *referenced((key,))))
    drop = () if actual is None else (statement("drop constraint", desired, name=key.name),)
    summary = f"{'add' if actual is None else 'replace'} foreign key {key.name}"
    return [_step(desired, summary, *drop, add), _validation(desired, key.name)]


def _same_key(present: Table, key: ForeignKey) -> str:
    same = (other.name for other in present.foreign_keys if other.model_copy(update={"name": key.name}) == key)
    return next(same, "")


def _no_longer_declared(state: TableState, desired: Table) -> list[str]:
    if state.former is None:
        return []
    return sorted((_constraint_names(state.former) & _constraint_names(state.present)) - _constraint_names(desired))


def _constraint_names(table: Table) -> set[str]:
    return {*(check.name for check in table.checks), *(key.name for key in table.foreign_keys)}
