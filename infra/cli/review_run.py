"""The reviews of a stack, put together from its gates' criteria, its tables and its ledger."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Final

from infra.cli.gate_reading import gate_settings
from infra.cli.history_run import line_of
from infra.cli.preflight_run import COMPLETION_PERCENT
from infra.cli.rollback_connection import find_place, find_target
from infra.cli.rollback_immediate import require_state
from infra.config.editing import StackFile
from infra.database.ledger import Entry, read_ledger
from infra.database.rollout import State
from infra.database.session import Session, open_session
from infra.errors import RolloutError
from infra.gates.evaluation import evaluate_criterion
from infra.gates.report import Outcome, Row
from infra.gates.settings import as_set
from infra.gates.spans import Economics, Span, read_economics, read_span
from infra.models.criterion import AttestationSource, CloudWatchSource, Criterion, SqlSource
from infra.models.gate import CriterionName as Name
from infra.models.gate import GateSettings
from infra.pipeline import reviews
from infra.pipeline.gates import criterion
from infra.pipeline.metrics import VALIDATION_PASSES
from infra.pipeline.reviews import Aside, Contact, SuccessLine
from infra.report.reviews import Line, Review, Section, Verdict, figure, judged

_NAME: Final = "rollout review"
#: What happened that somebody has to look back at.
_ISSUES: Final = frozenset({"latch", "unlatch", "override", "rollback", "removal", "take-over"})


class Kind(StrEnum):
    """Which review."""

    WEEK_ONE = "week-one"
    SUCCESS = "success"


@dataclass(frozen=True)
class _Ground:
    """Where a review is made: the database, what the stack file says of the gates, and the time looked back at."""

    session: Session
    settings: GateSettings
    since: datetime
    until: datetime
    now: datetime

    def row(self, wanted: Criterion) -> Row:
        """Return a criterion as it was over the review's time; what is asked or attested is as it is now."""
        found = as_set(wanted, self.settings)
        counted = isinstance(found.source, SqlSource | CloudWatchSource)
        if counted:
            found = found.model_copy(update={"window": self.until - self.since})
        return evaluate_criterion(self.session, found, self.settings, self.until if counted else self.now)

    def line(self, guide: str, wanted: Criterion, attests: Contact, aside: str = "") -> Line:
        """Return a line of the guide, judged by a criterion."""
        return judged(guide, as_set(wanted, self.settings), self.row(wanted), attests, aside=aside)

    @cached_property
    def span(self) -> Span:
        """What creators did in it."""
        return read_span(self.session, self.since, self.until)

    @property
    def earlier(self) -> datetime:
        """The beginning of a time as long before it."""
        return self.since - (self.until - self.since)


def make_review(kind: Kind, stack: str, since: datetime | None, until: datetime | None) -> Review:
    """Return the review of a stack. Nothing is changed, but for what `verify` undoes.

    Raises:
        RolloutError: DB008 where nothing is rolled out, CLI001 for a time that ends before it begins.
        RolloutErrors: with every fault of what the stack file says of the gates.
    """
    place = find_place(stack)
    settings = gate_settings(StackFile(place.file), stack)
    with open_session(find_target(place), application_name=_NAME) as session:
        state, now = require_state(session, "review"), datetime.now(UTC)
        entries = read_ledger(session)
        begun = since or (_begun(entries, state) if kind is Kind.WEEK_ONE else (until or now) - reviews.WEEK)
        ended = min(now, until or (begun + reviews.WEEK))
        if ended <= begun:
            problem = f"the review would end at {ended:%Y-%m-%d %H:%M} UTC, before it begins"
            raise RolloutError("CLI001", "review", problem, fix="give --since a moment before --until, and before now")
        ground = _Ground(session, settings, begun, ended, now)
        title, make = _KINDS[kind]
        return Review(title, stack, state.phase, begun, ended, tuple(make(ground, entries, state)))


def _begun(entries: list[Entry], state: State) -> datetime:
    """Return when the phase that stands was entered last, as the ledger has it; the state knows its last change."""
    entered = [
        entry.recorded_at for entry in entries if entry.subject == "phase" and entry.to_value == str(state.phase)
    ]
    return next((at for at in reversed(entered) if at), state.changed_at)


def _success(ground: _Ground, _entries: list[Entry], _state: State) -> Iterator[Section]:
    for group in dict.fromkeys(item.group for item in reviews.SUCCESS):
        yield Section(group, tuple(_line(ground, item) for item in reviews.SUCCESS if item.group == group))


