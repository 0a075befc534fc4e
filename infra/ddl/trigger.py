"""Steps that bring a trigger to its definition and take the place of the ones it retires."""

from infra.ddl.budget import On, budgeted
from infra.ddl.statement import Hazard, Plan, Statement, Step
from infra.models.trigger import Trigger

_TEMPLATE = "trigger"
_DECISIVE = ("timing", "events", "for_each", "old_table", "new_table", "function", "when")


def plan_trigger(
    actual: Trigger | None, desired: Trigger, *, retired: tuple[str, ...] = (), leaves: tuple[str, ...] = ()
) -> Plan:
    """Return the steps to the wanted trigger.

    Args:
        actual: what stands.
        desired: what is wanted.
        retired: the names of triggers on the table that it replaces.
        leaves: the table's partitions, as ``schema.name``: a trigger for each row is on each of them too.
    """
    statements: list[Statement] = []
    words: list[str] = []
    changed = [] if actual is None else [name for name in _DECISIVE if getattr(actual, name) != getattr(desired, name)]
    if actual is None or changed:
        statements.append(_statement("create", desired, leaves))
        words.append("create the trigger" if actual is None else f"change {', '.join(changed)}")
    # A trigger that was just made, or made anew, fires.
    fires = actual is None or bool(changed) or actual.enabled
    if fires != desired.enabled:
        action = "enable" if desired.enabled else "disable"
        statements.append(_statement(action, desired, leaves))
        words.append(f"{action} the trigger")
    for name in retired:
        statements.append(_statement("drop", desired, leaves, name=name))
        words.append(f"drop trigger {name}, whose place it takes (its function stays)")
    hazards = (Hazard.CORRECTNESS,) if actual is not None or retired else ()
    step = Step(f"trigger {desired.identity}", "; ".join(words), tuple(statements), hazards=hazards)
    return (step,) if statements else ()


def plan_trigger_drop(trigger: Trigger, *, leaves: tuple[str, ...] = ()) -> Plan:
    """Return the step that drops the trigger."""
    drop = _statement("drop", trigger, leaves, name=trigger.name)
    hazards = (Hazard.CORRECTNESS,)
    return (Step(f"trigger {trigger.identity}", "drop the trigger", (drop,), hazards=hazards, keeps="every row"),)


def _statement(action: str, trigger: Trigger, leaves: tuple[str, ...], **values: str) -> Statement:
    parts = leaves if trigger.for_each == "row" else ()
    return budgeted(_TEMPLATE, action, {On.TABLE: (trigger.relation,), On.PARTITIONS: parts}, trigger=trigger, **values)
