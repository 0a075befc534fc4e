"""The head of a comment: one line to decide by, and below it a line for each kind of danger, the worst first."""

from collections.abc import Iterator
from typing import Final

from infra.ddl.statement import Lock
from infra.preview.document import HazardNote, LockedRelation, PlanDocument, PlannedStep
from infra.report.comment_words import (
    LONGEST_WORD,
    WORST,
    badness,
    by_weight,
    hazard_words,
    lock_name,
    lock_strength,
    many,
    narrowed,
    on_what,
    widened,
)
from infra.report.locks import APPLICATION, who_waits
from infra.report.markdown import code, length, prose

_SHOWN: Final = 3
_LONGEST: Final = 240
_LONGEST_REASON: Final = 300
_LONGEST_LINE: Final = 800
_WIDENED: Final = "ACCESS_WIDENED"
_NARROWED: Final = "ACCESS_NARROWED"
_DELETES: Final = "DELETES_DATA"


def verdict(plan: PlanDocument) -> str:
    """Return the one line: whether it can go ahead, and what becomes of data, access and whoever waits for a lock."""
    if not (changes(plan) or plan.errors or plan.drift or plan.hazards or plan.access):
        return "✅ **Nothing to do.** The database is as it is declared."
    if plan.errors and not (plan.objects or plan.hazards or plan.access):
        return f"{_decision(plan)} What it would change is not known."
    found = (
        _decision(plan),
        _first(plan),
        _incidents(plan),
        _data(plan),
        _access(plan),
        _longest_lock(plan),
        _way_back(plan),
    )
    return " ".join(filter(None, found))


def changes(plan: PlanDocument) -> int:
    """Return how many objects, other resources and properties of the rollout change."""
    flags = sum(flag.before is not flag.after for flag in plan.flags)
    phase = plan.phase.before != plan.phase.after
    return len(plan.objects) + len(plan.other) or flags + phase


def danger_lines(plan: PlanDocument) -> Iterator[str]:
    """Yield what was tampered with, and a line for each kind of hazard, the worst first."""
    yield from _line("a guard was weakened out of band", [item.sentence for item in plan.drift if item.incident])
    for kind, notes in _kinds(plan).items():
        told = {_WIDENED: widened, _NARROWED: narrowed}.get(kind, _untold)(plan)
        yield from _line(hazard_words(kind), told or list(map(told_of, notes)), _approvals(kind, notes))


def told_of(note: HazardNote) -> str:
    """Return what a hazard is about; the object is named once."""
    if not note.summary or note.object in note.summary:
        return note.summary or note.object
    return f"{note.object}: {note.summary}"


def _kinds(plan: PlanDocument) -> dict[str, list[HazardNote]]:
    """Return the hazards by their kinds. Wider access is one even where no step of a single object says so."""
    found: dict[str, list[HazardNote]] = {}
    stated = any(note.code == _WIDENED for note in plan.hazards)
    wider = [] if stated else [HazardNote(code=_WIDENED, object="", summary=sentence) for sentence in widened(plan)]
    for note in by_weight((*plan.hazards, *wider)):
        found.setdefault(note.code, []).append(note)
    return found


def _untold(_: PlanDocument) -> list[str]:
    return []


def _line(title: str, texts: list[str], approvals: str = "") -> Iterator[str]:
    every = list(dict.fromkeys(texts))
    if not every:
        return
    shown, room = [], _LONGEST_LINE
    for text in map(_cut, every[:_SHOWN]):
        room -= length(text)
        if room >= 0:
            shown.append(text)
    notes = ", ".join(filter(None, (f"{len(every):,}" if len(every) > 1 else "", approvals)))
    left = len(every) - len(shown)
    more = [f"… and {left:,} more"] if left else []
    yield f"- **{title[:1].upper()}{title[1:]}**{f' ({notes})' if notes else ''}: {'; '.join(shown + more)}"


def _cut(text: str) -> str:
    return prose(text, _LONGEST)


def _approvals(kind: str, notes: list[HazardNote]) -> str:
    """Return the hazard's code, by which it is approved, and whether it was."""
    needed = sum(note.needs_approval for note in notes)
    approved = sum(note.approval is not None and not note.needs_approval for note in notes)
    if needed:
        return f"{code(kind, LONGEST_WORD)}, {'not approved' if needed == len(notes) else f'{needed:,} not approved'}"
    return f"{code(kind, LONGEST_WORD)}{', approved' if approved == len(notes) else ''}"


