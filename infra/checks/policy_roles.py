"""A policy names its roles: without any, or for PUBLIC, it holds for roles that do not exist yet."""

from infra.checks.grantees import is_public
from infra.checks.rule import Rule
from infra.errors import RolloutError
from infra.models.policy import Policy


def find(policy: Policy) -> list[RolloutError]:
    """Return an error for a policy without a role or for everybody."""
    if policy.roles and not any(map(is_public, policy.roles)):
        return []
    given = ", ".join(policy.roles) or "none"
    return [
        RolloutError(
            RULE.code,
            f"{policy.identity}.roles",
            f"the policy holds for everybody, roles of the future included ({given})",
            allowed="roles by name, such as authenticated",
            fix="name the roles that need these rows",
        )
    ]


RULE = Rule("SEC014", "policy_roles", Policy, find)
