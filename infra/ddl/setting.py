"""Steps that set or reset one server setting."""

from typing import Final

from infra.ddl.budget import budgeted
from infra.ddl.statement import Plan, Step
from infra.models.setting import Scope, Setting

_TEMPLATE = "setting"
#: Lists whose entries the server quotes: given as one text, `a, b` would become the one entry "a, b".
LISTS: Final = frozenset(
    {
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
        "unix_socket_directories",
    }
)


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
    values = list_entries(setting.value) if setting.parameter in LISTS else (setting.value,)
    # ALTER SYSTEM may not stand in a transaction.
    statement = budgeted(_TEMPLATE, f"{action} system" if system else action, setting=setting, values=values)
    step = Step(subject, summary, (statement,), transactional=not system)
    reload = Step(subject, "reload the configuration", (budgeted(_TEMPLATE, "reload", setting=setting),))
    return (step, reload) if system else (step,)


def list_entries(value: str) -> tuple[str, ...]:
    """Return the entries of a list as the server keeps one: with commas between, some of them quoted."""
    return tuple(part.strip().strip('"') for part in value.split(","))
