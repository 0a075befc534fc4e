"""Turns the embedded engine's events into the steps of a report."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from infra.cli.report import Message, Step
from infra.embedded.engine.events import Difference, Event, Kind, Op

#: Of two operations on one resource in one run, the one that tells more is the step's.
_RANK: Final = {
    Op.SAME: 0,
    Op.REFRESH: 0,
    Op.DELETE: 1,
    Op.CREATE: 2,
    Op.UPDATE: 2,
    Op.IMPORT: 3,
    Op.REPLACE: 4,
}


@dataclass
class _Seen:
    op: Op | None = None
    changes: tuple[Difference, ...] = ()
    messages: list[Message] = field(default_factory=list)
    problem: str = ""
    settled: bool = False


def steps_of(events: Iterable[Event]) -> tuple[tuple[Step, ...], tuple[Message, ...]]:
    """Return what became of each resource, in the order in which they were done, and what concerns none."""
    seen: dict[str, _Seen] = {}
    general: list[Message] = []
    for event in events:
        if not event.urn:
            general += _general(event)
            continue
        _take(seen.setdefault(event.urn, _Seen()), event)
        if event.kind is Kind.DONE and event.op is not Op.REFRESH:
            seen[event.urn] = seen.pop(event.urn)
    steps = [_step(urn, item) for urn, item in seen.items() if item.settled]
    loose = [message for item in seen.values() if not item.settled for message in item.messages]
    return tuple(steps), (*general, *loose)


def _general(event: Event) -> list[Message]:
    if event.kind is Kind.FAILED:
        return [Message("error", event.text)]
    return [Message(event.severity, event.text)] if event.text and event.severity != "debug" else []


def _take(seen: _Seen, event: Event) -> None:
    match event.kind:
        case Kind.MESSAGE:
            message = Message(event.severity, event.text, event.urn)
            if event.severity != "debug" and message not in seen.messages:
                seen.messages.append(message)
        case Kind.FAILED | Kind.SKIPPED:
            seen.problem = f"{seen.problem}\n{event.text}".strip()
            seen.op, seen.settled = seen.op or event.op, True
        case Kind.DONE if event.op is Op.REFRESH:
            seen.messages.append(Message("info", event.text, event.urn))
        case Kind.DONE | Kind.STARTED if event.op is not None:
            _take_operation(seen, event.op, event.differences)
            seen.settled |= event.kind is Kind.DONE


def _take_operation(seen: _Seen, op: Op, differences: tuple[Difference, ...]) -> None:
    if seen.op is None or _RANK[op] >= _RANK[seen.op]:
        seen.op = op
    seen.changes = differences or seen.changes


def _step(urn: str, seen: _Seen) -> Step:
    return Step(urn, seen.op or Op.SAME, seen.changes, tuple(seen.messages), seen.problem)
