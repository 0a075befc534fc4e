"""A policy names columns that its table, or the table of its sub-select, has."""

from collections.abc import Mapping

from infra.checks.columns import Columns, unknown_columns
from infra.checks.relations import known_relations
from infra.checks.rule import Rule
from infra.errors import RolloutError
from infra.models.definition import Definition
from infra.models.expressions import parse_expression
from infra.models.policy import Policy


def find(definition: Definition) -> list[RolloutError]:
    """Return an error for each clause with a column that is not there."""
    relations = known_relations(definition)
    return [error for policy in definition.policies for error in _find_in(policy, relations)]


def _find_in(policy: Policy, relations: Mapping[str, Columns]) -> list[RolloutError]:
    scope = {policy.table: relations[policy.relation]}
    clauses = (("using", policy.using), ("check", policy.check))
    return [
        RolloutError(
            RULE.code,
            f"{policy.identity}.{field}",
            f"no column {column} ({text})",
            allowed=", ".join(sorted(relations[policy.relation] or ())),
            fix="name a column of the table, or qualify it with the sub-select's",
        )
        for field, text in clauses
        if text is not None
        for column in unknown_columns(parse_expression(text), scope, relations)
    ]


RULE = Rule("DEF007", "policy_columns", Definition, find)
