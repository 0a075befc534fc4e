"""What happens in a run, for a progress display: values without secrets, delivered one at a time."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from infra.embedded.engine.values import SHORTEST_MASKED, secret_texts
from infra.errors import redact

Severity = Literal["debug", "info", "warning", "error"]


class Op(StrEnum):
    """What is done to a resource."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    IMPORT = "import"
    REFRESH = "refresh"


class Kind(StrEnum):
    """What an event tells."""

    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    MESSAGE = "message"


@dataclass(frozen=True)
class Difference:
    """One property that changes, secrets masked; `kind` is add, delete, update, or one of these with `-replace`."""

    path: str
    kind: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True)
class Event:
    """Something that happened. `urn` is empty for the run as a whole; `seconds` are since the run began."""

    kind: Kind
    urn: str = ""
    op: Op | None = None
    severity: Severity = "info"
    text: str = ""
    differences: tuple[Difference, ...] = ()
    seconds: float = 0.0


class EventLog:
    """Collects events, masks secrets in them, counts what was done, and passes each on."""

    def __init__(self, listener: Callable[[Event], None] | None = None) -> None:
        self._listener = listener
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._secrets: frozenset[str] = frozenset()
        self._changes: Counter[Op] = Counter()
        self.events: list[Event] = []

    def hide(self, values: Iterable[Any]) -> None:
        """Mask the texts within these secrets from now on."""
        texts = {text for value in values for text in secret_texts(value)}
        if not texts <= self._secrets:
            with self._lock:
                self._secrets |= texts

    def hide_text(self, text: str) -> None:
        """Mask this text from now on."""
        if len(text) >= SHORTEST_MASKED:
            self._secrets |= {text}

    def started(self, urn: str, op: Op, differences: tuple[Difference, ...] = ()) -> None:
        """Report that an operation begins."""
        self._emit(Kind.STARTED, urn, op=op, differences=differences)

    def done(self, urn: str, op: Op, differences: tuple[Difference, ...] = (), text: str = "") -> None:
        """Report and count an operation that has succeeded (in a preview: that would be carried out)."""
        self._emit(Kind.DONE, urn, op=op, differences=differences, text=text, counted=True)

    def noticed(self, urn: str, op: Op, differences: tuple[Difference, ...] = (), text: str = "") -> None:
        """Report an operation that is part of a larger one, such as the delete in a replacement."""
        self._emit(Kind.DONE, urn, op=op, differences=differences, text=text)

    def failed(self, urn: str, text: str, op: Op | None = None) -> None:
        """Report a failure: the run ends not ok."""
        self._emit(Kind.FAILED, urn, op=op, severity="error", text=text)

    def skipped(self, urn: str, text: str, op: Op | None = None) -> None:
        """Report what was not tried because something that it needs had failed."""
        self._emit(Kind.SKIPPED, urn, op=op, severity="warning", text=text)

    def message(self, severity: Severity, text: str, urn: str = "") -> None:
        """Report a line of a provider's, the program's or the engine's own."""
        self._emit(Kind.MESSAGE, urn, severity=severity, text=text)

    @property
    def changes(self) -> dict[Op, int]:
        """How often each operation succeeded."""
        return {op: self._changes[op] for op in Op if self._changes[op]}

    @property
    def errors(self) -> tuple[str, ...]:
        """The texts of the failures, in order."""
        return tuple(event.text for event in self.events if event.kind is Kind.FAILED)

    def _emit(self, kind: Kind, urn: str, *, text: str = "", counted: bool = False, **fields: Any) -> None:
        masked = redact(text, *self._secrets)
        event = Event(kind, urn, text=masked, seconds=time.monotonic() - self._started, **fields)
        with self._lock:
            self.events.append(event)
            if counted and event.op is not None:
                self._changes[event.op] += 1
            if self._listener is not None:
                self._listener(event)
