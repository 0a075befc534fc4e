"""The rules asked of a stack's resources, one by one and together: inputs to models, models to violations."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from pydantic import ValidationError

from infra.checks import RULES, check_object
from infra.checks.rule import Rule
from infra.errors import RolloutError
from infra.models.base import Model, faults_of
from infra.models.definition import Definition, Membership
from infra.models.function import Function
from infra.models.grant import Grant
from infra.models.index import Index
from infra.models.policy import Policy
from infra.models.role import Role
from infra.models.setting import Setting
from infra.models.table import Table
from infra.models.trigger import Trigger
from infra.models.view import View

#: Where the objects of each type stand in a definition.
_PLACES: Final[dict[type[Model], str]] = {
    Role: "roles",
    Setting: "settings",
    Table: "tables",
    Function: "functions",
    Policy: "policies",
    Index: "indexes",
    View: "views",
    Trigger: "triggers",
    Grant: "grants",
}
MODELS: Final[dict[str, type[Model]]] = {f"rollout:postgres:{model.__name__}": model for model in _PLACES}
#: pulumi-postgresql's resource that makes a role a member of another: the grants know the member by it.
MEMBERSHIP: Final = "postgresql:index/grantRole:GrantRole"
#: The rules for one object, and those for what holds between objects. What stands in a stack file is no resource.
OBJECT_RULES: Final[tuple[Rule[Any], ...]] = tuple(rule for rule in RULES if rule.subject in _PLACES)
STACK_RULES: Final[tuple[Rule[Any], ...]] = tuple(rule for rule in RULES if rule.subject is Definition)


@dataclass(frozen=True)
class Resource:
    """A resource as an engine has it: its inputs or outputs, as JSON with the fields alone that its model has."""

    urn: str
    type: str
    provider: str = ""
    text: str = field(default="{}", repr=False)

    @classmethod
    def of(cls, urn: str, kind: str, properties: Mapping[str, Any], provider: str = "") -> "Resource":
        """Return the resource; of a type that no rule is about, only that it is there."""
        known = ("role", "grantRole") if kind == MEMBERSHIP else _keys(MODELS[kind]) if kind in MODELS else ()
        kept = {key: properties[key] for key in known if properties.get(key) is not None}
        return cls(urn, kind, provider, json.dumps(kept, sort_keys=True, default=_plain))


@dataclass(frozen=True)
class Violation:
    """What is wrong, and with which resource; with none alone where it is no one's."""

    error: RolloutError
    urn: str = ""

    @property
    def text(self) -> str:
        """The error with its fix, and the page that explains its rule."""
        page = next((rule.page for rule in RULES if rule.code == self.error.code), "docs/rules/README.md")
        return f"{self.error} See {page}."


def malformed(resource: Resource) -> list[Violation]:
    """Return what keeps a resource from being an object of its kind; no rule can judge such a one."""
    loaded = _load(resource.type, resource.text) if resource.type in MODELS else None
    return [Violation(error, resource.urn) for error in loaded] if isinstance(loaded, tuple) else []


def broken(rule: Rule[Any], resource: Resource) -> list[Violation]:
    """Return how the resource by itself breaks a rule for objects."""
    loaded = _load(resource.type, resource.text) if MODELS.get(resource.type) is rule.subject else ()
    return [] if isinstance(loaded, tuple) else [Violation(error, resource.urn) for error in rule.find(loaded)]


def unfitting(resources: Iterable[Resource]) -> list[Violation]:
    """Return what keeps the resources of a database from fitting together; no rule across them can judge those."""
    return [violation for together in _by_database(resources) for violation in _assemble(together)[1]]


def broken_together(rule: Rule[Any], resources: Iterable[Resource]) -> list[Violation]:
    """Return how the resources break a rule across objects; not what each of them breaks by itself."""
    found = []
    for together in _by_database(resources):
        definition, _ = _assemble(together)
        alone = _alone(together)
        errors = rule.find(definition) if definition is not None else []
        found += [Violation(error, _owner(error, together)) for error in errors if str(error) not in alone]
    return found


def _keys(model: type[Model]) -> tuple[str, ...]:
    """Return the model's keys on the wire but for the password, which no rule is about and need not be known yet."""
    return tuple(info.alias or name for name, info in model.model_fields.items() if name != "password")


def _plain(value: Mapping[str, Any] | Sequence[Any]) -> dict[str, Any] | list[Any]:
    """Return what an engine's library keeps in a mapping or sequence of its own."""
    return dict(value) if isinstance(value, Mapping) else list(value)


@lru_cache(maxsize=4096)
def _load(kind: str, text: str) -> Model | tuple[RolloutError, ...]:
    """Return the model, or every fault that keeps it from being one."""
    properties = json.loads(text)
    try:
        return MODELS[kind].load(properties)
    except ValidationError as error:
        return tuple(faults_of(error, kind.rpartition(":")[2].lower(), MODELS[kind]))


def _by_database(resources: Iterable[Resource]) -> list[tuple[Resource, ...]]:
    """Return our resources by their provider, which stands for a database, each time with all the memberships."""
    given = tuple(resources)
    providers = dict.fromkeys(item.provider for item in given if item.type in MODELS)
    return [
        tuple(item for item in given if item.type == MEMBERSHIP or (item.type in MODELS and item.provider == provider))
        for provider in providers
    ]


@lru_cache(maxsize=8)
def _assemble(resources: tuple[Resource, ...]) -> tuple[Definition | None, tuple[Violation, ...]]:
    parts: dict[str, list[Model]] = {"memberships": []}
    for resource in resources:
        if resource.type == MEMBERSHIP:
            parts["memberships"].append(_membership(resource))
        elif not isinstance(loaded := _load(resource.type, resource.text), tuple):
            parts.setdefault(_PLACES[type(loaded)], []).append(loaded)
    try:
        return Definition.load(parts), ()
    except ValidationError as error:
        faults = faults_of(error, "stack", Definition)
        return None, tuple(Violation(fault, _owner(fault, resources)) for fault in faults)


@lru_cache(maxsize=8)
def _alone(resources: tuple[Resource, ...]) -> frozenset[str]:
    models = [_load(resource.type, resource.text) for resource in resources if resource.type in MODELS]
    return frozenset(str(error) for model in models if isinstance(model, Model) for error in check_object(model))


def _owner(error: RolloutError, resources: Iterable[Resource]) -> str:
    """Return the resource whose identity begins the error's path, the longest where several do."""
    named = [(_identity(resource), resource.urn) for resource in resources]
    fits = [(name, urn) for name, urn in named if name and f"{error.path}.".startswith((f"{name}.", f"{name}:"))]
    return max(fits, key=lambda fit: len(fit[0]))[1] if fits else ""


def _membership(resource: Resource) -> Membership:
    given = json.loads(resource.text)
    return Membership(role=given["grantRole"], member=given["role"])


def _identity(resource: Resource) -> str:
    if resource.type == MEMBERSHIP:
        made = _membership(resource)
        return f"{made.role}:{made.member}"
    loaded = _load(resource.type, resource.text)
    return "" if isinstance(loaded, tuple) else str(getattr(loaded, "identity", getattr(loaded, "name", "")))
