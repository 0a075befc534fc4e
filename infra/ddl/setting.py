"""Steps that set or reset one server setting."""

from infra.ddl.statement import Plan, Step, lockless
from infra.ddl.templates import render
from infra.models.setting import Scope, Setting

_TEMPLATE = "setting.sql.j2"


def plan_setting(actual: Setting | None, desired: Setting) -> Plan:
    """Return the steps to the wanted value, or none."""
    if actual is not None and actual.value == desired.value:
        return ()
    before = "" if actual is None else f" (was {actual.value})"
    return _steps("set", desired, f"set {desired.parameter} to {desired.value}{before}")


def plan_setting_drop(setting: Setting) -> Plan:
    """Return the steps that give the parameter back to the server's default."""
    return _steps("reset", setting, f"reset {setting.parameter}")


def _steps(action: str, setting: Setting, summary: str) -> Plan:
    subject = f"setting {setting.identity}"
    system = setting.scope is Scope.SYSTEM
    # ALTER SYSTEM may not stand in a transaction.
    step = Step(
        subject, summary, (lockless(render(_TEMPLATE, action=action, setting=setting)),), transactional=not system
    )
    reload = Step(subject, "reload the configuration", (lockless(render(_TEMPLATE, action="reload", setting=setting)),))
    return (step, reload) if system else (step,)