def _decision(plan: PlanDocument) -> str:
    needed = sum(note.needs_approval for note in plan.hazards)
    # What only waits for approval is no refusal yet.
    errors = [error for error in plan.errors if not error.startswith("APP001 ")]
    if errors:
        reason = prose(errors[0].partition(" Allowed: ")[0].partition(" Fix: ")[0], _LONGEST_REASON)
        return f"🛑 **Refused{f', for {len(errors):,} reasons' if len(errors) > 1 else ''}:** {reason}"
    if plan.gate is not None and not plan.gate.passed:
        return f"🛑 **Refused:** gate {plan.gate.number} is {prose(plan.gate.verdict, LONGEST_WORD)}."
    if needed:
        return f"⚠️ **Needs approval of {many(needed, 'hazard')}** before `up` goes through."
    if not plan.hazards:
        return f"✅ **Safe:** {many(changes(plan), 'change')}, no hazard."
    return f"✅ **Can go ahead:** {many(len(plan.hazards), 'hazard')}, {_why_not_needed(plan)}."


def _why_not_needed(plan: PlanDocument) -> str:
    approved = sum(note.approval is not None for note in plan.hazards)
    if approved:
        rest = "each of them" if approved == len(plan.hazards) else f"{approved:,} of them"
        return f"{rest} approved" + ("" if approved == len(plan.hazards) else " and the others free")
    return "none of which needs approval" + ("" if plan.protected else " on a stack that is not protected")


def _first(plan: PlanDocument) -> str:
    made = all(item.action == "create" for item in plan.objects if item.kind != "Grant")
    return "A first deploy: nothing of the pipeline stands there yet." if plan.phase.before is None and made else ""


def _incidents(plan: PlanDocument) -> str:
    found = sum(item.incident for item in plan.drift)
    return f"⚠️ **{many(found, 'guard')} weakened out of band**, which `up` puts back." if found else ""


def _data(plan: PlanDocument) -> str:
    losing = sum(note.code == _DELETES for note in plan.hazards)
    if not losing:
        return "No data is lost."
    return f"**Data {'would be' if plan.errors else 'is'} lost** in {many(losing, 'object')}."


def _access(plan: PlanDocument) -> str:
    found = widened(plan)
    if any(badness(sentence) == WORST for sentence in found):
        return f"**Access is widened, for visitors without a login too** (anon, PUBLIC), in {many(len(found), 'way')}."
    if found:
        return f"**Access is widened** in {many(len(found), 'way')}."
    wider = any(note.code == _WIDENED for note in plan.hazards)
    return "**Access is widened.**" if wider else "Access is not widened."


def _longest_lock(plan: PlanDocument) -> str:
    """Return the lock that keeps most people waiting for longest; what is made just now nobody waits for."""
    made = {item.object for item in plan.objects if item.action == "create"}
    steps = [step for item in plan.objects for step in item.steps]
    taken = [(step, lock) for step in steps for lock in step.locks if lock.relation not in made]
    if not taken:
        return "Nothing that is there is locked." if steps else ""
    step, lock = max(taken, key=_weight)
    told = f"{lock_name(lock.lock)} on {on_what(lock)}"
    waiting = who_waits([Lock(lock.lock)]) if lock.lock in list(Lock) else "others"
    if not lock_strength(lock.lock) or waiting not in APPLICATION:
        return f"No reader or writer waits; the longest lock is {told}."
    return f"Longest lock: {told}, {'written anew meanwhile' if step.rewrites else 'not rewritten'}; {waiting} wait."


def _weight(taken: tuple[PlannedStep, LockedRelation]) -> tuple[bool, int, int, str]:
    step, lock = taken
    return step.rewrites, lock_strength(lock.lock), lock.bytes, lock.relation


def _way_back(plan: PlanDocument) -> str:
    stuck = sum(not item.reversible for item in plan.objects)
    if not any(item.steps for item in plan.objects):
        return ""
    return f"**{many(stuck, 'object')} cannot be taken back** by SQL." if stuck else "Every step can be taken back."
