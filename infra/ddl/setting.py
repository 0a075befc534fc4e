"""Steps that set or reset one server setting."""

from collections.abc import Iterable
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
#: Lists to which everybody adds what they need: another's entry is never dropped.
SHARED: Final = frozenset({"local_preload_libraries", "session_preload_libraries", "shared_preload_libraries"})


def plan_setting(actual: Setting | None, desired: Setting, *, restart: bool = False) -> Plan:
    """Return the steps to the wanted value, or none; with `restart` it holds from the server's next start on."""
    if actual is not None and actual.value == desired.value:
        return ()
    before = "" if actual is None else f" (was {actual.value or 'empty'})"
    when = ", from the server's next start on" if restart else ""
    return _steps("set", desired, f"set {desired.parameter} to {desired.value}{before}{when}")


def plan_setting_drop(setting: Setting, found: str = "") -> Plan:
    """Return the steps that give the parameter back to the server's default, or to what was found there before us."""
    if found:
        return _steps("set", setting.model_copy(update={"value": found}), f"set {setting.parameter} back to {found}")
    return _steps("reset", setting, f"reset {setting.parameter}")


def merge_entries(actual: str, wanted: str, dropped: Iterable[str] = ()) -> str:
    """Return a shared list with the wanted entries added, in order, and those taken out that only we had there."""
    entries, added = list_entries(actual), list_entries(wanted)
    kept = [entry for entry in entries if entry in added or entry not in set(dropped)]
    return ", ".join([*kept, *(entry for entry in added if entry not in entries)])


def has_entries(actual: str, wanted: str) -> bool:
    """Whether a shared list has every wanted entry."""
    return set(list_entries(wanted)) <= set(list_entries(actual))


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
    return tuple(entry for part in value.split(",") if (entry := part.strip().strip('"')))
