"""The parts of a comment below its head, each with its place and its weight."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from infra.preview.document import HazardNote, LintFinding, PlanDocument, PlannedObject, PlannedStep
from infra.report.comment_section import Section, Weight
from infra.report.comment_sql import sql_sections
from infra.report.comment_words import (
    LONGEST_WORD,
    approval,
    by_weight,
    lock_name,
    many,
    narrowed,
    on_what,
    place,
    widened,
)
from infra.report.markdown import block, code, length, prose, table

#: What the list of every hazard may take at most.
_ROOM: Final = 14_000
_LONGEST: Final = 400
_LONGEST_REASON: Final = 1_000
_NONE: Final = "-"


def sections(plan: PlanDocument) -> list[Section]:
    """Return every part that has something to say, in the order in which they are read."""
    found = (
        *_errors(plan),
        *_hazards(plan),
        *_rollout(plan),
        *_gate(plan),
        *_access(plan),
        *_steps(plan),
        *sql_sections(plan),
        *_drift(plan),
        *_lint(plan),
        *_other(plan),
        _commands(plan),
    )
    return list(found)


def _errors(plan: PlanDocument) -> Iterator[Section]:
    if plan.errors:
        lines = [f"- {prose(error, _LONGEST_REASON)}" for error in plan.errors]
        yield Section(f"Why it is refused ({len(lines):,})", "\n".join(_fitting(lines)), Weight.REASONS)


def _hazards(plan: PlanDocument) -> Iterator[Section]:
    """Yield every hazard by code and object, as it is approved; what finds no room is counted by its kind."""
    notes = by_weight(plan.hazards)
    rows, room = [], _ROOM
    for note in notes:
        given = approval(note.approval, needed=note.needs_approval)
        row = (code(note.code), code(note.object), prose(note.summary, _LONGEST), given)
        room -= length(" | ".join(row)) + 5
        if room < 0:
            break
        rows.append(row)
    if notes:
        text = table(("hazard", "object", "what", "approval"), rows) + _not_shown(notes[len(rows) :])
        title = f"Hazards by code and object, as they are approved ({len(notes):,})"
        yield Section(title, text, Weight.REASONS, closed=True)


def _not_shown(notes: list[HazardNote]) -> str:
    if not notes:
        return ""
    kinds = Counter(note.code for note in notes)
    counts = ", ".join(f"{number:,} × {code(kind, LONGEST_WORD)}" for kind, number in kinds.items())
    return f"\n\n**{many(len(notes), 'hazard')} more are not shown here:** {counts}."


def _rollout(plan: PlanDocument) -> Iterator[Section]:
    phase, cohort = plan.phase, plan.cohort
    rows = [
        ("phase", _number(phase.before), str(phase.after)),
        *((code(flag.name), _switch(on=flag.before), _switch(on=flag.after)) for flag in plan.flags),
        ("who may enter", prose(cohort.audience_before or _NONE), prose(cohort.audience_after or _NONE)),
        ("members of the cohort", _number(cohort.members_before), str(cohort.members_after)),
        ("places for beta creators", _cap(cohort.cap_before), _cap(cohort.cap_after)),
    ]
    changed = [row for row in rows if row[1] != row[2]]
    parts = [table(("", "from", "to"), changed)] if changed else []
    same = "; ".join(f"{what}: {value}" for what, before, value in rows if before == value != _NONE)
    parts += [f"As before: {same}."] if same else []
    yield Section("Phase, flags and cohort", "\n\n".join(parts), Weight.COURSE)


def _number(value: int | None) -> str:
    return _NONE if value is None else f"{value:,}"


def _cap(value: int | None) -> str:
    return "no limit of its own" if value is None else f"{value:,}"


def _switch(*, on: bool | None) -> str:
    return _NONE if on is None else "on" if on else "off"


def _gate(plan: PlanDocument) -> Iterator[Section]:
    gate = plan.gate
    if gate is None:
        return
    rows = (
        (
            code(row.name),
            prose(row.verdict) if row.verdict in {"passed", "attested"} else f"**{prose(row.verdict)}**",
            prose(row.measured or _NONE),
            prose(row.allowed or _NONE),
            prose(row.window or _NONE),
            f"{row.samples:,}",
            prose(row.note, _LONGEST),
        )
        for row in gate.criteria
    )
    head = ("criterion", "verdict", "measured", "allowed", "window", "samples", "why")
    lines = [f"- overridden: {prose(text, _LONGEST)}" for text in gate.overrides]
    lines += [f"- {prose(text, _LONGEST)}" for text in gate.notes]
    text = "\n\n".join(part for part in (table(head, rows) if gate.criteria else "", "\n".join(lines)) if part)
    yield Section(f"Gate {gate.number}: {prose(gate.verdict, LONGEST_WORD)}", text, Weight.GATE)


def _access(plan: PlanDocument) -> Iterator[Section]:
    for title, sentences, weight in (
        ("Who may do more", widened(plan), Weight.WIDENED),
        ("Who may do less", narrowed(plan), Weight.NARROWED),
    ):
        if sentences:
            yield Section(f"{title} ({len(sentences):,})", _list(sentences), weight, len(sentences))


def _list(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {prose(sentence, _LONGEST_REASON)}" for sentence in sentences)


def _steps(plan: PlanDocument) -> Iterator[Section]:
    rows = [_step_row(item, step) for item in plan.objects for step in item.steps]
    if rows:
        head = ("object", "change", "lock", "rewrite", "can be taken back")
        yield Section(f"Steps ({len(rows):,})", table(head, rows), Weight.STEPS, len(rows))


def _step_row(item: PlannedObject, step: PlannedStep) -> Sequence[str]:
    return (
        place(item.kind, item.object),
        f"{item.action}: {prose(step.summary, _LONGEST)}" if item.action != "change" else prose(step.summary, _LONGEST),
        ", ".join(f"{lock_name(lock.lock)} on {on_what(lock)}" for lock in step.locks) or _NONE,
        "**yes**" if step.rewrites else "no",
        "yes" if item.reversible else "**no**",
    )


def _drift(plan: PlanDocument) -> Iterator[Section]:
    incidents = [item.sentence for item in plan.drift if item.incident]
    others = [item.sentence for item in plan.drift if not item.incident]
    if not plan.drift:
        return
    parts = [f"**Incidents: a guard was weakened past the program.**\n\n{_list(incidents)}"] if incidents else []
    parts += [f"Other changes:\n\n{_list(others)}"] if others else []
    text = "\n\n".join(parts) + "\n\n`up` puts back what was changed."
    yield Section(f"Changed out of band since the last `up` ({len(plan.drift):,})", text, Weight.DRIFT)


def _lint(plan: PlanDocument) -> Iterator[Section]:
    if plan.lint.new:
        text = "\n".join(map(_finding, plan.lint.new))
        yield Section(f"New findings of the rules ({len(plan.lint.new):,})", text, Weight.NEW_LINT)
    if plan.lint.old:
        title = f"Old findings of the rules ({len(plan.lint.old):,}), not of this change"
        yield Section(title, "\n".join(map(_finding, plan.lint.old)), Weight.OLD_LINT, closed=True)


def _finding(found: LintFinding) -> str:
    page = f" ({code(found.page)})" if found.page else ""
    return f"- {code(found.rule)} {code(found.object)}: {prose(found.problem, _LONGEST)}{page}"


def _other(plan: PlanDocument) -> Iterator[Section]:
    if plan.other:
        rows = ((code(item.type), code(item.name), prose(item.action)) for item in plan.other)
        title = f"Resources outside the database ({len(plan.other):,})"
        yield Section(title, table(("type", "name", "action"), rows), Weight.OTHER, len(plan.other))


def _commands(plan: PlanDocument) -> Section:
    wanted = (
        ("apply this", plan.commands.up),
        ("go one phase up afterwards", plan.commands.advance),
        ("go down again: no row is lost", plan.commands.roll_back),
    )
    lines = (f"{command}  # {what}" for what, command in wanted if command)
    return Section("Commands", block("\n".join(lines), "sh"), Weight.COURSE)


def _fitting(lines: Sequence[str]) -> Iterator[str]:
    """Yield as many lines as there is room for, and how many are not shown."""
    room = _ROOM
    for number, line in enumerate(lines):
        room -= length(line) + 1
        if room < 0:
            yield f"- **{len(lines) - number:,} more are not shown here.**"
            return
        yield line
