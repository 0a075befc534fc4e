"""A policy that lets every row through says why, and does so for strangers only to be read."""

from infra.checks.grantees import is_exposed
from infra.checks.rule import Rule
from infra.checks.truth import is_always_true, is_same_for_every_row
from infra.errors import RolloutError
from infra.models.expressions import parse_expression
from infra.models.policy import Command, Policy


def find(policy: Policy) -> list[RolloutError]:
    """Return an error for each clause of a permissive policy that no row can fail."""
    if not policy.permissive:
        return []
    clauses = (("using", policy.using), ("check", policy.check))
    return [error for field, text in clauses if text is not None for error in _find_in(policy, field, text)]


def _find_in(policy: Policy, field: str, text: str) -> list[RolloutError]:
    tree = parse_expression(text)
    if is_always_true(tree):
        exposed = sorted(role for role in policy.roles if is_exposed(role)) if policy.roles else ["PUBLIC"]
        public = policy.command is Command.SELECT and policy.public_read
        if exposed and not (public and policy.reason.strip()):
            return [_for_strangers(policy, field, text, exposed)]
        return [] if policy.reason.strip() else [_without_reason(policy, field, f"every row passes ({text})")]
    if is_same_for_every_row(tree) and not policy.reason.strip():
        what = f"it looks at no column of the row, so that all rows pass or none ({text})"
        return [_without_reason(policy, field, what)]
    return []


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
