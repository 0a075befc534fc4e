"""A handler's changes as the engine's diff: ignored paths left out, unknowns counted, kinds always told."""

from collections.abc import Iterable
from typing import Final

from pulumi.runtime.proto import provider_pb2

from infra.provider.handler import ChangeKind, Handler, Properties, PropertyChange
from infra.provider.paths import Path, begins, keep_old, parse_path, render_path
from infra.provider.values import unknown_paths

_KINDS: Final = {
    ChangeKind.ADD: provider_pb2.PropertyDiff.ADD,
    ChangeKind.ADD_REPLACE: provider_pb2.PropertyDiff.ADD_REPLACE,
    ChangeKind.DELETE: provider_pb2.PropertyDiff.DELETE,
    ChangeKind.DELETE_REPLACE: provider_pb2.PropertyDiff.DELETE_REPLACE,
    ChangeKind.UPDATE: provider_pb2.PropertyDiff.UPDATE,
    ChangeKind.UPDATE_REPLACE: provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


def resource_changes(
    handler: Handler, old: Properties, new: Properties, ignored: Iterable[str]
) -> list[PropertyChange]:
    """Return what changes from the old inputs to the new, the ignored paths aside."""
    patterns = [parse_path(text) for text in ignored]
    new = without_ignored(old, new, patterns)
    found = handler.diff(old, new)
    found += _unknowns(found, old, new)
    return [change for change in found if not _is_ignored(change, patterns)]


def without_ignored(old: Properties, new: Properties, patterns: Iterable[Path]) -> Properties:
    """Return the new inputs with the old values at the ignored paths."""
    for pattern in patterns:
        new = keep_old(old, new, pattern)
    return new


def _is_ignored(change: PropertyChange, patterns: Iterable[Path]) -> bool:
    path = parse_path(change.path)
    return any(begins(pattern, path) for pattern in patterns)


def _unknowns(found: list[PropertyChange], old: Properties, new: Properties) -> list[PropertyChange]:
    """Return the unknown values that the handler did not count: each may turn out to be another one."""
    told = [parse_path(change.path) for change in found]
    return [
        PropertyChange(render_path(path), ChangeKind.UPDATE if path[0] in old else ChangeKind.ADD)
        for path in unknown_paths(new)
        if not any(begins(other, path) or begins(path, other) for other in told)
    ]


def diff_response(changes: Iterable[PropertyChange], *, deletes_first: bool = True) -> provider_pb2.DiffResponse:
    """Return the answer to Diff and DiffConfig; without a kind for each property, previews show nothing."""
    changes = list(changes)
    replacing = [change for change in changes if change.kind.replaces]
    some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some if changes else none,
        diffs=_properties(changes),
        replaces=_properties(replacing),
        deleteBeforeReplace=bool(replacing) and deletes_first,
        detailedDiff={
            change.path: provider_pb2.PropertyDiff(kind=_KINDS[change.kind], inputDiff=True) for change in changes
        },
        hasDetailedDiff=True,
    )


def _properties(changes: Iterable[PropertyChange]) -> list[str]:
    """Return the top-level properties of the changes, each once, in order."""
    return list(dict.fromkeys(str(parse_path(change.path)[0]) for change in changes))
