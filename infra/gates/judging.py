"""From figures to an outcome: no data, too few samples or a NaN is never enough, and never a failure either."""

from infra.gates.figures import Figures
from infra.gates.report import Judgement, Outcome
from infra.models.criterion import Comparison, Criterion, write_figure


def judge(criterion: Criterion, figures: Figures) -> Judgement:
    """Return what the figures come to for this criterion."""
    lack = _lack(criterion, figures)
    outcome, why = (Outcome.INCONCLUSIVE, lack) if lack else _compare(criterion, figures.finite)
    said = [why, _samples(figures.samples) if not lack else "", figures.detail]
    return Judgement(outcome, "; ".join(part for part in said if part), figures.finite, figures.samples)


def _samples(number: int) -> str:
    return f"{number} sample{'' if number == 1 else 's'}"


def _lack(criterion: Criterion, figures: Figures) -> str:
    """Return why the figures are not enough to go by; nothing when they are."""
    if figures.unusable:
        values = "value is" if figures.unusable == 1 else "values are"
        return f"{figures.unusable} {values} NaN or out of range"
    if not figures.samples:
        return "no data"
    if figures.samples < criterion.min_samples:
        return f"{figures.samples} of {criterion.min_samples} samples"
    parts = len(figures.values)
    if parts and len(figures.finite) == parts:
        return ""
    return f"no figure in {parts - len(figures.finite)} of {parts} parts of the window" if parts > 1 else "no figure"


def _compare(criterion: Criterion, values: tuple[float, ...]) -> tuple[Outcome, str]:
    success, failure = criterion.success, criterion.failure
    missed = [value for value in values if not success.holds(value)]
    if not missed:
        return Outcome.PASSED, write_figure(_worst(criterion, values), success.unit)
    part = f" in {len(missed)} of {len(values)} parts of the window" if len(values) > 1 else ""
    worst = _worst(criterion, missed)
    said = write_figure(worst, success.unit)
    if failure is None:
        return Outcome.FAILED, f"{said} is not {success}{part}"
    if failure.holds(worst):
        return Outcome.FAILED, f"{said} is {failure}, the limit for an alert; wanted is {success}{part}"
    return Outcome.INCONCLUSIVE, f"{said} lies between {success}, the target, and {failure}, an alert{part}"


def _worst(criterion: Criterion, values: tuple[float, ...] | list[float]) -> float:
    upward = criterion.success.comparison in {Comparison.ABOVE, Comparison.AT_LEAST}
    return min(values) if upward else max(values)
