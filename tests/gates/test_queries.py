"""The measures of the pipeline's tables: figures on each side of each threshold, too few, none, and no numbers."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from infra.ddl.templates import catalog_query
from infra.gates.queries import query_name
from infra.gates.report import Outcome
from infra.models.criterion import SqlSource
from infra.models.gate import CriterionName as Name
from infra.pipeline.gates import CRITERIA, criterion
from infra.pipeline.names import STAGES
from tests.gates.ground import Ground, settings

PASSED: Final = Outcome.PASSED
FAILED: Final = Outcome.FAILED
OPEN: Final = Outcome.INCONCLUSIVE


def _shares(ones: int, of: int) -> list[int]:
    return [1] * ones + [0] * (of - ones)


METRICS: Final[list[tuple[Name, str, Iterable[Any], Outcome, str]]] = [
    (Name.BETA_COMPLETION, "stage_completion", _shares(87, 100), PASSED, "87 %; 100 samples"),
    (Name.BETA_COMPLETION, "stage_completion", _shares(85, 100), OPEN, "85 % lies between > 85 %, the target, and"),
    (Name.BETA_COMPLETION, "stage_completion", _shares(70, 100), OPEN, "70 % lies between"),
    (Name.BETA_COMPLETION, "stage_completion", _shares(69, 100), FAILED, "69 % is < 70 %, the limit for an alert"),
    (Name.BETA_COMPLETION, "stage_completion", _shares(12, 12), OPEN, "12 of 30 samples"),
    (Name.BETA_COMPLETION, "stage_completion", [], OPEN, "no data"),
    (Name.BETA_COMPLETION, "stage_completion", [*_shares(99, 99), "NaN"], OPEN, "1 value is NaN or out of range"),
    (Name.BETA_COMPLETION, "stage_completion", [5] * 40, OPEN, "40 values are NaN or out of range"),
    (Name.BETA_COMPLETION, "stage_completion", _shares(29, 100), FAILED, "29 % is < 70 %"),
    (Name.WIDER_COMPLETION, "stage_completion", _shares(81, 100), PASSED, "81 %; 100 samples"),
    (Name.WIDER_COMPLETION, "stage_completion", _shares(80, 100), OPEN, "80 % lies between"),
    (Name.WIDER_COMPLETION, "stage_completion", _shares(99, 99), OPEN, "99 of 100 samples"),
    (Name.PRODUCTION_COMPLETION, "stage_completion", _shares(60, 100), FAILED, "60 % is < 70 %"),
    (Name.ALIGNMENT_AVERAGE, "cultural_alignment_score", [70.01] * 100, PASSED, "70.01 points; 100 samples"),
    (Name.ALIGNMENT_AVERAGE, "cultural_alignment_score", [70] * 100, OPEN, "70 points lies between > 70 points"),
    (Name.ALIGNMENT_AVERAGE, "cultural_alignment_score", [59] * 100, FAILED, "59 points is < 60 points"),
    (Name.ALIGNMENT_AVERAGE, "cultural_alignment_score", [90, "NaN"] * 60, OPEN, "60 values are NaN or out of range"),
    (Name.PRODUCTION_ALIGNMENT, "cultural_alignment_score", [75] * 100, OPEN, "75 points lies between"),
    (Name.ALIGNMENT_TREND, "cultural_alignment_score", range(40, 80), PASSED, "1440 points a day; 40 samples"),
    (Name.ALIGNMENT_TREND, "cultural_alignment_score", [70.37] * 40, FAILED, "0 points a day is not > 0 points a day"),
    (Name.ALIGNMENT_TREND, "cultural_alignment_score", range(80, 40, -1), FAILED, "-1440 points a day is not > 0"),
    (Name.ALIGNMENT_TREND, "cultural_alignment_score", range(29), OPEN, "29 of 30 samples"),
    (Name.ALIGNMENT_TREND, "cultural_alignment_score", [*range(40), "NaN"], OPEN, "1 value is NaN or out of range"),
]


def test_figures_of_metrics(ground: Ground) -> None:
    """Each side of each threshold, the threshold itself, too few samples, none, and values that are no figures."""
    profile = ground.creator()
    for name, metric, values, outcome, why in METRICS:
        ground.clear()
        ground.metrics(profile, metric, values)
        row = ground.row(name)
        assert (row.outcome, row.why[: len(why)]) == (outcome, why), (name, row)


def test_only_the_window_counts(ground: Ground) -> None:
    """What is older, or of a time to come, is no evidence; another window takes it in."""
    profile = ground.creator()
    ground.metrics(profile, "stage_completion", _shares(100, 100), ago=timedelta(days=8))
    ground.metrics(profile, "stage_completion", _shares(100, 100), ago=timedelta(days=-1))
    assert ground.row(Name.BETA_COMPLETION).why == "no data"
    row = ground.row(Name.BETA_COMPLETION, settings(criteria={"beta-completion": {"window": "30d"}}))
    assert (row.outcome, row.samples) == (PASSED, 100)


def test_every_part_of_the_window_must_succeed(ground: Ground) -> None:
    """A good week does not hide a bad day, nor a day without figures."""
    profile = ground.creator()
    daily = criterion(Name.BETA_COMPLETION).model_copy(update={"consecutive": 7})
    for day in range(7):
        ground.metrics(profile, "stage_completion", _shares(20, 20), ago=timedelta(days=day, hours=1))
    assert ground.found(daily).outcome is PASSED
    ground.metrics(profile, "stage_completion", _shares(0, 20), ago=timedelta(days=3, hours=1))
    assert "50 % is < 70 %, the limit for an alert; wanted is > 85 % in 1 of 7 parts" in ground.found(daily).why
    ground.run(
        "DELETE FROM public.pipeline_metrics WHERE recorded_at BETWEEN %s AND %s",
        ground.now - timedelta(days=4),
        ground.now - timedelta(days=3),
    )
    assert ground.found(daily).why == "no figure in 1 of 7 parts of the window"


def test_errors(ground: Ground) -> None:
    """An error is anything in error_logs that is not empty; nobody's sessions are no evidence of none."""
    profile = ground.creator()
    assert ground.row(Name.SLA_ERRORS).why == "no data"
    ground.sessions(profile, ["completed"] * 6)
    assert ground.row(Name.SLA_ERRORS).why == "6 of 100 samples"
    assert ground.row(Name.NO_CRITICAL_ERRORS).why == "6 of 7 samples"
    ground.sessions(profile, ["completed"] * 192)
    for empty in ("[]", "null", '""'):
        ground.sessions(profile, ["completed"], empty)
    assert (ground.row(Name.SLA_ERRORS).outcome, ground.row(Name.SLA_ERRORS).why) == (PASSED, "0 %; 201 samples")
    for logs, outcome in (('{"e": 1}', PASSED), ('["boom"]', PASSED), ('"x"', OPEN), ("1", OPEN), ('{"e": 1}', FAILED)):
        ground.sessions(profile, ["completed"], logs)
        assert {ground.row(name).outcome for name in (Name.SLA_ERRORS, Name.PRODUCTION_ERRORS)} == {outcome}


