"""What is measured together, and how: each group is a query or two, read as the monitor."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from infra.database.metrics_rollup import has_rollup, read_standing, refresh
from infra.database.rollout import read_state
from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError
from infra.gates.figures import Figures, p95
from infra.gates.judging import judge
from infra.gates.queries import query_figures
from infra.gates.report import Outcome
from infra.gates.settings import as_set
from infra.gates.urls import url_figures
from infra.gates.watching import measure_catalog
from infra.models.alarm import MetricName
from infra.models.criterion import Baseline, Criterion, Measure, Reading, SqlSource, UrlSource
from infra.models.gate import GateSettings
from infra.monitoring.recent import Recent
from infra.monitoring.samples import Sample, figure
from infra.pipeline.alarms import MEASURED
from infra.pipeline.gates import criteria
from infra.pipeline.metrics import VALIDATION_PASSES, metric
from infra.pipeline.triggers_for_rollback import PROBES

#: What bounds everything that the monitor asks, whatever its login's own settings say.
LIMITS: Final = {"default_transaction_read_only": "on", "statement_timeout": "5s", "lock_timeout": "1s"}
#: What is not only read: the monitor keeps the rollup of the metrics up to date, so many hours at a time.
_WRITES: Final = {"default_transaction_read_only": "off"}
_READS: Final = {"default_transaction_read_only": "on"}
_ROLLUP_HOURS: Final = 6
_PERCENT: Final = 100
_BAND: Final = 10
#: So many answers are kept for a percentile.
_ANSWERS: Final = 100
#: Which name a criterion is about, and how its average becomes the figure.
FROM_WINDOWS: Final = {
    Measure.COMPLETION: ("stage_completion", _PERCENT),
    Measure.ALIGNMENT: ("cultural_alignment_score", 1),
}
Take = Callable[[Session], Iterable[Sample]]


@dataclass(frozen=True)
class Group:
    """A group: how it is measured, at least how many seconds apart, and which share of the time it may take."""

    name: str
    measure: Take
    share: float
    every: float = 0.0


@dataclass
class Measures:
    """Every group of one stack, and what they carry on from look to look."""

    gates: GateSettings
    api: str | None = None
    recent: Recent = field(default_factory=Recent)
    probes: deque[float] = field(default_factory=lambda: deque(maxlen=_ANSWERS))
    answers: deque[float] = field(default_factory=lambda: deque(maxlen=_ANSWERS))
    asked: deque[bool] = field(default_factory=lambda: deque(maxlen=_ANSWERS))
    phase: int | None = None

    def groups(self) -> tuple[Group, ...]:
        """Return the groups; together they may take 1.9 % of the database's time."""
        return (
            Group("rollout", self._rollout, 0.002),
            Group("recent", self.recent.measure, 0.005),
            Group("sessions", self._sessions, 0.002),
            Group("probe", self._probe, 0.001),
            Group("catalog", self._catalog, 0.002),
            Group("creators", self._creators, 0.002, 60),
            Group("economics", self._economics, 0.002, 60),
            Group("finished", self._finished, 0.001, 300),
            Group("gate", self._gate, 0.001, 300),
            Group("rollup", self._rollup, 0.001, 300),
        )

    def _rollout(self, session: Session) -> Iterator[Sample]:
        state = read_state(session)
        self.phase = state.phase if state else None
        if state is None:
            return
        yield Sample(MetricName.PHASE, state.phase)
        yield Sample(MetricName.LATCHED, float(state.latched))
        yield from (Sample(MetricName.FLAG, float(on), name) for name, on in state.flags.items())
        for row in session.query(catalog_query("monitor_members.sql")):
            yield Sample(MetricName.COHORT_MEMBERS, row["members"], row["kind"])
        backups = session.one(catalog_query("monitor_backups.sql"))
        assert backups
        yield from figure(MetricName.BACKUP_AGE, backups["taken"])
        yield from figure(MetricName.RESTORE_AGE, backups["proven"])

    def _rollup(self, session: Session) -> Iterator[Sample]:
        """Compute a few hours of the rollup of the metrics, where there is one, and tell how far behind it is."""
        if not has_rollup(session):
            return
        session.configure(_WRITES)
        try:
            refresh(session, _ROLLUP_HOURS)
        finally:
            session.configure(_READS)
        standing = read_standing(session)
        yield from figure(MetricName.ROLLUP_BEHIND, standing.behind if standing else None)

    def _sessions(self, session: Session) -> Iterator[Sample]:
        rows = session.query(catalog_query("monitor_sessions.sql"), {"seconds": _seconds(MetricName.ERRORS)})
        sessions, failed = sum(row["sessions"] for row in rows), sum(row["failed"] for row in rows)
        yield from figure(MetricName.ERRORS, _share(failed, sessions), samples=sessions)
        for row in rows:
            rate = _share(row["failed"], row["sessions"])
            yield from figure(MetricName.ERRORS_BY_STAGE, rate, row["stage"], samples=row["sessions"])

    def _finished(self, session: Session) -> Iterator[Sample]:
        finished = session.one(catalog_query("monitor_finished.sql"), {"seconds": _seconds(MetricName.PIPELINE_TIME)})
        assert finished
        yield from figure(MetricName.PIPELINE_TIME, finished["seconds"])

    def _probe(self, session: Session) -> Iterable[Sample]:
        begun = time.perf_counter()
        session.query(catalog_query("watch_probe.sql"))
        self.probes.append(1000 * (time.perf_counter() - begun))
        last = list(self.probes)[-PROBES:]
        return figure(MetricName.DATABASE_P95, p95(last), samples=len(last))

    def _catalog(self, session: Session) -> Iterator[Sample]:
        for reading in measure_catalog(session):
            yield from figure(MEASURED[reading.name], reading.value, samples=reading.samples)

    def _creators(self, session: Session) -> Iterator[Sample]:
        rows = session.query(catalog_query("monitor_creators.sql"))
        stages, points, bands = Counter[str](), Counter[str](), Counter[int]()
        for row in rows:
            stages[row["stage"]] += row["creators"]
            points[row["stage"]] += row["points"] or 0
            if row["band"] is not None:
                bands[row["band"]] += row["creators"]
        for stage, number in stages.items():
            yield Sample(MetricName.CREATORS, number, stage)
            yield Sample(MetricName.ALIGNMENT_BY_STAGE, points[stage] / number, stage)
        yield from (Sample(MetricName.ALIGNMENT_BAND, bands[band], _band(band)) for band in range(_BAND))
        yield from figure(MetricName.CONVERSION, _share(stages["completed"], stages.total()))

    def _economics(self, session: Session) -> Iterator[Sample]:
        rows = session.query(catalog_query("monitor_economics.sql"), {"passes": VALIDATION_PASSES})
        for row in rows:
            yield Sample(MetricName.REVENUE_MODELS, row["creators"], row["model"])
            yield from figure(MetricName.REVENUE, row["revenue"], row["model"])
        creators = sum(row["creators"] for row in rows)
        points = sum(row["points"] or 0 for row in rows)
        yield from figure(MetricName.VALIDATION, points / creators if creators else None)
        yield from figure(MetricName.VALIDATION_RATE, _share(sum(row["passed"] for row in rows), creators))

    def _gate(self, session: Session) -> Iterator[Sample]:
        """Measure what can be counted cheaply of the gate that the phase stands before; the rest is for `gate`."""
        for found in criteria(self.phase) if self.phase else ():
            wanted = as_set(found, self.gates)
            figures = self._figures(session, wanted)
            if figures is not None:
                judged = judge(wanted, figures)
                yield Sample(MetricName.CRITERION_PASSED, float(judged.outcome is Outcome.PASSED), wanted.name)
                yield from (Sample(MetricName.CRITERION, value, wanted.name) for value in judged.values[-1:])

    def _figures(self, session: Session, wanted: Criterion) -> Figures | None:
        """Return a criterion's figures: of a week of metrics from the windows, which are not read again for it."""
        source = wanted.source
        if not isinstance(source, SqlSource) or wanted.baseline is not Baseline.NONE or wanted.consecutive > 1:
            return None
        if source.measure not in FROM_WINDOWS:
            return query_figures(session, wanted, source, datetime.now(UTC), LIMITS)
        name, factor = FROM_WINDOWS[source.measure]
        cell = self.recent.over(name, wanted.window)
        if cell is None:
            return None
        value = None if cell.average is None else factor * cell.average
        return Figures((value,), cell.number, cell.unusable)

    def ask_api(self, stop: threading.Event) -> Iterable[Sample]:
        """Ask the API's URL once, and return what its last answers come to. The database has no part in it."""
        assert self.api
        try:
            found = url_figures(UrlSource(url=self.api, probes=1, reading=Reading.LATENCY), stop).finite
        except RolloutError:
            found = ()  # nobody answers: that counts, too
        self.asked.append(bool(found))
        self.answers.extend(found)
        last, good = list(self.answers)[-PROBES:], _share(sum(self.asked), len(self.asked))
        return (
            *figure(MetricName.API_P95, p95(last) if last else None, samples=len(last)),
            *figure(MetricName.API_UPTIME, good, samples=len(self.asked)),
        )


def _share(part: float, whole: float) -> float | None:
    return _PERCENT * part / whole if whole else None


def _seconds(name: MetricName) -> float:
    window = metric(name).window
    assert window
    return window.total_seconds()


def _band(number: int) -> str:
    return f"{number * _BAND}-{number * _BAND + (_BAND if number == _BAND - 1 else _BAND - 1)}"
