"""A function with its owner's rights is not offered by the API, and no default lets everybody call it."""

from infra.checks.grantees import is_exposed
from infra.checks.rule import Rule
from infra.errors import RolloutError
from infra.models.definition import Definition
from infra.models.function import Function, Security
from infra.models.grant import Grant, Target


def find(definition: Definition) -> list[RolloutError]:
    """Return an error for each SECURITY DEFINER function that strangers may call."""
    definers = [function for function in definition.functions if function.security is Security.DEFINER]
    grants: dict[str, list[Grant]] = {}
    for grant in definition.grants:
        if grant.target is Target.FUNCTION:
            grants.setdefault(grant.object_name, []).append(grant)
    return [error for function in definers for error in _find_in(function, grants.get(function.identity, []))]


def _find_in(function: Function, own: list[Grant]) -> list[RolloutError]:
    if not any(grant.exclusive for grant in own):
        return [_error(function, "nothing takes EXECUTE from PUBLIC, who has it by default", "PUBLIC")]
    if function.schema_name != "public":
        return []
    roles = sorted({entry.role for grant in own for entry in grant.entries if is_exposed(entry.role)})
    return [_error(function, "the API offers it, with its owner's rights", ", ".join(roles))] if roles else []


def _error(function: Function, why: str, roles: str) -> RolloutError:
    return RolloutError(
        RULE.code,
        function.identity,
        f"{why} ({roles})",
        allowed="an exclusive grant; in public none to anon or authenticated",
        fix="make it SECURITY INVOKER, or move it to the private schema and grant it to who needs it",
    )


RULE = Rule("SEC019", "definer_callers", Definition, find)
