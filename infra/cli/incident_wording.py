"""An incident in words: the summary in numbers, the impact, what was done, and what stands open."""

from collections.abc import Iterator
from typing import Final

from infra.cli.history_run import evidence_lines, short
from infra.cli.incident_reading import Known
from infra.cli.incident_window import is_rollback
from infra.database.ledger import Entry
from infra.gates.spans import Span
from infra.gates.watching import Level
from infra.models.gate import CriterionName
from infra.pipeline.gates import criterion
from infra.pipeline.names import ARCHIVE
from infra.pipeline.phases import PHASES, phase
from infra.pipeline.triggers_for_rollback import TriggerName, trigger
from infra.preview.document import PlanDocument
from infra.report.incident import Compared, Happening, TableRows, Task
from infra.report.reviews import figure
from infra.report.scrubbing import scrub

_NONE: Final = "-"
_OFF: Final = "off"


def headline(stack: str, known: Known) -> str:
    """Return the rollback in a few words."""
    kinds = [_kind(entry) for entry in known.inside if is_rollback(entry)]
    what = " and ".join(dict.fromkeys(kinds)) or "no rollback is recorded"
    return f"{what}, stack {stack}, {known.window.begun:%Y-%m-%d %H:%M} UTC"


def _kind(entry: Entry) -> str:
    if entry.event == "latch":
        return "kill switch"
    if entry.event == "phase":
        return f"phase {entry.from_value} to {entry.to_value}"
    return "everything taken away" if entry.event == "removal" else f"{entry.subject or 'gradual'} rollback"


def happenings(known: Known) -> Iterator[Happening]:
    """Yield the ledger's entries of that time."""
    for entry in known.inside:
        change = (
            f"{entry.from_value or 'none'} → {entry.to_value or 'none'}" if entry.from_value or entry.to_value else ""
        )
        what = " ".join(filter(None, (entry.event, entry.subject if entry.subject != entry.event else "", change)))
        by = " ".join(filter(None, (entry.actor, f"(commit {short(entry.commit_id)})" if entry.commit_id else "")))
        at = f"{entry.recorded_at:%Y-%m-%d %H:%M:%S}" if entry.recorded_at else ""
        yield Happening(at, what, by, entry.reason, tuple(line.strip() for line in evidence_lines(entry.details)))


def summary(known: Known) -> Iterator[str]:
    """Yield what there is to say in numbers."""
    for entry in known.inside:
        if is_rollback(entry):
            why = f": {entry.reason}" if entry.reason else ""
            yield f"{entry.recorded_at:%H:%M:%S} UTC, {_kind(entry)}, by {entry.actor}{why}"
    before, after = known.before, known.after
    if before and after:
        yield f"sessions with errors: {_share(before)} before, {_share(after)} after"
    if known.rows:
        total, earlier = sum(row.rows for row in known.rows), sum(row.earlier for row in known.rows)
        yield f"{total} rows in {sum(bool(row.place) for row in known.rows)} tables, {earlier} of them from before it"
    lifted = [entry for entry in known.inside if entry.event == "unlatch"]
    if lifted and lifted[-1].recorded_at:
        yield f"the kill switch was lifted after {_minutes(known, lifted[-1])}"


def _minutes(known: Known, entry: Entry) -> str:
    assert entry.recorded_at
    return f"{(entry.recorded_at - known.window.begun).total_seconds() / 60:.0f} minutes"


def _share(span: Span) -> str:
    return f"{figure(span.error_share, '%')} ({span.failed} of {span.sessions})"


def impact(known: Known) -> Iterator[str]:
    """Yield how many creators it concerned, and who may enter now."""
    if known.before:
        span = known.before
        met = f"{span.failed_creators} of them met an error"
        yield f"{span.creators} creators began a session in the time before it, {met}"
    if known.after:
        yield f"{known.after.creators} creators have begun a session since"
    profiles = next((row for row in known.rows if row.table == "creator_profiles"), None)
    if profiles:
        yield f"{profiles.rows} creators have a profile, {profiles.earlier} of them from before it"
    changed = [entry for entry in known.inside if entry.event == "phase" and entry.from_value in _NUMBERS]
    if changed and known.state:
        was = phase(int(changed[0].from_value))
        yield f"who may enter: {was.enters} before, {phase(known.state.phase).enters} now"
    elif known.state:
        yield f"who may enter: {phase(known.state.phase).enters}"


_NUMBERS: Final = frozenset(str(item.number) for item in PHASES)


def flags_off(known: Known) -> Iterator[str]:
    """Yield the flags that were turned off in that time, and whether they are on again."""
    off = [entry for entry in known.inside if entry.event == "flag" and entry.to_value == _OFF]
    now = known.state.flags if known.state else {}
    for entry in off:
        yield f"{entry.subject} at {entry.recorded_at:%H:%M:%S} UTC" + (
            ", on again now" if now.get(entry.subject) else ""
        )


def figures(known: Known) -> Iterator[Compared]:
    """Yield what the gates and triggers look at, before and after."""
    before, after = known.before, known.after
    if before is None or after is None:
        return
    limit = trigger(TriggerName.ERROR_RATE)
    errors = criterion(CriterionName.PRODUCTION_ERRORS).success
    yield Compared("sessions", str(before.sessions), str(after.sessions))
    yield Compared(
        "sessions with errors", _share(before), _share(after), f"{errors}; rolled back above {limit.limit:g} %"
    )
    completion = criterion(CriterionName.PRODUCTION_COMPLETION).success
    yield Compared(
        "stages completed",
        _of(before.completion, "%", before.completions),
        _of(after.completion, "%", after.completions),
        str(completion),
    )
    alignment = criterion(CriterionName.PRODUCTION_ALIGNMENT).success
    yield Compared(
        "cultural alignment, average",
        _of(before.alignment, "points", before.alignments),
        _of(after.alignment, "points", after.alignments),
        str(alignment),
    )
    yield Compared(
        "stage time, p95",
        _of(before.stage_p95, "ms", before.stage_times),
        _of(after.stage_p95, "ms", after.stage_times),
    )


