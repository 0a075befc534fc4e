"""What the engine asks of a provider, whether it is a plugin's process or our own stand-in."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from infra.embedded.engine.values import Properties


class Changes(Enum):
    """Whether a provider sees a difference."""

    UNKNOWN = 0
    NONE = 1
    SOME = 2


@dataclass(frozen=True)
class CheckFailure:
    """An input that the provider refuses."""

    property: str
    reason: str


@dataclass(frozen=True)
class Checked:
    """Inputs as the provider completes them, or why it refuses them."""

    inputs: Properties
    failures: tuple[CheckFailure, ...] = ()


@dataclass(frozen=True)
class Change:
    """One path that differs: `kind` as in `events.Difference`, `inputs` when both sides are inputs."""

    kind: str
    inputs: bool = False


@dataclass(frozen=True)
class Diff:
    """What a provider says about a resource's old state and new inputs."""

    changes: Changes = Changes.UNKNOWN
    replaces: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    detailed: dict[str, Change] | None = None
    delete_before_replace: bool = False

    @property
    def replace(self) -> bool:
        """Whether the object must be made anew."""
        return bool(self.replaces) or any(c.kind.endswith("replace") for c in (self.detailed or {}).values())


@dataclass(frozen=True)
class Made:
    """A resource after it was created, updated or read. `inputs` is None where the provider gives none."""

    id: str
    outputs: Properties
    inputs: Properties | None = None
    init_errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """Which resource a call is about."""

    urn: str
    type: str
    name: str
    id: str = ""


@dataclass(frozen=True)
class Existing:
    """What the state knows of an object."""

    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)


class ProviderError(Exception):
    """A provider refused or failed; the text is the provider's own. `cancelled` tells that it was made to stop."""

    def __init__(self, text: str, *, cancelled: bool = False) -> None:
        super().__init__(text)
        self.cancelled = cancelled


class Provider(Protocol):
    """One configured provider."""

    def check_config(self, subject: Subject, old: Properties, new: Properties) -> Checked:
        """Check the provider's own inputs."""

    def diff_config(self, subject: Subject, old: Existing, new: Properties) -> Diff:
        """Compare the provider's own inputs."""

    def configure(self, subject: Subject, inputs: Properties) -> None:
        """Take the inputs, all of them known."""

    def check(self, subject: Subject, old: Properties, new: Properties) -> Checked:
        """Check a resource's inputs and complete them."""

    def diff(self, subject: Subject, old: Existing, new: Properties, ignore: tuple[str, ...]) -> Diff:
        """Compare a resource's state with its new inputs."""

    def create(self, subject: Subject, inputs: Properties, *, preview: bool) -> Made:
        """Make the object, or say in a preview what would come of it (with an empty id)."""

    def read(self, subject: Subject, existing: Existing | None) -> Made | None:
        """Return the object as it is, or None when it does not exist."""

    def update(
        self, subject: Subject, old: Existing, new: Properties, ignore: tuple[str, ...], *, preview: bool
    ) -> Made:
        """Change the object in place."""

    def delete(self, subject: Subject, existing: Existing) -> None:
        """Take the object away."""

    def invoke(self, token: str, arguments: Properties, *, preview: bool) -> tuple[Properties, list[CheckFailure]]:
        """Call a function of the provider."""

    def cancel(self) -> None:
        """Stop what is running as soon as can be."""

    def close(self) -> None:
        """Let go of everything. Nothing may be called after it."""
