"""What would be done to each object: looked at with the handlers that `up` uses, and planned by the same rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import ValidationError

from infra.database.workspace import Workspace
from infra.ddl.statement import Plan
from infra.drift.finding import Finding
from infra.drift.objects import findings
from infra.models.base import Model
from infra.models.definition import Definition
from infra.models.function import Function
from infra.models.grant import Grant, Target
from infra.models.index import Index
from infra.models.partitions import Partitions
from infra.models.policy import Policy
from infra.models.role import Role
from infra.models.rollout import Rollout
from infra.models.setting import Setting
from infra.models.table import Table
from infra.models.trigger import Trigger
from infra.models.view import View
from infra.preview.back import plan_back
from infra.preview.items import Action, Change, Item
from infra.provider.kinds import all_handlers
from infra.provider.kinds.base import Kind, Seen

#: What a definition is made of; what else there is (members, files, AWS) is no object of the database's own.
_MODELS: Final = (Role, Setting, Table, Function, Policy, Index, Trigger, View, Grant, Partitions, Rollout)
KINDS: Final[dict[str, Kind[Any]]] = {
    handler.name: handler for handler in all_handlers() if isinstance(handler, Kind) and handler.model in _MODELS
}
#: What a privilege is on where it is on no column in particular.
WHOLE_OBJECT: Final = "the whole object"
State = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Survey:
    """What `up` would do to every object that does not stand as declared, and what was changed since the last one."""

    items: tuple[Item, ...] = ()
    drift: tuple[Finding, ...] = ()


def survey(workspace: Workspace, definition: Definition, state: State) -> Survey:
    """Return what `up` would do and what it would find changed. Nothing is changed.

    Args:
        workspace: the database; only its session is used.
        definition: what the database is to be.
        state: the inputs of the deployed resources by their kinds, such as ``Table``.
    """
    former = {(kind, identity): model for kind, identity, model in _former(state)}
    wanted = {(type(model).__name__, _identity(model)): model for model in objects_of(definition)}
    found = [_bring(workspace, kind, model, former.get((kind, identity))) for (kind, identity), model in wanted.items()]
    found += [_remove(workspace, key[0], model) for key, model in former.items() if key not in wanted]
    drift = dict.fromkeys(finding for _, told in found for finding in told)
    items = [item for item, _ in found if item is not None]
    made = frozenset(item.identity for item in items if item.action is Action.CREATE and item.kind in {"Table", "View"})
    return Survey(tuple(replace(item, made=made) for item in items), tuple(drift))


def plan_items(workspace: Workspace, definition: Definition, state: State) -> tuple[Item, ...]:
    """Return what `up` would do to every object that does not stand as declared; see `survey`."""
    return survey(workspace, definition, state).items


def objects_of(definition: Definition) -> Iterator[Model]:
    """Yield every object of the definition in the order in which it is brought."""
    yield from definition.roles
    yield from (grant for grant in definition.grants if grant.target is Target.SCHEMA)
    groups: tuple[Sequence[Model], ...] = (
        definition.settings,
        definition.tables,
        definition.functions,
        definition.policies,
        definition.indexes,
        definition.triggers,
        definition.views,
    )
    for group in groups:
        yield from group
    yield from (grant for grant in definition.grants if grant.target is not Target.SCHEMA)
    yield from definition.partitions
    if definition.rollout is not None:
        yield definition.rollout


def _identity(model: Model) -> str:
    return KINDS[type(model).__name__].identity(model)


def _former(state: State) -> Iterator[tuple[str, str, Model]]:
    for kind, resources in state.items():
        for inputs in resources if kind in KINDS else ():
            try:
                model = KINDS[kind].model.load(dict(inputs))
            except ValidationError:
                continue  # a state may be of another version: `up` finds the object by its id
            yield kind, KINDS[kind].identity(model), model


def _bring(workspace: Workspace, kind: str, wanted: Model, former: Model | None) -> tuple[Item | None, list[Finding]]:
    handler = KINDS[kind]
    spelling = workspace.record.spelling(kind, handler.identity(wanted))
    seen = handler.look(workspace, wanted, spelling)
    as_before = seen if former is None or former == wanted else handler.look(workspace, former, spelling)
    return _item(workspace, handler, seen, wanted, former), _drift(former, as_before)


def _drift(former: Model | None, seen: Seen[Any] | None) -> list[Finding]:
    """Return what became of an object since it was deployed; it is spelled as it was declared then."""
    return [] if former is None else list(findings(former, _standing(seen)))


def _standing(seen: Seen[Any] | None) -> Model | None:
    return seen.model if seen is not None and seen.present else None


def _item(
    workspace: Workspace, handler: Kind[Any], seen: Seen[Any] | None, wanted: Model, former: Model | None
) -> Item | None:
    standing = _standing(seen)
    errors = tuple(handler.conflicts(workspace, seen, wanted))
    plan: Plan = () if errors else handler.plan(workspace, seen, wanted, former)
    if not plan and not errors:
        return None
    return Item(
        kind=handler.name,
        identity=handler.identity(wanted),
        action=_action(standing, former),
        before=standing,
        after=wanted,
        changes=_changes(standing, wanted),
        steps=plan,
        back=plan_back(workspace, handler, seen, wanted) if plan else (),
        errors=errors,
    )


def _action(standing: Model | None, former: Model | None) -> Action:
    if standing is None:
        return Action.CREATE
    return Action.CHANGE if former is not None else Action.ADOPT


def _remove(workspace: Workspace, kind: str, former: Model) -> tuple[Item | None, list[Finding]]:
    handler = KINDS[kind]
    identity = handler.identity(former)
    seen = handler.look(workspace, former, workspace.record.spelling(kind, identity))
    drift = _drift(former, seen)
    if seen is None or not seen.present:
        return None, drift
    item = Item(
        kind=kind,
        identity=identity,
        action=Action.REMOVE,
        before=seen.model,
        changes=_changes(seen.model, None),
        steps=handler.plan_delete(seen, former),
        back=handler.plan(workspace, None, former, None),
    )
    return item, drift


def _changes(before: Model | None, after: Model | None) -> tuple[Change, ...]:
    old, new = (dict(_leaves("", _dump(model))) if model is not None else {} for model in (before, after))
    paths = sorted(old.keys() | new.keys())
    return tuple(Change(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path))


def _dump(model: Model) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"password"}, warnings=False)


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    match value:
        case dict() if value:
            for key, item in value.items():
                yield from _leaves(f"{path}.{key}" if path else str(key), item)
        case list() if value and all(isinstance(item, dict) for item in value):
            for number, item in enumerate(value):
                if item.keys() >= {"role", "privilege"}:
                    yield f"{path}[{item['role']}: {item['privilege']}]", item.get("columns") or WHOLE_OBJECT
                    continue
                label = item.get("name") or f"{number}"
                yield from _leaves(f"{path}[{label}]", item)
        case _:
            yield path, value