def _of(value: float | None, unit: str, samples: int) -> str:
    return f"{figure(value, unit)} (of {samples})" if samples else _NONE


def stages(known: Known) -> Iterator[str]:
    """Yield the stages with errors before the rollback, the worst first."""
    for item in known.before.stages if known.before else ():
        if item["failed"]:
            yield f"{item['stage']}: {item['failed']} of {item['sessions']} sessions with errors"


def done(known: Known) -> Iterator[str]:
    """Yield what people and commands have done from the rollback on."""
    for entry in known.inside:
        if entry.recorded_at and entry.recorded_at >= known.window.begun and entry.event not in {"cohort", "gate"}:
            change = f" {entry.from_value or 'none'} → {entry.to_value or 'none'}" if entry.to_value else ""
            yield f"{entry.recorded_at:%H:%M:%S} {entry.event} {entry.subject}{change}, by {entry.actor}"


def rows(known: Known) -> Iterator[TableRows]:
    """Yield each table's rows."""
    kept = {item.table.rpartition(".")[2]: item.rows for item in known.backup.manifest.tables} if known.backup else {}
    for row in known.rows:
        if not row.place:
            yield TableRows(row.table, "gone", _NONE, str(kept.get(row.table, _NONE)), _NONE)
            continue
        parked = f" in {ARCHIVE}" if row.place.startswith(f"{ARCHIVE}.") else ""
        backed_up = str(kept.get(row.table, _NONE))
        yield TableRows(row.table, f"{row.rows}{parked}", str(row.earlier), backed_up, str(row.deleted))


def rows_say(known: Known) -> str:
    """Return what the numbers of rows show."""
    gone = [row.table for row in known.rows if not row.place]
    if gone:
        return (
            f"Gone: {', '.join(gone)}. `rollout history --event removal` says who; `rollout backup list` what there is."
        )
    if known.backup is None:
        no_backup = "No proven backup from before it is on this machine to compare with."
        return f"No way back deletes a row; what the server counts as deleted was so by somebody else. {no_backup}"
    kept = {item.table.rpartition(".")[2]: item.rows for item in known.backup.manifest.tables}
    fewer = [
        f"{row.table} ({kept[row.table] - row.earlier} fewer)"
        for row in known.rows
        if row.earlier < kept.get(row.table, 0)
    ]
    taken = f"the backup of {known.backup.manifest.taken_at:%Y-%m-%d %H:%M} UTC"
    if not fewer:
        return f"Every table has at least the rows that {taken} has: no row was lost."
    return (
        f"Against {taken}: {', '.join(fewer)}. A user who is deleted takes their rows along; look whether that is all."
    )


def now(known: Known) -> Iterator[str]:
    """Yield each trigger as it is measured now."""
    for reading in known.readings:
        yield reading.describe()


def plan_lines(plan: PlanDocument | None, problem: str, before: PlanDocument | None) -> Iterator[str]:
    """Yield what an `up` would do now, and what the stored plan said."""
    if plan is None:
        yield problem
    else:
        yield f"{len(plan.objects)} objects would change; phase {plan.phase.before or 'none'} → {plan.phase.after}"
        yield from (f"changed by hand: {note.sentence}" for note in plan.drift)
        yield from (f"it would be refused: {scrub(text)}" for text in plan.errors)
    if before is not None:
        hazards = ", ".join(dict.fromkeys(note.code for note in before.hazards)) or "none"
        phases = f"phase {before.phase.before or 'none'} → {before.phase.after}"
        yield f"the stored plan: {phases}, {len(before.objects)} objects, hazards: {hazards}"


def tasks(stack: str, known: Known, file_phase: int | None, plan: PlanDocument | None) -> Iterator[Task]:
    """Yield what stands open: what the database shows, and then the guide's steps after a rollback."""
    name = f"--stack {stack}"
    state = known.state
    if any(entry.event == "latch" for entry in known.entries):
        text = "Lift the kill switch, once the cause is mended"
        clear = f'rollout rollback --clear --by "$USER" --why "mended" {name}'
        yield Task(text, done=bool(state and not state.latched), command=clear)
    if state and file_phase is not None:
        text = f"Bring Pulumi.{stack}.yaml (phase {file_phase}) and the database (phase {state.phase}) together"
        yield Task(text, done=file_phase == state.phase, command=f"rollout up {name}")
    for reading in known.readings:
        if reading.level is Level.FIRING:
            yield Task(f"Mend what still calls for a rollback: {reading.name}", command=f"rollout watch {name}")
    if plan is not None and plan.drift:
        yield Task("Find out who changed what by hand", command=f"rollout drift {name}")
    yield Task("Analyze the logs and figures of this folder, and write the root cause below")
    concerned = f" ({known.before.creators} creators)" if known.before else ""
    yield Task(f"Tell the users whom it concerned{concerned}")
    yield Task("Make the fix on staging first", command="rollout up --stack staging")
    yield Task("Test it there again before it is deployed", command="rollout verify --stack staging")
    yield Task("Pass the gate once more", command=f"rollout gate {name}")
    yield Task("Write down what was learned, and go through this page with everybody who took part")
