"""The monitor itself: looks at the database in turns, goes on when it is gone, and comes back when it is."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError, RolloutErrors
from infra.models.alarm import MetricName
from infra.monitoring.groups import LIMITS, Measures
from infra.monitoring.pacing import Load, Pace
from infra.monitoring.samples import Sample, Store

Open = Callable[[], Session]
Publish = Callable[[Iterable[Sample]], None]
Tell = Callable[[str], None]

#: The connection is gone, or the server does not answer: everything is to be begun anew.
_GONE: Final = frozenset({"DB001", "DB002", "DB012", "DB013", "PRV004"})
#: Pauses before another connection double, from the first to the longest, in seconds.
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
#: How often a connection that is not used is looked at.
NOTICE_SECONDS: Final = 1.0
#: CloudWatch counts minutes.
PUBLISH_SECONDS: Final = 60.0


@dataclass
class Monitor:
    """Measures one stack until it is told to stop. `open` connects; `publish` tells CloudWatch, where that is asked."""

    open: Open
    measures: Measures
    store: Store
    interval: float
    role: str = ""
    """The role to read as, where the login is another one."""
    publish: Publish | None = None
    tell: Tell = lambda _: None
    load: Load = field(default_factory=Load)
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._session: Session | None = None
        self._paces = [Pace(group, self.interval) for group in self.measures.groups()]
        self._pause = FIRST_PAUSE
        self._retry_at = 0.0
        self._published_at = 0.0
        self._told = ""

    def run(self) -> None:
        """Look again and again, until `stop` is set."""
        try:
            while not self.stop.is_set():
                begun = time.monotonic()
                self.turn()
                spent = time.monotonic() - begun
                self._rest(max(self.interval - spent, 0.1) if self.store.health.up else self._until_retry())
        finally:
            self.close()

    def _rest(self, seconds: float) -> None:
        """Wait, and notice within a second when the server ends the connection meanwhile."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self.stop.wait(min(left, NOTICE_SECONDS)):
            session = self._session
            if session is not None and session.has_news() and not session.is_alive():
                self._lost(str(_ended()))
                return

    def turn(self) -> None:
        """Measure what is due, ask the API, and publish what there is; whatever goes wrong is told, not raised."""
        try:
            self._look()
        except (RolloutError, RolloutErrors) as error:
            self._lost(str(error))
        except Exception as error:  # noqa: BLE001 - a monitor that ends tells nobody anything
            self._lost(f"an unexpected failure ({type(error).__name__})")
        if self.measures.api is not None:
            self.store.keep("api", self.measures.ask_api(self.stop), 3 * self.interval)
        self._tell_cloudwatch()

    def _look(self) -> None:
        if time.monotonic() < self._retry_at:
            return
        session = self._connected()
        due = [pace for pace in self._paces if time.monotonic() >= pace.due]
        for pace in due:
            if not self.stop.is_set():
                self._measure(session, pace)
        if not due and not session.is_alive():
            raise _ended()
        self.store.set_up()
        self._pause = FIRST_PAUSE
        self._say("")
        self.store.keep("monitor", [Sample(MetricName.LOAD, self.load.percent())], 3 * self.interval)

    def _connected(self) -> Session:
        if self._session is None:
            session = self.open()
            try:
                session.configure(LIMITS)
                self._take_role(session)
            except BaseException:
                session.close()
                raise
            self._session = session
        return self._session

    def _take_role(self, session: Session) -> None:
        if self.role:
            session.query(catalog_query("set_config.sql"), {"names": ["role"], "values": [self.role], "local": False})

    def _measure(self, session: Session, pace: Pace) -> None:
        group, begun = pace.group, time.monotonic()
        try:
            samples = list(group.measure(session))
        except RolloutError as error:
            self._took(pace, begun)
            if error.code in _GONE:
                raise
            self.store.fail(group.name, str(error))
            self._say(f"{group.name}: {error}")
            return
        self._took(pace, begun)
        self.store.keep(group.name, samples, pace.fresh)

    def _took(self, pace: Pace, begun: float) -> None:
        now = time.monotonic()
        pace.took(now - begun, now)
        self.load.add(now - begun)

    def _lost(self, reason: str) -> None:
        """Let go of the connection, say why, and wait before the next one."""
        self.close()
        self.store.set_down(reason)
        self._say(reason)
        self._retry_at = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def _until_retry(self) -> float:
        return min(max(self._retry_at - time.monotonic(), 0.1), self.interval)

    def close(self) -> None:
        """Let go of the connection."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _tell_cloudwatch(self) -> None:
        if self.publish is None or time.monotonic() < self._published_at + PUBLISH_SECONDS:
            return
        try:
            self.publish(self.store.fresh())
        except RolloutError as error:
            self.store.fail("cloudwatch", str(error))
            self._say(f"cloudwatch: {error}")
        else:
            self.store.keep("cloudwatch", (), 3 * PUBLISH_SECONDS)
        self._published_at = time.monotonic() - self.interval / 2

    def _say(self, text: str) -> None:
        """Say what has changed; the same is not said again."""
        if text != self._told:
            self._told = text
            self.tell(text or "the database answers")


def _ended() -> RolloutError:
    fix = "start the server; the monitor connects again by itself"
    return RolloutError("DB001", "database", "the server has ended the connection", fix=fix)
