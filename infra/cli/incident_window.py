"""Which rollback an incident is about, and from when to when it is looked at."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from infra.cli.review_showing import read_time
from infra.cli.watch_clock import seconds_of
from infra.database.ledger import Entry
from infra.errors import RolloutError
from infra.pipeline.names import LEDGER_EVENTS

#: History shows whole seconds.
_SAME: timedelta = timedelta(seconds=1)
_ALWAYS = frozenset({"latch", "rollback", "removal"})


@dataclass(frozen=True)
class Window:
    """The rollback, from `begun` to `ended`, and the time around it."""

    since: datetime
    begun: datetime
    ended: datetime
    until: datetime

    def holds(self, entry: Entry) -> bool:
        """Whether something happened in that time."""
        return entry.recorded_at is not None and self.since <= entry.recorded_at <= self.until


@dataclass(frozen=True)
class Times:
    """The times that were asked for, as they were written."""

    around: str
    margin: str
    since: str
    until: str


def find_window(times: Times, entries: list[Entry], now: datetime) -> Window:
    """Return the rollback that was asked for and the time around it.

    Raises:
        RolloutError: CLI001 for a time that is none, or where there is no rollback and no time is given.
    """
    margin = timedelta(seconds=seconds_of("--margin", times.margin))
    since, until = read_time(times.since, "--since"), read_time(times.until, "--until")
    begun, ended = _rollback(times.around, entries, margin, since, until) or (None, None)
    if begun is None or ended is None:
        if since is None:
            fix = "say when: --around or --since with a time, such as 2030-01-31T18:00:00Z"
            raise RolloutError("CLI001", "incident", "the ledger tells of no rollback", fix=fix)
        begun = ended = min(until or now, now)
    window = Window(since or begun - margin, begun, ended, min(until or ended + margin, now))
    if not window.since < window.until:
        span = f"{window.since:%Y-%m-%d %H:%M:%S} to {window.until:%Y-%m-%d %H:%M:%S} UTC"
        raise RolloutError("CLI001", "incident", f"{span} is no time to look at", fix="give an earlier --since")
    return window


def is_rollback(entry: Entry) -> bool:
    """Whether an entry tells of a way back."""
    if entry.event == "phase":
        return entry.to_value < entry.from_value
    return entry.event in _ALWAYS


def _rollback(
    around: str, entries: list[Entry], margin: timedelta, since: datetime | None, until: datetime | None
) -> tuple[datetime, datetime] | None:
    back = [entry.recorded_at for entry in entries if is_rollback(entry) and entry.recorded_at]
    if not around:
        inside = [at for at in back if (since is None or since <= at) and (until is None or at < until)]
        return _chain(inside, inside[-1], margin) if inside else None
    at = _around(around, entries)
    return _chain([*back, at], at, margin)


def _around(around: str, entries: list[Entry]) -> datetime:
    """Return when that was: the newest entry of an event, or the time, to the second that an entry has it."""
    if around in LEDGER_EVENTS:
        found = [entry.recorded_at for entry in entries if entry.event == around and entry.recorded_at]
        if not found:
            raise RolloutError("CLI001", "--around", f"the ledger has no '{around}'", fix="look with `rollout history`")
        return found[-1]
    moment = read_time(around, f"--around (a time, or one of {', '.join(LEDGER_EVENTS)})")
    assert moment is not None
    known = [entry.recorded_at for entry in entries if entry.recorded_at]
    return next((at for at in known if moment <= at < moment + _SAME), moment)


def _chain(moments: Iterable[datetime], at: datetime, margin: timedelta) -> tuple[datetime, datetime]:
    """Return the first and the last of the ways back that follow one another: a kill switch, then the phase, say."""
    ordered = sorted({*moments})
    later, earlier = [m for m in ordered if m >= at], [m for m in reversed(ordered) if m <= at]
    return _last(earlier, lambda near, far: near - far <= margin), _last(later, lambda near, far: far - near <= margin)


def _last(ordered: list[datetime], close: Callable[[datetime, datetime], bool]) -> datetime:
    reached = ordered[0]
    for moment in ordered[1:]:
        if not close(reached, moment):
            break
        reached = moment
    return reached
