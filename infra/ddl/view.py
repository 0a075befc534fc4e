"""Steps that bring a view to its definition."""

from infra.ddl.budget import On, budgeted
from infra.ddl.closing import DEFAULT_GRANTEES
from infra.ddl.grant import plan_grant
from infra.ddl.hazards import access_hazards
from infra.ddl.reading import read_by_view
from infra.ddl.statement import Hazard, Plan, Statement, Step
from infra.models.grant import Grant
from infra.models.view import View

_TEMPLATE = "view"
_DECISIVE = ("query", "security_invoker", "security_barrier", "owner")
#: "cannot change name of view column", "cannot drop columns from view", "cannot change data type of view column".
_COLUMNS_DIFFER = ("42P16",)


def plan_view(actual: View | None, desired: View, *, grants: Grant | None = None) -> Plan:
    """Return the steps to the wanted view; `grants` are those of the view that is there, kept if it is made anew."""
    subject = f"view {desired.identity}"
    create = (_statement("create", desired), _statement("owner", desired))
    if actual is None:
        return (Step(subject, "create the view, closed to everybody", (*create, _statement("close", desired))),)
    changed = [name for name in _DECISIVE if getattr(actual, name) != getattr(desired, name)]
    if not changed:
        return ()
    regrant = tuple(statement for step in (plan_grant(None, grants) if grants else ()) for statement in step.statements)
    anew = (_statement("drop", desired), *create, _statement("close", desired), *regrant)
    step = Step(
        subject,
        f"replace the view: {', '.join(changed)}",
        create,
        hazards=_hazards(actual, desired),
        keeps="every row: a view holds none",
        fallback=anew,
        fallback_on=_COLUMNS_DIFFER,
    )
    return (step,)


def _hazards(actual: View, desired: View) -> tuple[Hazard, ...]:
    """Return what a reviewer must know: whose rights read the rows, and what is shown."""
    guards = ("security_invoker", "security_barrier")
    widened = any(getattr(actual, name) and not getattr(desired, name) for name in guards)
    narrowed = any(getattr(desired, name) and not getattr(actual, name) for name in guards)
    shown = (Hazard.CORRECTNESS,) if actual.query != desired.query else ()
    return (*access_hazards(widened=widened, narrowed=narrowed), *shown)


def plan_view_drop(view: View) -> Plan:
    """Return the step that drops the view."""
    return (
        Step(
            f"view {view.identity}",
            "drop the view",
            (_statement("drop", view),),
            hazards=(Hazard.ACCESS_NARROWED,),
            keeps="every row: a view holds none",
        ),
    )


def _statement(action: str, view: View) -> Statement:
    on = {
        On.VIEW: (view.identity,),
        On.OBJECT: (view.identity,),
        On.READ: read_by_view(view) if action == "create" else (),
    }
    return budgeted(_TEMPLATE, action, on, view=view, roles=DEFAULT_GRANTEES)
