"""Steps that bring a trigger to its definition and take the place of the ones it retires."""

from infra.ddl.statement import Lock, Plan, Statement, Step, exclusive
from infra.ddl.templates import render
from infra.models.trigger import Trigger

_TEMPLATE = "trigger.sql.j2"
_DECISIVE = ("timing", "events", "for_each", "function", "when")


def plan_trigger(actual: Trigger | None, desired: Trigger, *, retired: tuple[str, ...] = ()) -> Plan:
    """Return the steps to the wanted trigger; `retired` are the names of triggers on the table that it replaces."""
    statements: list[Statement] = []
    words: list[str] = []
    changed = [] if actual is None else [name for name in _DECISIVE if getattr(actual, name) != getattr(desired, name)]
    if actual is None or changed:
        text = render(_TEMPLATE, action="create", trigger=desired)
        statements.append(Statement(text, ((Lock.SHARE_ROW_EXCLUSIVE, desired.relation),)))
        words.append("create the trigger" if actual is None else f"change {', '.join(changed)}")
    # A trigger that was just made, or made anew, fires.
    fires = actual is None or bool(changed) or actual.enabled
    if fires != desired.enabled:
        action = "enable" if desired.enabled else "disable"
        text = render(_TEMPLATE, action=action, trigger=desired)
        statements.append(Statement(text, ((Lock.SHARE_ROW_EXCLUSIVE, desired.relation),)))
        words.append(f"{action} the trigger")
    for name in retired:
        statements.append(_drop(desired, name))
        words.append(f"drop trigger {name}, whose place it takes (its function stays)")
    return (Step(f"trigger {desired.identity}", "; ".join(words), tuple(statements)),) if statements else ()


def plan_trigger_drop(trigger: Trigger) -> Plan:
    """Return the step that drops the trigger."""
    step = Step(f"trigger {trigger.identity}", "drop the trigger", (_drop(trigger, trigger.name),), keeps="every row")
    return (step,)


def _drop(trigger: Trigger, name: str) -> Statement:
    return exclusive(render(_TEMPLATE, action="drop", trigger=trigger, name=name), trigger.relation)
