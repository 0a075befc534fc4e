"""Steps that bring a function to its definition; a new one may be called by nobody until a grant says so."""

from infra.ddl.budget import On, budgeted
from infra.ddl.closing import DEFAULT_GRANTEES
from infra.ddl.grant import plan_grant
from infra.ddl.hazards import access_hazards
from infra.ddl.reading import touched_by_function
from infra.ddl.statement import Hazard, Plan, Statement, Step
from infra.models.function import Function, Security
from infra.models.grant import Grant

_TEMPLATE = "function"
_DECISIVE = ("returns", "language", "volatility", "security", "search_path", "body", "owner", "arguments")
#: "cannot change return type of existing function", "cannot change name of input parameter".
_SIGNATURE_DIFFERS = ("42P13",)


def plan_function(actual: Function | None, desired: Function, *, grants: Grant | None = None) -> Plan:
    """Return the steps to the wanted function; `grants` are those of the one that is there, kept if it is made anew."""
    subject = f"function {desired.identity}"
    create = (_create(desired), _statement("owner", desired))
    close = budgeted(_TEMPLATE, "close", function=desired, roles=DEFAULT_GRANTEES)
    if actual is None:
        return (Step(subject, "create the function, closed to everybody", (*create, close)),)
    changed = [name for name in _DECISIVE if getattr(actual, name) != getattr(desired, name)]
    if not changed:
        return ()
    regrant = tuple(statement for step in (plan_grant(None, grants) if grants else ()) for statement in step.statements)
    step = Step(
        subject,
        f"replace the function: {', '.join(changed)}",
        create,
        hazards=(*_access(actual, desired), Hazard.CORRECTNESS),
        fallback=(_statement("drop", desired), *create, close, *regrant),
        fallback_on=_SIGNATURE_DIFFERS,
    )
    return (step,)


def _access(actual: Function, desired: Function) -> tuple[Hazard, ...]:
    """Return whether the function does more with its owner's rights, or less, or looks names up where anybody may."""
    owners = [one.security is Security.DEFINER for one in (actual, desired)]
    unpinned = bool(actual.search_path) and not desired.search_path
    return access_hazards(widened=owners == [False, True] or unpinned, narrowed=owners == [True, False])


def plan_function_drop(function: Function) -> Plan:
    """Return the step that drops the function."""
    hazards = (Hazard.ACCESS_NARROWED,)
    return (
        Step(f"function {function.identity}", "drop the function", (_statement("drop", function),), hazards=hazards),
    )


def dollar_quote(body: str) -> str:
    """Return a dollar quote that does not occur in the body."""
    tag = "$body$"
    while tag in body:
        tag = f"${tag.strip('$')}_$"
    return tag


def _create(function: Function) -> Statement:
    read, written = touched_by_function(function)
    on = {On.READ: read, On.WRITTEN: written}
    return budgeted(_TEMPLATE, "create", on, function=function, quote=dollar_quote(function.body))


def _statement(action: str, function: Function) -> Statement:
    return budgeted(_TEMPLATE, action, function=function)
