"""An environment in a few words: the first of these that holds, and whatever else there is to say."""

from collections.abc import Iterator

from infra.models.alarm import AlarmSeverity
from infra.pipeline.phases import LAST
from infra.report.page.model import Environment, Level, Verdict


def verdict_of(here: Environment) -> Verdict:
    """Return what there is to say of it, the worst first."""
    bad, attention = tuple(_bad(here)), tuple(_attention(here))
    if here.phase is None:
        return _without_state(here)
    if bad:
        return Verdict(level=Level.BAD, title="needs action now", reasons=(*bad, *attention))
    if attention:
        return Verdict(level=Level.ATTENTION, title="needs a look", reasons=attention)
    return _on_the_way(here)


def _without_state(here: Environment) -> Verdict:
    reasons = tuple(f"{problem.part}: {problem.text}" for problem in here.problems)
    if here.server:
        return Verdict(level=Level.WAITING, title="nothing is deployed yet", reasons=reasons)
    return Verdict(level=Level.UNKNOWN, title="cannot be looked at", reasons=reasons)


def _bad(here: Environment) -> Iterator[str]:
    if here.latch:
        yield f"the kill switch is {here.latch}"
    yield from (f"incident: {line.sentence}" for line in here.incidents)
    for line in here.firing:
        if line.severity == AlarmSeverity.ROLLBACK:
            yield f"calls for a rollback: {line.condition} ({line.measured} now)"


def _attention(here: Environment) -> Iterator[str]:
    for line in here.firing:
        # The kill switch has been told of already.
        if line.severity != AlarmSeverity.ROLLBACK and line.name != "kill-switch-set":
            yield f"alarm {line.name}: {line.condition} ({line.measured} now)"
    changes = len(here.drift) - len(here.incidents)
    if changes:
        yield f"{changes} object{'s' if changes > 1 else ''} changed out of band"
    if here.lint:
        yield f"{len(here.lint)} finding{'s' if len(here.lint) > 1 else ''} of the rules"
    if here.file_phase is not None and here.file_phase != here.phase:
        yield f"the stack file is at phase {here.file_phase}, the database at phase {here.phase}"
    yield from (f"{problem.part} could not be looked at: {problem.text}" for problem in here.problems)


def _on_the_way(here: Environment) -> Verdict:
    if here.gate is None:
        return Verdict(level=Level.UNKNOWN, title="its gate was not measured")
    titles = [one.title for one in here.gate.criteria if not one.opens]
    shut = (f"not met: {', '.join(titles)}",) if titles else ()
    if here.phase == LAST:
        title = "meets the success criteria" if here.gate.opens else "the success criteria are not met yet"
        return Verdict(level=Level.GOOD if here.gate.opens else Level.WAITING, title=title, reasons=shut)
    if here.gate.opens:
        return Verdict(level=Level.GOOD, title=f"ready for phase {(here.phase or 0) + 1}", reasons=shut)
    return Verdict(level=Level.WAITING, title=f"gate {here.gate.number} is not passed yet", reasons=shut)
