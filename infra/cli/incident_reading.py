"""What the database says of a rollback: its ledger, the figures around it, the rows, and how it stands now."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from infra.backups.manifest import Backup, read_backup
from infra.cli.incident_window import Times, Window, find_window
from infra.cli.rollback_connection import Place, find_target
from infra.database.ledger import Entry, read_ledger
from infra.database.rollout import State, read_state
from infra.database.session import Session, open_session
from infra.errors import RolloutError
from infra.gates.spans import Kept, Span, read_kept, read_span
from infra.gates.watching import Reading, measure
from infra.report.scrubbing import scrub, scrub_values

_NAME: Final = "rollout incident"
T = TypeVar("T")


@dataclass(frozen=True)
class Known:
    """What was found out, as far as the database has answered; `problems` says what it has not, and why."""

    window: Window
    entries: list[Entry] = field(default_factory=list)
    state: State | None = None
    before: Span | None = None
    after: Span | None = None
    rows: list[Kept] = field(default_factory=list)
    readings: tuple[Reading, ...] = ()
    backup: Backup | None = None
    problems: tuple[str, ...] = ()

    @property
    def inside(self) -> list[Entry]:
        """The ledger's entries of that time."""
        return [entry for entry in self.entries if self.window.holds(entry)]


def read_known(place: Place, times: Times) -> Known:
    """Return what the database says; without it, what is known by the times alone.

    Raises:
        RolloutError: CLI001 for times that are none; why the database does not answer, where no time is given either.
    """
    now = datetime.now(UTC)
    try:
        with open_session(find_target(place), application_name=_NAME) as session:
            entries = [_scrubbed(entry) for entry in read_ledger(session)]
            return _read(session, find_window(times, entries, now), entries)
    except RolloutError as error:
        if error.code == "CLI001" or not (times.since or times.around):
            raise
        return Known(find_window(times, [], now), problems=(str(error),))


def _read(session: Session, window: Window, entries: list[Entry]) -> Known:
    problems: list[str] = []
    attempt = _Attempts(problems)
    return Known(
        window=window,
        entries=entries,
        state=attempt(None, lambda: read_state(session)),
        before=attempt(None, lambda: read_span(session, window.since, window.begun)),
        after=attempt(None, lambda: read_span(session, window.ended, window.until)),
        rows=attempt([], lambda: read_kept(session, window.begun)),
        readings=attempt((), lambda: measure(session)),
        backup=_last_backup(entries, window),
        problems=tuple(problems),
    )


def _scrubbed(entry: Entry) -> Entry:
    """Return an entry whose free words tell of no person but of those who acted."""
    return replace(entry, reason=scrub(entry.reason), details=scrub_values(entry.details))


class _Attempts:
    """Reads one thing after the other; what the database refuses is written down, and the rest still comes."""

    def __init__(self, problems: list[str]) -> None:
        self._problems = problems

    def __call__(self, otherwise: T, read: Callable[[], T]) -> T:
        try:
            return read()
        except RolloutError as error:
            self._problems.append(str(error))
            return otherwise


def _last_backup(entries: list[Entry], window: Window) -> Backup | None:
    """Return the newest proven backup from before the rollback, where its file is on this machine."""
    proven = [
        Path(str(entry.details.get("file", "")))
        for entry in entries
        if entry.event == "backup"
        and entry.details.get("verified") is True
        and (entry.recorded_at or window.until) < window.begun
    ]
    for file in reversed(proven):
        try:
            return read_backup(file)
        except RolloutError:
            continue
    return None