def test_stages_completed_by_the_cohort(ground: Ground) -> None:
    """All seven stages by somebody of the cohort; a stranger's do not count, and what is missing is named."""
    member, other, stranger = ground.creator("team"), ground.creator("beta"), ground.creator()
    ground.sessions(stranger, STAGES)
    assert ground.row(Name.STAGES_COMPLETED).why.startswith("no data")
    ground.sessions(member, [*STAGES[:5], *STAGES[:2]])
    row = ground.row(Name.STAGES_COMPLETED)
    assert row.outcome is FAILED
    assert row.why == ("5 stages is not ≥ 7 stages; 7 samples; not completed: training-path-selection, completed")
    ground.sessions(other, STAGES[5:])
    assert ground.row(Name.STAGES_COMPLETED).outcome is PASSED


def test_beta_creators_in(ground: Ground) -> None:
    """Beta creators with a profile count, each once; the team, strangers and those who wait do not."""
    assert ground.row(Name.BETA_CREATORS).why.startswith("no data")
    for kind in ("team", None):
        ground.creator(kind)
    ground.stage.user("beta")
    for _ in range(24):
        ground.creator("beta")
    row = ground.row(Name.BETA_CREATORS)
    assert (row.outcome, row.why) == (FAILED, "24 creators is not ≥ 25 creators; 25 samples; of 25 let in")
    ground.creator("beta")
    assert ground.row(Name.BETA_CREATORS).outcome is PASSED
    assert ground.row(Name.WIDER_CREATORS).outcome is FAILED


