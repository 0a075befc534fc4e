"""Nothing is granted to PUBLIC: that is every role there is and every role to come."""

from infra.checks.grantees import is_public
from infra.checks.rule import Rule
from infra.errors import RolloutError
from infra.models.grant import Grant


def find(grant: Grant) -> list[RolloutError]:
    """Return an error for each entry for PUBLIC."""
    return [
        RolloutError(
            RULE.code,
            f"{grant.identity}.entries[{number}].role",
            f"{entry.privilege.upper()} on {grant.object_name} for everybody ({entry.role})",
            allowed="roles by name",
            fix="name the roles that need it",
        )
        for number, entry in enumerate(grant.entries)
        if is_public(entry.role)
    ]


RULE = Rule("SEC020", "grant_public", Grant, find)
