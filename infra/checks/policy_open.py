"""A policy that lets every row through says why, and does so for strangers only to be read."""

from functools import lru_cache
from typing import Any

from pglast.stream import RawStream

from infra.checks.columns import SYSTEM_COLUMNS
from infra.checks.grantees import is_exposed
from infra.checks.rule import Rule
from infra.checks.truth import alternatives, constant_truth, is_same_for_every_row
from infra.errors import RolloutError
from infra.models.definition import Definition
from infra.models.expressions import parse_expression
from infra.models.policy import Command, Policy


def find(policy: Policy, never_null: frozenset[str] = SYSTEM_COLUMNS) -> list[RolloutError]:
    """Return an error for each clause of a permissive policy that no row can fail.

    Args:
        policy: the policy.
        never_null: the columns of its table that are known to hold no null: a test for null is none there.
    """
    if not policy.permissive:
        return []
    clauses = (("using", policy.using), ("check", policy.check))
    return [error for field, text in clauses if text is not None for error in _find_in(policy, field, text, never_null)]


def find_with_columns(definition: Definition) -> list[RolloutError]:
    """Return the same errors, and those that show once the table's columns are known."""
    return [error for policy in definition.policies for error in find(policy, _never_null(definition, policy))]


def _never_null(definition: Definition, policy: Policy) -> frozenset[str]:
    table = definition.table(policy.relation)
    return SYSTEM_COLUMNS.union(column.name for column in table.columns if not column.nullable)


def _find_in(policy: Policy, field: str, text: str, never_null: frozenset[str]) -> list[RolloutError]:
    if _is_always_true(text, never_null):
        exposed = sorted(role for role in policy.roles if is_exposed(role)) if policy.roles else ["PUBLIC"]
        public = policy.command is Command.SELECT and policy.public_read
        if exposed and not (public and policy.reason.strip()):
            return [_for_strangers(policy, field, text, exposed)]
        return [] if policy.reason.strip() else [_without_reason(policy, field, f"every row passes ({text})")]
    whole = () if policy.reason.strip() else _parts_without_row(text)
    return [_without_reason(policy, field, _whole(parse_expression(text), whole, text))] if whole else []


@lru_cache(maxsize=1024)
def _is_always_true(text: str, never_null: frozenset[str]) -> bool:
    """Whether no row can fail; many policies have one text."""
    return bool(constant_truth(parse_expression(text), never_null))


@lru_cache(maxsize=1024)
def _parts_without_row(text: str) -> tuple[Any, ...]:
    """Return the parts of which one is enough that do not depend on the row."""
    return tuple(part for part in alternatives(parse_expression(text)) if is_same_for_every_row(part))


def _whole(tree: Any, parts: tuple[Any, ...], text: str) -> str:
    if parts == (tree,):
        return f"it looks at no column of the row, so that all rows pass or none ({text})"
    shown = " OR ".join(str(RawStream()(part)) for part in parts)
    return f"a part of it looks at no column of the row, so that for some callers all rows pass ({shown})"


def _for_strangers(policy: Policy, field: str, text: str, exposed: list[str]) -> RolloutError:
    return RolloutError(
        RULE.code,
        f"{policy.identity}.{field}",
        f"every row passes for {', '.join(exposed)} ({text})",
        allowed="a test of the row's owner; on a select also publicRead with a reason",
        fix="compare a column with the caller, or say publicRead: true and why in reason",
    )


def _without_reason(policy: Policy, field: str, what: str) -> RolloutError:
    return RolloutError(
        RULE.code,
        f"{policy.identity}.{field}",
        f"{what}, and nothing says why",
        allowed="a test of the row, or a reason",
        fix="narrow the expression, or say why in reason",
    )


RULE = Rule("SEC011", "policy_open", Policy, find)
DEFINITION_RULE = Rule("SEC011", "policy_open", Definition, find_with_columns)
