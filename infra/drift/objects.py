"""What was changed of an object, whatever its kind."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from infra.drift.access import grant_findings, policy_findings, role_findings
from infra.drift.code import function_findings, trigger_findings, view_findings
from infra.drift.finding import Finding
from infra.drift.tables import table_findings
from infra.models.base import Model
from infra.models.function import Function
from infra.models.grant import Grant
from infra.models.index import Index
from infra.models.partitions import Partitions
from infra.models.policy import Policy
from infra.models.role import Role
from infra.models.setting import Scope, Setting
from infra.models.table import Table
from infra.models.trigger import Trigger
from infra.models.view import View


def findings(before: Model, after: Model | None) -> tuple[Finding, ...]:
    """Return what became of an object that was declared as `before` and stands as `after`, or not at all."""
    if before == after:
        return ()
    return tuple(_KINDS.get(type(before), value_findings)(before, after))


def index_findings(before: Index, after: Index | None) -> Iterator[Finding]:
    """Yield what became of an index."""
    path = name = f"index {before.identity}"
    if after is None:
        yield Finding(path, f"{name} on {before.relation} was dropped or renamed, or cannot be used")
    elif before.absent:
        yield Finding(path, f"an index like the retired {before.identity} stands on {before.relation} again")
    else:
        yield Finding(path, f"{name} on {before.relation} was replaced by another definition")


def setting_findings(before: Setting, after: Setting | None) -> Iterator[Finding]:
    """Yield what became of a parameter of a role, a database or the system."""
    scope = Scope.ROLE if before.scope is Scope.ROLE_IN_DATABASE else before.scope
    within = f"in database {before.database}" if before.database else ""
    where = " ".join(part for part in (scope.value, before.target, within) if part)
    name = f"{before.parameter} of {where}"
    words = "was reset" if after is None else f"was changed from {before.value} to {after.value}"
    yield Finding(f"setting {before.identity}", f"{name} {words}")


def partitions_findings(before: Partitions, after: Partitions | None) -> Iterator[Finding]:
    """Yield what became of a table's months; that time goes on is nobody's doing, and still to be seen to."""
    path = f"partitions {before.identity}"
    if after is None:
        yield Finding(path, f"{before.relation} is no longer divided")
        return
    if after.ahead < before.ahead:
        yield Finding(path, f"of {before.relation} {after.ahead} months stand ahead, and {before.ahead} should")
    if (after.keep_months or 0) > (before.keep_months or 0):
        yield Finding(path, f"a month of {before.relation} is older than the {before.keep_months} that are kept")
    if before.timed and not after.timed:
        yield Finding(path, f"pg_cron no longer sees to the months of {before.relation}")
    if before.closed and not after.closed:
        yield Finding(path, f"a part of {before.relation} can be reached by itself", weakened=True)


def value_findings(before: Model, after: Model | None) -> Iterator[Finding]:
    """Yield what became of something that is no object of the catalog, value by value."""
    name = type(before).__name__.lower()
    if after is None:
        yield Finding(name, f"the {name} is gone")
        return
    old, new = (model.model_dump(mode="json", by_alias=True, warnings=False) for model in (before, after))
    for path, was, now in _changes(old, new):
        yield Finding(name, f"{path} of the {name} was changed from {was} to {now}")


def _changes(old: Mapping[str, Any], new: Mapping[str, Any], under: str = "") -> Iterator[tuple[str, str, str]]:
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if isinstance(was, Mapping) and isinstance(now, Mapping):
            yield from _changes(was, now, f"{under}{key}.")
        elif was != now:
            yield f"{under}{key}", _word(was), _word(now)


def _word(value: Any) -> str:
    words = {None: "nothing", True: "on", False: "off"}
    return words[value] if value is None or isinstance(value, bool) else str(value)


_KINDS: Final[dict[type[Model], Callable[[Any, Any], Iterator[Finding]]]] = {
    Function: function_findings,
    Grant: grant_findings,
    Index: index_findings,
    Partitions: partitions_findings,
    Policy: policy_findings,
    Role: role_findings,
    Setting: setting_findings,
    Table: table_findings,
    Trigger: trigger_findings,
    View: view_findings,
}