def test_stage_time_against_phase_2(ground: Ground) -> None:
    """The p95 of now against that of phase 2's time, which the ledger tells: at most 10 % slower."""
    profile = ground.creator()
    ground.metrics(profile, "stage_processing_time", [1000] * 30)
    row = ground.row(Name.STAGE_TIME)
    assert (row.outcome, row.why) == (OPEN, "no data; p95 1000 ms of 30 now, - ms of 0 in phase 2")
    ground.backdate({"2": timedelta(days=20), "3": timedelta(days=10)})
    ground.metrics(profile, "stage_processing_time", [1000] * 19, ago=timedelta(days=15))
    assert ground.row(Name.STAGE_TIME).why.startswith("19 of 20 samples; p95 1000 ms of 30 now, 1000 ms of 19")
    ground.metrics(profile, "stage_processing_time", [1000], ago=timedelta(days=14))
    # Neither phase nor window: between the two.
    ground.metrics(profile, "stage_processing_time", [90000] * 50, ago=timedelta(days=9))
    assert (ground.row(Name.STAGE_TIME).outcome, ground.row(Name.STAGE_TIME).values) == (PASSED, (0.0,))
    ground.metrics(profile, "stage_processing_time", [1100] * 20)
    assert ground.row(Name.STAGE_TIME).outcome is PASSED
    ground.metrics(profile, "stage_processing_time", [1101] * 20)
    row = ground.row(Name.STAGE_TIME)
    assert (row.outcome, row.why[:32]) == (FAILED, "10.1 % slower is not ≤ 10 % slow")
    ground.metrics(profile, "stage_processing_time", ["NaN"])
    assert ground.row(Name.STAGE_TIME).why.startswith("1 value is NaN or out of range")


def test_a_phase_that_is_left_and_entered_again_is_one_baseline(ground: Ground) -> None:
    """Every stay in the phase counts, and what falls into both it and the window counts for it alone."""
    profile = ground.creator()
    ground.backdate({"2": timedelta(days=20), "1": timedelta(days=18), "3": timedelta(days=2)})
    ground.backdate({"2 ": timedelta(days=50)})
    ground.run(
        "SET session_replication_role = replica; "
        "UPDATE pipeline_private.rollout_ledger SET to_value = '2' WHERE to_value = '2 '"
    )
    for days in (19, 45):
        ground.metrics(profile, "stage_processing_time", [1000] * 10, ago=timedelta(days=days))
    ground.metrics(profile, "stage_processing_time", [900] * 20)
    assert ground.row(Name.STAGE_TIME).why.endswith("p95 900 ms of 20 now, 1000 ms of 20 in phase 2")


def test_a_query_that_fails_leaves_its_criterion_open(ground: Ground) -> None:
    """A table that is not there is no evidence, and the other criteria are measured all the same."""
    ground.run("DROP TABLE public.pipeline_metrics CASCADE")
    row = ground.row(Name.BETA_COMPLETION)
    assert row.outcome is OPEN
    assert row.why.startswith("DB003 database")
    assert "does not exist" in row.why
    assert "\n" not in row.why
    assert ground.row(Name.BETA_CREATORS).why.startswith("no data")


def test_every_measure_has_its_query() -> None:
    """Also for those that no test seeds."""
    for found in CRITERIA:
        if isinstance(found.source, SqlSource):
            assert catalog_query(query_name(found.source, found.baseline)), found.name
