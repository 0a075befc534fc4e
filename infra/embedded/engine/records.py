"""A resource as the state keeps it, in Pulumi's deployment format (version 3)."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from infra.embedded.engine.values import SECRET_SIGNATURE, SIGNATURE_KEY, Properties, Secret

STACK_TYPE: Final = "pulumi:pulumi:Stack"
PROVIDER_PREFIX: Final = "pulumi:providers:"

#: Our field and the format's, for those that are carried over as they are.
_PLAIN: Final = {
    "id": "id",
    "parent": "parent",
    "provider": "provider",
    "protect": "protect",
    "delete": "delete",
    "external": "external",
    "pending_replacement": "pendingReplacement",
    "retain_on_delete": "retainOnDelete",
    "deleted_with": "deletedWith",
    "import_id": "importID",
    "created": "created",
    "modified": "modified",
}
_LISTS: Final = {
    "dependencies": "dependencies",
    "init_errors": "initErrors",
    "additional_secret_outputs": "additionalSecretOutputs",
    "ignore_changes": "ignoreChanges",
    "replace_on_changes": "replaceOnChanges",
}
_KNOWN: Final = frozenset(
    {*_PLAIN.values(), *_LISTS.values(), "urn", "type", "custom", "inputs", "outputs", "propertyDependencies"}
)


@dataclass(frozen=True)
class Record:
    """One resource of a stack. `extra` holds the fields of a state made elsewhere that the engine does not use."""

    urn: str
    type: str
    custom: bool
    id: str = ""
    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    parent: str = ""
    provider: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    protect: bool = False
    delete: bool = False
    external: bool = False
    pending_replacement: bool = False
    retain_on_delete: bool = False
    deleted_with: str = ""
    import_id: str = ""
    init_errors: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    created: str = ""
    modified: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The last part of the URN."""
        return self.urn.rsplit("::", 1)[-1]

    @property
    def is_provider(self) -> bool:
        """Whether this is an explicit provider and not an object of one."""
        return self.type.startswith(PROVIDER_PREFIX)

    @property
    def is_stack(self) -> bool:
        """Whether this is the root of all others."""
        return self.type == STACK_TYPE

    @property
    def managed(self) -> bool:
        """Whether a provider looks after an object for this resource."""
        return self.custom and not self.is_provider and not self.external

    def needs(self) -> frozenset[str]:
        """Return the URNs that must stand before this resource and outlive it."""
        found = {self.parent, provider_urn(self.provider), self.deleted_with, *self.dependencies}
        for urns in self.property_dependencies.values():
            found.update(urns)
        return frozenset(found - {"", self.urn})

    def renamed(self, old: str, new: str) -> "Record":
        """Return the record with every reference to one URN pointing at another."""
        if old not in self.needs():
            return self
        dependencies = {
            name: tuple(new if urn == old else urn for urn in urns) for name, urns in self.property_dependencies.items()
        }
        return replace(
            self,
            parent=new if self.parent == old else self.parent,
            provider=self.provider.replace(f"{old}::", f"{new}::", 1),
            deleted_with=new if self.deleted_with == old else self.deleted_with,
            dependencies=tuple(new if urn == old else urn for urn in self.dependencies),
            property_dependencies=dependencies,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the resource as the deployment file has it."""
        plain = {theirs: getattr(self, ours) for ours, theirs in _PLAIN.items()}
        lists = {theirs: list(getattr(self, ours)) for ours, theirs in _LISTS.items()}
        filled = {name: value for name, value in (plain | lists).items() if value}
        properties = {
            "inputs": state_value(self.inputs),
            "outputs": state_value(self.outputs),
            "propertyDependencies": {name: list(urns) for name, urns in self.property_dependencies.items()},
        }
        head = {"urn": self.urn, "custom": self.custom, "type": self.type}
        return head | filled | {name: value for name, value in properties.items() if value} | self.extra

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Record":
        """Return the resource of a deployment file."""
        plain: dict[str, Any] = {ours: data[theirs] for ours, theirs in _PLAIN.items() if theirs in data}
        lists: dict[str, Any] = {ours: tuple(data[theirs]) for ours, theirs in _LISTS.items() if data.get(theirs)}
        by_property = data.get("propertyDependencies") or {}
        return cls(
            urn=data["urn"],
            type=data["type"],
            custom=data["custom"],
            inputs=engine_value(data.get("inputs") or {}),
            outputs=engine_value(data.get("outputs") or {}),
            property_dependencies={name: tuple(urns or ()) for name, urns in by_property.items()},
            extra={name: value for name, value in data.items() if name not in _KNOWN},
            **plain,
            **lists,
        )


def provider_urn(reference: str) -> str:
    """Return the URN in a provider reference such as ``urn::id``."""
    return reference.rpartition("::")[0]


def now() -> str:
    """Return the time as the deployment file writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def state_value(value: Any) -> Any:
    """Return a value as the state file has it, a secret in Pulumi's plaintext form."""
    match value:
        case Secret():
            return {SIGNATURE_KEY: SECRET_SIGNATURE, "plaintext": json.dumps(state_value(value.value))}
        case dict():
            return {name: state_value(item) for name, item in value.items()}
        case list():
            return [state_value(item) for item in value]
        case _:
            return value


def engine_value(value: Any) -> Any:
    """Return a value of the state file as the engine holds it.

    Raises:
        KeyError: For a secret that is encrypted.
    """
    match value:
        case dict() if value.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
            return Secret(engine_value(json.loads(value["plaintext"])))
        case dict():
            return {name: engine_value(item) for name, item in value.items()}
        case list():
            return [engine_value(item) for item in value]
        case _:
            return value
