"""A role of ours is bound by row security and makes no roles: one that is not is half a superuser."""

from infra.checks.rule import Rule
from infra.errors import RolloutError
from infra.models.role import Role


def find(role: Role) -> list[RolloutError]:
    """Return an error for each attribute that reaches past the grants."""
    return [
        RolloutError(
            RULE.code,
            f"{role.name}.{field}",
            f"role {role.name} {what} (true)",
            allowed="false",
            fix=fix,
        )
        for field, given, what, fix in (
            ("bypassRls", role.bypass_rls, "passes every policy by", "give it a policy of its own with a reason"),
            ("createRole", role.create_role, "could make roles and join them", "leave that to the deployer"),
        )
        if given
    ]


RULE = Rule("SEC022", "role_attributes", Role, find)