def _week_one(ground: _Ground, entries: list[Entry], state: State) -> Iterator[Section]:
    yield Section(reviews.AGAINST_SUCCESS, tuple(_line(ground, item) for item in reviews.SUCCESS))
    yield Section(reviews.FEEDBACK_AND_TICKETS, tuple(_heard(ground)))
    yield Section(reviews.AGAINST_BENCHMARKS, tuple(_benchmarks(ground)))
    yield _issues(ground, entries, state)


_KINDS: Final = {
    Kind.WEEK_ONE: ("Week-one review", _week_one),
    Kind.SUCCESS: ("Success criteria", _success),
}


def _line(ground: _Ground, item: SuccessLine) -> Line:
    if item.aside is Aside.ROW_SECURITY:
        return _audited(ground, item)
    aside = _ASIDES[item.aside](ground) if item.aside else ""
    return ground.line(item.guide, criterion(item.criterion), item.attests, aside)


def _audited(ground: _Ground, item: SuccessLine) -> Line:
    """Return the line on audits: what the proof of row security finds stands against any word."""
    proof = ground.row(criterion(Name.ROW_SECURITY_PROVEN))
    aside = f"row security tried as each role: {proof.why}"
    if proof.outcome is not Outcome.FAILED:
        return ground.line(item.guide, criterion(item.criterion), item.attests, aside)
    return Line(item.guide, Verdict.NOT_MET, proof.measured, proof.target, aside, item.attests)


def _economics(ground: _Ground) -> str:
    now = read_economics(ground.session, ground.since, ground.until)
    before = read_economics(ground.session, ground.earlier, ground.since)
    return f"{_projected(now)}; as long before: {_projected(before)}"


def _projected(found: Economics) -> str:
    if not found.validated:
        return "no projection was validated"
    revenue, passed = figure(found.revenue, "dollars a month"), figure(found.passed, "%")
    return f"{found.validated} projections of {revenue} on average, {passed} with {VALIDATION_PASSES} points or more"


def _feedback(ground: _Ground) -> str:
    found = ground.span
    return f"{found.feedback} of {found.sessions} sessions have feedback; what it says is for people to read"


def _engagement(ground: _Ground) -> str:
    before = read_span(ground.session, ground.earlier, ground.since)
    return f"{ground.span.creators} creators began a session, {before.creators} in as long a time before"


_ASIDES: Final = {
    Aside.ECONOMICS: _economics,
    Aside.FEEDBACK: _feedback,
    Aside.ENGAGEMENT: _engagement,
}


def _heard(ground: _Ground) -> Iterator[Line]:
    """Yield what was heard of users: the database holds feedback and no tickets, and judges neither."""
    found = ground.span
    unmeasured = Verdict.UNMEASURED
    yield Line(
        "User feedback reviewed", unmeasured, f"{found.feedback} sessions with feedback", "-", "", Contact.RESEARCH
    )
    tickets = "tickets are kept elsewhere"
    yield Line("Support tickets reviewed", unmeasured, "-", "-", tickets, Contact.PRODUCT)


def _benchmarks(ground: _Ground) -> Iterator[Line]:
    """Yield the guide's benchmarks before a deployment, measured once more."""
    wanted = (
        ("API response time: <200ms p95", criterion(Name.PRODUCTION_API_LATENCY)),
        ("Database query time: <100ms p95", criterion(Name.DATABASE_LATENCY)),
        (
            f"Pipeline completion rate: >{COMPLETION_PERCENT:g}%",
            criterion(Name.PRODUCTION_COMPLETION).with_threshold(COMPLETION_PERCENT),
        ),
        ("Error rate: <1%", criterion(Name.PRODUCTION_ERRORS)),
    )
    for guide, found in wanted:
        is_asked = isinstance(found.source, AttestationSource)
        yield ground.line(guide, found, Contact.PLATFORM if is_asked else Contact.DATABASE)


def _issues(ground: _Ground, entries: list[Entry], state: State) -> Section:
    """Return what the ledger has of trouble in the time; only a kill switch that is still set is known to be open."""
    found = [entry for entry in entries if _is_issue(entry) and ground.since <= (entry.recorded_at or ground.now)]
    found = [entry for entry in found if (entry.recorded_at or ground.now) < ground.until]
    still = f"the kill switch is set, by {state.latched_by}: {state.latched_reason}" if state.latched else ""
    line = Line(
        "Issues are recorded, and none is open",
        Verdict.NOT_MET if state.latched else Verdict.MET,
        f"{len(found)} recorded",
        "none open",
        still or ("each with who and why in the ledger" if found else "nothing happened that is one"),
        Contact.PLATFORM if state.latched else "",
    )
    return Section(reviews.ISSUES, (line,), tuple(line_of(entry) for entry in found))


def _is_issue(entry: Entry) -> bool:
    refused = entry.event == "gate" and entry.details.get("allowed") is False
    return entry.event in _ISSUES or refused
