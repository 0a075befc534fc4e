"""What is to be done with a resource: pure decisions from its state, its goal and the provider's diff."""

from dataclasses import dataclass, replace

from infra.embedded.engine import paths
from infra.embedded.engine.events import Difference, Op
from infra.embedded.engine.goals import Goal
from infra.embedded.engine.provider import Change, Changes, Diff
from infra.embedded.engine.records import Record
from infra.embedded.engine.values import Properties, conceal, same


@dataclass(frozen=True)
class Decision:
    """SAME, UPDATE or REPLACE, with the properties that differ."""

    op: Op
    differences: tuple[Difference, ...] = ()
    delete_first: bool = False


def with_ignored(inputs: Properties, old: Properties, ignore: tuple[str, ...]) -> Properties:
    """Return the inputs with the old values where changes are to be ignored."""
    for path in ignore:
        inputs = old if path == paths.ANY else paths.keep(inputs, old, paths.parse(path))
    return inputs


def decide(goal: Goal, old: Record, inputs: Properties, diff: Diff) -> Decision:
    """Return what a registered resource with a state needs."""
    diff = settled(diff, old.inputs, inputs)
    diff = _replacing_on(diff, goal.replace_on_changes, init_errors=bool(old.init_errors))
    differences = describe(diff, old, inputs)
    if old.pending_replacement or (diff.changes is Changes.SOME and diff.replace):
        delete_first = goal.delete_before_replace
        if delete_first is None:
            delete_first = diff.delete_before_replace
        return Decision(Op.REPLACE, differences, delete_first=delete_first or old.pending_replacement)
    if diff.changes is Changes.SOME or old.init_errors:
        return Decision(Op.UPDATE, differences)
    return Decision(Op.SAME)


def settled(diff: Diff, old_inputs: Properties, inputs: Properties) -> Diff:
    """Return the diff, made by comparing inputs where the provider leaves that to the engine."""
    if diff.changes is not Changes.UNKNOWN:
        return diff
    names = {name for name in old_inputs.keys() | inputs.keys() if not same(old_inputs.get(name), inputs.get(name))}
    detailed = {name: Change(_kind(name, old_inputs, inputs), inputs=True) for name in sorted(names)}
    return replace(
        diff,
        changes=Changes.SOME if names else Changes.NONE,
        changed=tuple(sorted(names)),
        detailed=diff.detailed or detailed,
    )


def describe(diff: Diff, old: Record, inputs: Properties) -> tuple[Difference, ...]:
    """Return the differences as they may be shown."""
    detailed = diff.detailed
    if detailed is None:
        kinds = dict.fromkeys(diff.changed, "update") | dict.fromkeys(diff.replaces, "update-replace")
        detailed = {name: Change(kind) for name, kind in kinds.items()}
    return tuple(_difference(path, change, old, inputs) for path, change in sorted(detailed.items()))


def inverted(differences: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """Return the differences seen from the other side: a refresh shows what the world has done to the state."""
    kinds = {"add": "delete", "delete": "add"}
    return tuple(
        Difference(item.path, kinds.get(kind := item.kind.removesuffix("-replace"), kind), item.after, item.before)
        for item in differences
    )


def replacement_for(reason: str) -> Diff:
    """Return a diff that asks for a replacement because of something that is no property."""
    return Diff(Changes.SOME, replaces=(reason,))


def _kind(name: str, old: Properties, new: Properties) -> str:
    if name not in old:
        return "add"
    return "update" if name in new else "delete"


def _difference(path: str, change: Change, old: Record, inputs: Properties) -> Difference:
    try:
        steps = paths.parse(path)
    except ValueError:
        return Difference(path, change.kind)
    before = paths.look_up(old.inputs, steps)
    if before is None and not change.inputs:
        before = paths.look_up(old.outputs, steps)
    return Difference(path, change.kind, conceal(before), conceal(paths.look_up(inputs, steps)))


def _replacing_on(diff: Diff, wanted: tuple[str, ...], *, init_errors: bool) -> Diff:
    if not wanted or (diff.changes is not Changes.SOME and not init_errors):
        return diff
    outer = [paths.parse(path) for path in wanted]
    detailed = None
    if diff.detailed is not None:
        detailed = {path: _as_replace(change, path, outer) for path, change in diff.detailed.items()}
    hit = tuple(name for name in diff.changed if _within(name, outer))
    failed = ("initErrors",) if init_errors and _within("initErrors", outer) else ()
    return replace(
        diff,
        changes=Changes.SOME if failed else diff.changes,
        detailed=detailed,
        replaces=tuple(dict.fromkeys((*diff.replaces, *hit, *failed))),
    )


def _as_replace(change: Change, path: str, outer: list[paths.Path]) -> Change:
    if change.kind.endswith("replace") or not _within(path, outer):
        return change
    return replace(change, kind=f"{change.kind}-replace")


def _within(path: str, outer: list[paths.Path]) -> bool:
    return any(paths.contains(candidate, paths.parse(path)) for candidate in outer)
