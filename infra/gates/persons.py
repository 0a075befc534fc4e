"""What persons say: attestations that a criterion is met, and overrides; each holds until the moment it names."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from infra.gates.report import Judgement, Outcome
from infra.models.criterion import AttestationSource, Criterion
from infra.models.gate import Attestation, CriterionName, GateSettings, Override
from infra.models.moments import first_moment, last_moment, write_span

#: A figure of somebody's own monitoring is believed so long after the day that it was taken on.
_BELIEVED_FOR: Final = timedelta(days=30)


def holding(overrides: Iterable[Override], gate: int | CriterionName, now: datetime) -> Override | None:
    """Return the override of this gate or criterion that holds now, the one that does so longest."""
    found = [override for override in overrides if override.gate == gate and now < last_moment(override.until)]
    return max(found, key=lambda override: last_moment(override.until), default=None)


def describe(said: Override | Attestation) -> str:
    """Return who, until when and why, in one line."""
    return f"{said.by}, until {said.until}: {said.why}"


def attested(criterion: Criterion, settings: GateSettings, now: datetime) -> Judgement:
    """Return whether somebody's word for this criterion holds now."""
    given = [said for said in settings.attestations if said.gate is criterion.name]
    stale = [(said, _staleness(said, criterion, now)) for said in given]
    sound = [said for said, reason in stale if not reason]
    if sound:
        longest = max(sound, key=lambda said: last_moment(said.until))
        return Judgement(Outcome.ATTESTED, f"by {describe(longest)}", samples=1)
    if stale:
        return Judgement(Outcome.INCONCLUSIVE, "; ".join(reason for _, reason in stale))
    return Judgement(Outcome.INCONCLUSIVE, _how(criterion))


def _staleness(said: Attestation, criterion: Criterion, now: datetime) -> str:
    """Return why the word does not hold; nothing when it does."""
    if now >= last_moment(said.until):
        return f"GATE003 the attestation by {said.by} held until {said.until}"
    if said.at is None:
        return ""
    if now < first_moment(said.at):
        return f"GATE003 the attestation by {said.by} is of a day to come, {said.at}"
    believed = criterion.window if _is_word(criterion) else _BELIEVED_FOR
    if now >= last_moment(said.at) + believed:
        return f"GATE003 the attestation by {said.by} is of {said.at}, more than {write_span(believed)} ago"
    return ""


def _is_word(criterion: Criterion) -> bool:
    return isinstance(criterion.source, AttestationSource) and criterion.source.reading is None


def _how(criterion: Criterion) -> str:
    name = criterion.name.value
    ask = f"{{gate: {name}, by: …, why: …, until: …}} to attestations"
    if _is_word(criterion):
        return f"nobody has attested it: add {ask}"
    where = criterion.asks_as.value if criterion.asks_as else name
    return f"nobody measures it: set gates.{where}.url or .cloudwatch, or add {ask}"


def expired(settings: GateSettings, gate: int, names: Iterable[CriterionName], now: datetime) -> Iterator[str]:
    """Yield a line for each override of this gate, or of one of its criteria, that holds no longer."""
    concerned = {gate, *names}
    for override in settings.overrides:
        if override.gate in concerned and now >= last_moment(override.until):
            what = f"gate {override.gate}" if isinstance(override.gate, int) else override.gate.value
            yield f"GATE003 the override of {what} by {override.by} held until {override.until}: it does not count"


def uncounted(settings: GateSettings, wanted: Iterable[Criterion]) -> Iterator[str]:
    """Yield a line for each attestation of a criterion that is measured: nobody's word stands in for a figure."""
    measured = {criterion.name for criterion in wanted if not isinstance(criterion.source, AttestationSource)}
    for said in settings.attestations:
        if said.gate in measured:
            yield f"GATE003 the attestation of {said.gate} by {said.by} does not count: it is measured"
