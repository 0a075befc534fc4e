"""One permissive policy at most decides for a role, table and command: two are joined by OR, and both are run."""

from collections.abc import Iterable
from itertools import combinations

from infra.checks.grantees import is_public
from infra.checks.rule import Rule
from infra.errors import RolloutError
from infra.models.definition import Definition
from infra.models.policy import Command, Policy


def find(definition: Definition) -> list[RolloutError]:
    """Return an error for each pair of permissive policies that meet."""
    return [error for table in definition.tables for error in _find_in(definition.policies_of(table))]


def _find_in(policies: Iterable[Policy]) -> list[RolloutError]:
    permissive = [policy for policy in policies if policy.permissive]
    return [_error(one, other) for one, other in combinations(permissive, 2) if overlaps(one, other)]


def overlaps(one: Policy, other: Policy) -> bool:
    """Whether both policies hold for one role and one command of one table."""
    commands = {one.command, other.command}
    return (
        one.relation == other.relation and (len(commands) == 1 or Command.ALL in commands) and bool(_both(one, other))
    )


def _both(one: Policy, other: Policy) -> list[str]:
    if _is_for_all(one) or _is_for_all(other):
        return ["PUBLIC"]
    return sorted(set(one.roles) & set(other.roles))


def _is_for_all(policy: Policy) -> bool:
    return not policy.roles or any(map(is_public, policy.roles))


def _error(one: Policy, other: Policy) -> RolloutError:
    return RolloutError(
        RULE.code,
        other.identity,
        f"it and {one.name} both decide for {', '.join(_both(one, other))}"
        f" ({other.command.upper()} and {one.command.upper()})",
        allowed="one permissive policy for each role, table and command",
        fix="join the two with OR in one policy, or take the role or command out of one",
    )


RULE = Rule("SEC017", "policies_overlap", Definition, find)
