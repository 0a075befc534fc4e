"""The access table: what each role meets with on each relation and function, operation by operation, and why."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from infra.models.access import (
    BY_COLUMN,
    ON_FUNCTIONS,
    ON_TABLES,
    ON_VIEWS,
    Access,
    Answer,
    Cell,
    Operation,
    Rows,
    Rule,
)
from infra.pipeline import rollout_access
from infra.pipeline.access import pipeline_rules
from infra.pipeline.functions import FUNCTIONS
from infra.pipeline.names import ANON, API, CREATOR, MONITOR, OWNER, SERVICE, SERVICE_ROLE
from infra.pipeline.tables import ROLLOUT_TABLES, TABLES
from infra.pipeline.tables.rollout_ledger import ROLLOUT_LEDGER
from infra.pipeline.views import VIEWS

#: Everybody who is asked for; the creator stands for two of them and for a signed-in user without a profile.
ROLES: Final = (ANON, CREATOR, SERVICE, SERVICE_ROLE, MONITOR, OWNER, API)
RELATIONS: Final = (*TABLES, *ROLLOUT_TABLES)
ROUTINES: Final = (*FUNCTIONS, *rollout_access.FUNCTIONS)
_DEPLOYER: Final = "deployer"
_ROWS: Final = {Rows.OWN: Answer.OWN, Rows.NEW: Answer.OWN, Rows.EVERY: Answer.EVERY}
_NOTHING: Final = "nothing is granted"
_CLOSED: Final = "sign-up is closed in this phase"
_REASONS: Final = {
    ANON: "nothing is granted to strangers",
    API: "it has no rights of its own: it takes the role of each request",
}
_OWNED: Final = "it is the owner's own; nobody logs in as the owner"
_FORCED: Final = "row security is forced: no policy lets the owner through"
#: A trigger refuses it to everybody, the owner included.
_LEDGER: Final = "it is only ever added to"
_ADDED_TO: Final = frozenset({ROLLOUT_LEDGER.identity})
_CHANGES: Final = frozenset({Operation.UPDATE, Operation.DELETE, Operation.TRUNCATE})
_FORCED_ANSWERS: Final = {Operation.INSERT: Answer.REFUSED}


@cache
def answers(access: Access, *, sign_up: bool) -> tuple[Cell, ...]:
    """Return every cell of the access table.

    Args:
        access: who writes the creators' results.
        sign_up: whether the phase lets anybody make a profile.
    """
    # The deployer's own rights are not in the table: it makes and drops what is here.
    rules = (*pipeline_rules(access), *rollout_access.rollout_rules(deployer=_DEPLOYER))
    known = {(rule.role, rule.on, rule.operation): rule for rule in rules}
    return tuple(
        cell
        for on, operations, columns in _objects()
        for role in ROLES
        for operation in operations
        for cell in _cells(role, on, operation, columns, known.get((role, on, operation)), sign_up=sign_up)
    )


def _objects() -> Iterator[tuple[str, tuple[Operation, ...], tuple[str, ...]]]:
    for table in RELATIONS:
        yield table.identity, ON_TABLES, tuple(column.name for column in table.columns)
    for view in VIEWS:
        yield view.identity, ON_VIEWS, ()
    for function in ROUTINES:
        yield function.identity, ON_FUNCTIONS, ()


def _cells(
    role: str, on: str, operation: Operation, columns: tuple[str, ...], rule: Rule | None, *, sign_up: bool
) -> Iterator[Cell]:
    by_column = operation in BY_COLUMN and columns
    for column in columns if by_column else ("",):
        answer, reason = _answer(role, on, operation, column, rule, sign_up=sign_up)
        yield Cell(role=role, on=on, operation=operation, column=column, answer=answer, reason=reason)


def _answer(
    role: str, on: str, operation: Operation, column: str, rule: Rule | None, *, sign_up: bool
) -> tuple[Answer, str]:
    if rule is not None and rule.at_sign_up and not sign_up:
        return Answer.REFUSED, _CLOSED
    if role == OWNER and on in _ADDED_TO and operation in _CHANGES:
        return Answer.REFUSED, _LEDGER
    if rule is not None and (not rule.columns or column in rule.columns):
        return _ROWS[rule.rows], rule.reason
    if role != OWNER:
        return Answer.REFUSED, _REASONS.get(role, _NOTHING)
    if on in _TABLES and operation in (*BY_COLUMN, Operation.DELETE):
        return _FORCED_ANSWERS.get(operation, Answer.NONE), _FORCED
    return Answer.ALLOWED, _OWNED


_TABLES: Final = frozenset(table.identity for table in RELATIONS)
