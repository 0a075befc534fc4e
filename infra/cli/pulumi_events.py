"""Turns the events of Pulumi's own engine into the steps of a report."""

import re
import threading
from typing import Any, Final

from pulumi.automation.events import EngineEvent, StepEventMetadata

from infra.cli.report import Message, Step
from infra.embedded.engine import paths
from infra.embedded.engine.events import Difference, Op, Severity

#: Pulumi's finer operations by the one that tells what becomes of the resource; those left out are parts of others.
_OPS: Final = {
    "same": Op.SAME,
    "create": Op.CREATE,
    "update": Op.UPDATE,
    "delete": Op.DELETE,
    "replace": Op.REPLACE,
    "create-replacement": Op.REPLACE,
    "refresh": Op.REFRESH,
    "import": Op.IMPORT,
    "import-replacement": Op.IMPORT,
    "discard": Op.DELETE,
}
_SEVERITIES: Final[dict[str, Severity]] = {"info": "info", "info#err": "info", "warning": "warning", "error": "error"}
_COLOUR_TAG: Final = re.compile(r"<\{%.*?%\}>")


class Collector:
    """Takes events, one at a time, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._steps: dict[str, StepEventMetadata] = {}
        self._failed: set[str] = set()
        self._messages: list[Message] = []

    def on_event(self, event: EngineEvent) -> None:
        """Take one event."""
        with self._lock:
            self._take(event)

    def steps(self) -> tuple[tuple[Step, ...], tuple[Message, ...]]:
        """Return what became of each resource, and what concerns none."""
        with self._lock:
            about: dict[str, list[Message]] = {}
            for message in self._messages:
                about.setdefault(message.urn if message.urn in self._steps else "", []).append(message)
            steps = [self._step(urn, metadata, about.get(urn, [])) for urn, metadata in self._steps.items()]
            return tuple(steps), tuple(about.get("", []))

    def _take(self, event: EngineEvent) -> None:
        if event.res_outputs_event is not None:
            self._take_step(event.res_outputs_event.metadata)
        elif event.resource_pre_event is not None:
            self._take_step(event.resource_pre_event.metadata)
        elif event.res_op_failed_event is not None:
            self._take_step(event.res_op_failed_event.metadata)
            self._failed.add(event.res_op_failed_event.metadata.urn)
        elif event.diagnostic_event is not None:
            self._take_diagnostic(event.diagnostic_event)

    def _take_step(self, metadata: StepEventMetadata) -> None:
        known = self._steps.get(metadata.urn)
        op = _OPS.get(metadata.op.value)
        # A refresh comes before the operation that it leads to, the deletion of a replaced one after it.
        replaced = known is not None and _OPS.get(known.op.value) is Op.REPLACE
        if op is not None and not replaced:
            self._steps[metadata.urn] = metadata

    def _take_diagnostic(self, event: Any) -> None:
        severity = _SEVERITIES.get(event.severity)
        text = _COLOUR_TAG.sub("", event.message).strip()
        if severity is not None and text and not event.ephemeral:
            self._messages.append(Message(severity, text, event.urn or ""))

    def _step(self, urn: str, metadata: StepEventMetadata, messages: list[Message]) -> Step:
        problems = [message.text for message in messages if message.severity == "error"]
        problem = "\n".join(problems) or ("it failed" if urn in self._failed else "")
        others = tuple(message for message in messages if message.severity != "error")
        return Step(urn, _operation(metadata), _changes(metadata), others, problem)


def _operation(metadata: StepEventMetadata) -> Op:
    """Return the operation; a refresh is what it found."""
    op = _OPS[metadata.op.value]
    if op is not Op.REFRESH:
        return op
    if metadata.new is None:
        return Op.DELETE
    return Op.UPDATE if metadata.detailed_diff else Op.SAME


def _changes(metadata: StepEventMetadata) -> tuple[Difference, ...]:
    return tuple(
        _difference(path, change.diff_kind.value, metadata)
        for path, change in sorted((metadata.detailed_diff or {}).items())
    )


def _difference(path: str, kind: str, metadata: StepEventMetadata) -> Difference:
    try:
        steps = paths.parse(path)
    except ValueError:
        return Difference(path, kind)
    before = paths.look_up((metadata.old and metadata.old.inputs) or {}, steps)
    after = paths.look_up((metadata.new and metadata.new.inputs) or {}, steps)
    return Difference(path, kind, before, after)
