"""What is seen while a run goes on: a display that redraws itself on a terminal, plain lines elsewhere."""

import re
from types import TracebackType
from typing import Final, Protocol, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

from infra.cli.display import INDENT
from infra.cli.output import Output
from infra.cli.report import Action, Step
from infra.cli.wording import headline
from infra.embedded.engine.events import Event, Kind, Op

_STYLES: Final = {Kind.FAILED: "red", Kind.MESSAGE: "dim"}
#: In the words of a provider that waits for somebody, tries again or connects again: a person asks why nothing happens.
_HELD_UP: Final = re.compile(r"\b(waiting|trying|connecting again|for \d+ s now)\b")


class Watcher(Protocol):
    """Is told each event, one at a time, between `with` and its end."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End."""

    def on_event(self, event: Event) -> None:
        """Take one event."""


class PlainWatcher:
    """Writes a line for each change as it is done; nothing for a preview, which is shown as a whole."""

    def __init__(self, output: Output, action: Action, *, preview: bool) -> None:
        self._output = output
        self._action = action
        self._preview = preview

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing is left to do."""

    def on_event(self, event: Event) -> None:
        """Write the line of a finished operation."""
        text = "" if self._preview else held_up_line(event) or finished_line(event, self._action)
        if text:
            self._output.line(text, _STYLES.get(event.kind, ""))


class LiveWatcher:
    """Redraws how far the run is and what is under way; finished changes scroll by above it."""

    def __init__(self, output: Output, action: Action, *, preview: bool, total: int | None) -> None:
        self._action = action
        self._preview = preview
        self._running: dict[str, str] = {}
        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
            console=output.console,
            transient=True,
        )
        self._task = self._progress.add_task(self._doing(), total=total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()

    def on_event(self, event: Event) -> None:
        """Count a finished operation and say what is under way."""
        if event.kind is Kind.STARTED:
            self._running[event.urn] = event.urn.rpartition("::")[2]
        elif event.urn and event.kind is not Kind.MESSAGE and event.op is not Op.REFRESH:
            self._running.pop(event.urn, None)
            self._progress.advance(self._task)
        text = "" if self._preview else held_up_line(event) or finished_line(event, self._action)
        if text:
            self._progress.console.print(Text(text), soft_wrap=True)
        self._progress.update(self._task, description=self._doing())

    def _doing(self) -> str:
        words = "looking" if self._preview else {"up": "deploying"}.get(self._action.value, "working")
        return f"{words}: {next(reversed(self._running.values()))}" if self._running else words


def watch(output: Output, action: Action, *, preview: bool, total: int | None = None) -> Watcher:
    """Return what shows a run's progress on this output."""
    if output.live:
        return LiveWatcher(output, action, preview=preview, total=total)
    return PlainWatcher(output, action, preview=preview)


def held_up_line(event: Event) -> str:
    """Return the line for a message that says why a resource is not done yet, or nothing."""
    if event.kind is not Kind.MESSAGE or not event.urn or not _HELD_UP.search(event.text):
        return ""
    return f"{INDENT}{event.text}"


def finished_line(event: Event, action: Action) -> str:
    """Return the line for an operation that has ended and changed something, or nothing."""
    is_change = event.kind is Kind.DONE and event.op not in {None, Op.SAME, Op.REFRESH}
    if not event.urn or not (is_change or event.kind is Kind.FAILED):
        return ""
    step = Step(event.urn, event.op or Op.SAME, problem=event.text if event.kind is Kind.FAILED else "")
    if step.is_structure and event.kind is Kind.DONE:
        return ""
    told = f" ({event.text})" if event.kind is Kind.DONE and event.text else ""
    return headline(step, action, preview=False) + told
