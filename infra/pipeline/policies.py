"""The row-security policies, made of the rules: one permissive policy at most for each role, table and command."""

from collections.abc import Iterable
from typing import Final

from infra.models.access import Access, Rows, Rule
from infra.models.policy import Command, Policy
from infra.models.table import Table
from infra.pipeline.access import pipeline_rules
from infra.pipeline.names import CREATOR
from infra.pipeline.tables import CREATOR_TABLES

#: Wrapped in a sub-select, the call is made once a statement instead of once a row.
IS_SELF: Final = "user_id = (SELECT auth.uid())"
#: The caller's profile ids, taken once as an array: the test uses the index and stays flat as the table grows.
IS_OWN: Final = (
    "creator_profile_id = ANY (ARRAY("
    "SELECT p.id FROM public.creator_profiles AS p WHERE p.user_id = (SELECT auth.uid())))"
)
#: What a new profile must say: nobody signs up with results.
IS_NEW: Final = "onboarding_stage = 'portfolio-submission' AND cultural_alignment = 0 AND readiness_score = 0"
_OF_PROFILES: Final = frozenset(table.identity for table in CREATOR_TABLES)
_READS: Final = frozenset({Command.ALL, Command.SELECT, Command.UPDATE, Command.DELETE})
_WRITES: Final = frozenset({Command.ALL, Command.INSERT, Command.UPDATE})


def policies(access: Access) -> tuple[Policy, ...]:
    """Return every policy of the pipeline's tables for this kind of access."""
    return policies_of(pipeline_rules(access))


def policies_of(rules: Iterable[Rule]) -> tuple[Policy, ...]:
    """Return the policies that decide as the rules say, in the order in which the rules name them."""
    groups: dict[tuple[str, str], list[Rule]] = {}
    for rule in rules:
        if rule.policy is not None:
            groups.setdefault((rule.on, rule.policy), []).append(rule)
    return tuple(_policy(on, name, group) for (on, name), group in groups.items())


def policies_on(table: Table, rules: Iterable[Rule]) -> tuple[str, ...]:
    """Return the names of the table's policies, sorted."""
    return tuple(sorted({rule.policy for rule in rules if rule.on == table.identity and rule.policy}))


def _policy(on: str, name: str, group: list[Rule]) -> Policy:
    schema, table = on.split(".")
    operations = {rule.operation.value for rule in group}
    command = Command(operations.pop()) if len(operations) == 1 else Command.ALL
    roles, rows = tuple(dict.fromkeys(rule.role for rule in group)), group[0].rows
    condition = _condition(on, rows)
    return Policy(
        schema_name=schema,
        table=table,
        name=name,
        command=command,
        roles=roles,
        using=condition if command in _READS else None,
        check=condition if command in _WRITES else None,
        # Who sees every row needs a reason; for strangers it must be to read alone, and said.
        reason=group[0].reason if rows is Rows.EVERY else "",
        public_read=rows is Rows.EVERY and CREATOR in roles,
    )


def _condition(on: str, rows: Rows) -> str:
    own = IS_OWN if on in _OF_PROFILES else IS_SELF
    return {Rows.OWN: own, Rows.NEW: f"{own} AND {IS_NEW}", Rows.EVERY: "true"}[rows]
