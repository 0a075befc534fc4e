"""What the parts of one run share: the state, the providers, what was seen, what failed."""

import re
import threading
from dataclasses import dataclass, field
from typing import Final

from infra.embedded.engine.events import EventLog, Op
from infra.embedded.engine.ledger import Ledger
from infra.embedded.engine.project import Project
from infra.embedded.engine.provider import Existing, ProviderError, Subject
from infra.embedded.engine.records import Record
from infra.embedded.engine.registry import ProviderRegistry
from infra.embedded.engine.values import Secret
from infra.errors import RolloutError

#: Why an operation that was under way did not come to its end.
INTERRUPTED: Final = "cancelled while it was under way"
#: What the server calls a statement that a cancel has ended.
_QUERY_CANCELLED: Final = "SQLSTATE 57014"
_CODED: Final = re.compile(r"[A-Z]{2,}\d{3} ")


@dataclass
class Run:
    """One operation on one stack.

    `kept` holds the keys of the state that belong to the program's resources, `failed` the URNs that failed or were
    skipped, `condemned` the dependents that were deleted before their replaced root, each with the end of its deletion.
    """

    project: Project
    events: EventLog
    ledger: Ledger
    registry: ProviderRegistry
    preview: bool = False
    refresh: bool = False
    cancelled: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)
    kept: set[int] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    condemned: dict[int, threading.Event] = field(default_factory=dict)
    outputs: dict[str, object] = field(default_factory=dict)
    errored: bool = False

    def fail(self, urn: str, error: Exception, op: Op | None = None) -> None:
        """Report a failure and remember it: what needs this resource is skipped."""
        self.failed.add(urn)
        self.errored = True
        if urn and self.cancelled.is_set() and _is_cancellation(error):
            self.events.skipped(urn, INTERRUPTED, op)
        else:
            self.events.failed(urn, failure_text(urn, error), op)

    def skip(self, urn: str, because: str) -> None:
        """Report that a resource was not tried."""
        self.failed.add(urn)
        self.errored = True
        self.events.skipped(urn, because)

    def learn(self, record: Record) -> None:
        """Mask the secrets of a resource from now on."""
        self.events.hide(_secrets(record))


def subject_of(record: Record) -> Subject:
    """Return what a provider is told about which resource is meant."""
    return Subject(record.urn, record.type, record.name, record.id)


def existing_of(record: Record) -> Existing:
    """Return what a provider is told of the resource's state."""
    return Existing(record.inputs, record.outputs)


def is_coded(text: str) -> bool:
    """Tell whether the text begins with a code, and so says itself what it is about."""
    return bool(_CODED.match(text))


def failure_text(urn: str, error: Exception) -> str:
    """Return the error's own words when they carry a code, and ENG003 with them when not."""
    text = str(error)
    if isinstance(error, RolloutError) or is_coded(text):
        return text
    if isinstance(error, ProviderError):
        return str(RolloutError("ENG003", urn.rsplit("::", 1)[-1], text))
    return str(RolloutError("ENG003", urn.rsplit("::", 1)[-1], f"{type(error).__name__}: {text}"))


def _is_cancellation(error: Exception) -> bool:
    """Tell whether an operation failed because it was cancelled, in the provider's words or in the server's."""
    text = str(error)
    return getattr(error, "cancelled", False) or text.startswith("PRV004 ") or _QUERY_CANCELLED in text


def _secrets(record: Record) -> list[object]:
    values = (*record.inputs.values(), *record.outputs.values())
    return [value for value in values if isinstance(value, Secret | dict | list)]
