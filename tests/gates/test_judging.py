"""From figures to an outcome, and from outcomes to a verdict, without a database."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.gates.figures import Figures, p95
from infra.gates.judging import judge
from infra.gates.report import GateReport, Outcome, Row
from infra.models.criterion import Comparison, Condition, Criterion, Severity, SqlSource, write_figure
from infra.models.gate import CriterionName

AT = datetime(2030, 1, 1, tzinfo=UTC)


def wanted(**given: Any) -> Criterion:
    return Criterion.model_validate(
        {
            "name": CriterionName.BETA_COMPLETION,
            "title": "it",
            "gate": 3,
            "source": SqlSource.model_validate({"measure": "completion"}),
            "window": "1d",
            "min_samples": 3,
            "success": Condition(comparison=Comparison.BELOW, threshold=100, unit="ms"),
        }
        | given
    )


@pytest.mark.parametrize(
    ("figures", "outcome", "why"),
    [
        (Figures((99.9,), 3), Outcome.PASSED, "99.9 ms; 3 samples"),
        (Figures((100.0,), 3), Outcome.FAILED, "100 ms is not < 100 ms; 3 samples"),
        (Figures((1.0,), 2), Outcome.INCONCLUSIVE, "2 of 3 samples"),
        (Figures((500.0,), 2), Outcome.INCONCLUSIVE, "2 of 3 samples"),
        (Figures((None,), 0), Outcome.INCONCLUSIVE, "no data"),
        (Figures((), 5), Outcome.INCONCLUSIVE, "no figure"),
        (Figures((None,), 5), Outcome.INCONCLUSIVE, "no figure"),
        (Figures((math.nan,), 5), Outcome.INCONCLUSIVE, "no figure"),
        (Figures((math.inf,), 5), Outcome.INCONCLUSIVE, "no figure"),
        (Figures((-math.inf,), 5), Outcome.INCONCLUSIVE, "no figure"),
        (Figures((1.0,), 5, unusable=2), Outcome.INCONCLUSIVE, "2 values are NaN or out of range"),
        (Figures((1.0, 2.0), 5, detail="told"), Outcome.PASSED, "2 ms; 5 samples; told"),
        (Figures((1.0, 200.0), 5), Outcome.FAILED, "200 ms is not < 100 ms in 1 of 2 parts of the window; 5 samples"),
        (Figures((1.0, None), 5), Outcome.INCONCLUSIVE, "no figure in 1 of 2 parts of the window"),
    ],
)
def test_judging(figures: Figures, outcome: Outcome, why: str) -> None:
    """NaN compares false with everything: it neither opens a gate nor fails it."""
    found = judge(wanted(), figures)
    assert found.outcome is outcome
    assert found.why == why
    assert all(map(math.isfinite, found.values))


def test_between_success_and_failure_is_neither() -> None:
    """A figure that nobody would be alarmed by is still not what is wanted."""
    criterion = wanted(failure=Condition(comparison=Comparison.ABOVE, threshold=300, unit="ms"))
    outcomes = {value: judge(criterion, Figures((value,), 3)).outcome for value in (99.0, 100.0, 300.0, 300.1)}
    assert list(outcomes.values()) == [Outcome.PASSED, Outcome.INCONCLUSIVE, Outcome.INCONCLUSIVE, Outcome.FAILED]


def test_p95_is_the_nearest_rank() -> None:
    assert p95([7.0]) == 7.0
    assert p95([float(number) for number in range(1, 21)]) == 19.0
    assert p95([float(number) for number in range(1, 101)]) == 95.0


def test_figures_are_told_from_their_threshold() -> None:
    assert write_figure(99.8999, "%") == "99.8999 %"
    assert write_figure(85.0, "") == "85"
    assert write_figure(1234567.8, "ms") == "1234568 ms"


def row(outcome: Outcome, severity: Severity = Severity.BLOCKING) -> Row:
    return Row("a-name", "a title", outcome, "> 1", "", "because", (1.0,), 3, "sql", severity)


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        (("passed", "attested"), "passed"),
        (("passed", "overridden"), "overridden"),
        (("overridden", "inconclusive"), "inconclusive"),
        (("inconclusive", "failed", "passed"), "failed"),
    ],
)
def test_the_worst_criterion_decides(outcomes: tuple[str, ...], verdict: str) -> None:
    rows = tuple(row(Outcome(outcome)) for outcome in outcomes)
    report = GateReport(1, AT, rows)
    assert report.verdict == verdict
    overridden = GateReport(1, AT, rows, overridden_by="Ada, until 2030-01-02: because")
    assert overridden.verdict.opens
    assert overridden.measured_verdict == verdict
    assert ("overridden by Ada" in overridden.lines()[0]) == (verdict in {"failed", "inconclusive"})


def test_a_warning_keeps_nothing_shut() -> None:
    """It stands in the table all the same."""
    report = GateReport(1, AT, (row(Outcome.FAILED, Severity.WARNING), row(Outcome.PASSED)), ("a note",))
    assert report.verdict is Outcome.PASSED
    assert report.lines() == [
        "gate 1: passed",
        "failed        a-name  > 1  because",
        "passed        a-name  > 1  because",
        "a note",
    ]
    assert report.evidence()["criteria"][0]["outcome"] == "failed"
