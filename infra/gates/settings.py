"""A criterion as the stack file wants it: its own threshold, window and samples, and where the API is measured."""

from collections.abc import Iterator

from pydantic import ValidationError

from infra.errors import RolloutError
from infra.models.base import faults_of
from infra.models.criterion import AttestationSource, CloudWatchSource, Criterion, Source, UrlSource
from infra.models.gate import CriterionName, CriterionSettings, GateSettings
from infra.pipeline.gates import CRITERIA, RUNS

_UNSET = CriterionSettings()


def settings_faults(settings: GateSettings, path: str = "gates") -> list[RolloutError]:
    """Return what no single value shows: a threshold out of reach, or a criterion that is measured in one way only."""
    return [
        fault
        for criterion in CRITERIA
        if criterion.name in settings.criteria
        for fault in _faults(criterion, settings, f"{path}.{criterion.name}")
    ]


def _faults(criterion: Criterion, settings: GateSettings, path: str) -> Iterator[RolloutError]:
    given = settings.criteria[criterion.name]
    asked = {"url": given.url, "cloudwatch": given.cloudwatch}
    named = [key for key, value in asked.items() if value is not None]
    if len(named) > 1:
        yield RolloutError(
            "GATE005", path, "it has both a url and a metric", allowed="one", fix="remove one of the two"
        )
    if named and not _is_askable(criterion):
        yield RolloutError(
            "GATE005",
            f"{path}.{named[0]}",
            f"{criterion.title} is not measured there",
            allowed=f"for {', '.join(found.name for found in CRITERIA if _is_askable(found))}",
            fix="remove it",
        )
    if given.cloudwatch is not None and settings.aws is None:
        problem = "nobody says where AWS is asked"
        yield RolloutError("GATE005", f"{path}.cloudwatch", problem, fix="add `aws` with a region to the stack file")
    try:
        _with_threshold(criterion, given)
    except ValidationError as error:
        yield from faults_of(error, f"{path}.threshold", Criterion)


def _is_askable(criterion: Criterion) -> bool:
    return isinstance(criterion.source, AttestationSource) and criterion.source.reading is not None


def _with_threshold(criterion: Criterion, given: CriterionSettings) -> Criterion:
    return criterion if given.threshold is None else criterion.with_threshold(given.threshold)


def as_set(criterion: Criterion, settings: GateSettings) -> Criterion:
    """Return the criterion with what the stack file says of it.

    Raises:
        pydantic.ValidationError: `settings_faults` tells of it beforehand.
    """
    given = settings.criteria.get(criterion.name, _UNSET)
    changed = _with_threshold(criterion, given)
    values = {"window": given.window, "min_samples": given.min_samples}
    changed = changed.model_copy(update={name: value for name, value in values.items() if value is not None})
    return changed.model_copy(update={"source": _source(changed, settings)})


def _source(criterion: Criterion, settings: GateSettings) -> Source:
    """Return the URL or metric that is asked in place of a person, if the stack file names one."""
    source = criterion.source
    if not isinstance(source, AttestationSource) or source.reading is None:
        return source
    for name in (criterion.name, criterion.asks_as):
        given = _given(settings, name)
        if given.cloudwatch is not None:
            return CloudWatchSource(metric=given.cloudwatch)
        if given.url is not None:
            return UrlSource(url=given.url, probes=max(RUNS, criterion.min_samples), reading=source.reading)
    return source


def _given(settings: GateSettings, name: CriterionName | None) -> CriterionSettings:
    return settings.criteria.get(name, _UNSET) if name else _UNSET
