"""What a kind of resource must be able to do: the protocol between the wire and the kinds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Final, Literal, Protocol, Self, cast

from infra.errors import RolloutError

#: A resource's properties as the wire carries them: camelCase keys, plain values, UNKNOWN for what is not known yet.
Properties = dict[str, Any]
Severity = Literal["debug", "info", "warning", "error"]
#: Set to anything by an engine that drops lines for debugging: they are not sent then.
QUIET_VARIABLE: Final = "ROLLOUT_PROVIDER_QUIET"


class Unknown:
    """A value that another resource has yet to produce. There is one, `UNKNOWN`; compare with `is`."""

    _instance: ClassVar[Any] = None

    def __new__(cls) -> Self:  # noqa: D102 - one instance, as for None
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cast("Self", cls._instance)

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


class ChangeKind(StrEnum):
    """How one property changes, as the preview shows it."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"
    ADD_REPLACE = "add-replace"
    DELETE_REPLACE = "delete-replace"
    UPDATE_REPLACE = "update-replace"

    @property
    def replaces(self) -> bool:
        """Whether the object is made anew."""
        return self.value.endswith("replace")


@dataclass(frozen=True)
class PropertyChange:
    """One property that differs; the path is in Pulumi's form, such as ``columns[2].default``."""

    path: str
    kind: ChangeKind


@dataclass(frozen=True)
class Problem:
    """An input that is refused: the property's path and the error with its fix."""

    path: str
    error: RolloutError


@dataclass(frozen=True)
class Snapshot:
    """A resource as it is: its id, the inputs that would make it so, and its outputs (a superset of the inputs)."""

    id: str
    inputs: Properties
    outputs: Properties


def stack_of(urn: str) -> str:
    """Return the stack's name out of ``urn:pulumi:stack::project::parent$type::name``."""
    return urn.split("::", 1)[0].removeprefix("urn:pulumi:")


@dataclass(frozen=True)
class Call:
    """What a handler may use while it serves one call.

    `log` shows a line under the resource; `database` gives the session of the lane (connected on first use);
    `preview` is true when nothing may be changed; `cluster` names the database that the state speaks of, if it does;
    `review` is what the provider was told of approvals, as JSON, and empty where none is needed.
    """

    urn: str
    database: Callable[[], Any]
    preview: bool = False
    log: Callable[[Severity, str], None] = field(default=lambda _severity, _text: None)
    cluster: str = ""
    review: str = ""

    @property
    def stack(self) -> str:
        """The stack of the resource; nothing for a call without a whole URN."""
        return stack_of(self.urn) if self.urn.startswith("urn:pulumi:") else ""


class Handler(Protocol):
    """One kind of resource. Methods that take a `Call` run one at a time, in the lane; the others are pure."""

    @property
    def token(self) -> str:
        """The type, such as ``rollout:postgres:Table``."""

    @property
    def secrets(self) -> frozenset[str]:
        """Top-level properties that are secret wherever they appear."""

    def schema(self) -> dict[str, Any]:
        """Return the resource's part of the package schema (description, inputProperties, requiredInputs, …)."""

    def types(self) -> dict[str, Any]:
        """Return the named types that the schema refers to."""

    def check(self, inputs: Properties) -> list[Problem]:
        """Return every problem of the inputs that can be seen without a database. Unknowns are passed over."""

    def diff(self, old: Properties, new: Properties) -> list[PropertyChange]:
        """Return what changes from the old inputs to the new, property by property. Nothing is read."""

    def create(self, call: Call, inputs: Properties) -> Snapshot:
        """Create the object, or adopt the one that is there. In a preview, compare and say what would be done."""

    def read(self, call: Call, identity: str, inputs: Properties | None) -> Snapshot | None:
        """Return the object as it is now, in the spelling of `inputs` where that is equivalent, or None."""

    def update(self, call: Call, identity: str, old: Properties, new: Properties) -> Snapshot:
        """Bring the object to the new inputs in place."""

    def delete(self, call: Call, identity: str, inputs: Properties) -> None:
        """Take the object away, keeping its data."""
