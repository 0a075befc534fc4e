"""The words of a comment: hazards, locks, sizes and numbers, and which of them weighs more."""

import re
from typing import Final

from infra.ddl.statement import Lock
from infra.models.units import write_bytes
from infra.preview.document import ApprovalGiven, HazardNote, LockedRelation, PlanDocument
from infra.report.markdown import code, prose

#: What a reviewer decides by, in the order of its weight. A code that is not here comes right after the first five.
HAZARDS: Final = {
    "DELETES_DATA": "deletes data",
    "ACCESS_WIDENED": "access widened",
    "CORRECTNESS": "changes what is right",
    "REWRITE": "writes a table anew",
    "EXCLUSIVE_LOCK": "keeps others waiting",
    "POOLER_RESTART": "restarts the pooler",
    "CAPACITY_NARROWED": "less room for connections",
    "INDEX_DROPPED": "drops an index",
    "ACCESS_NARROWED": "access narrowed",
    "INDEX_BUILD": "builds an index",
}
#: The place of what reaches the whole world.
WORST: Final = 0
#: What should be a word or two is not longer.
LONGEST_WORD: Final = 60
_LONGEST_NAME: Final = 200
_UNKNOWN_WEIGHT: Final = 5
#: Whoever reads these sentences first sees the worst: the whole world, then a guard that is gone.
_WORST: Final = (re.compile(r"\b(?:anon|PUBLIC)\b"), re.compile(r"no WITH CHECK|no USING|row security|owner's rights"))


def hazard_words(hazard: str) -> str:
    """Return the hazard in words, as Markdown."""
    return HAZARDS.get(hazard) or prose(hazard.replace("_", " "), LONGEST_WORD).lower()


def hazard_weight(hazard: str) -> int:
    """Return the hazard's place among the others; the lowest is the worst."""
    known = tuple(HAZARDS)
    return known.index(hazard) * 2 if hazard in known else _UNKNOWN_WEIGHT * 2 - 1


def by_weight(hazards: tuple[HazardNote, ...]) -> list[HazardNote]:
    """Return the hazards, the worst first, and what nobody approved before the rest."""
    return sorted(hazards, key=lambda note: (hazard_weight(note.code), not note.needs_approval, badness(note.summary)))


def badness(sentence: str) -> int:
    """Return the place of a sentence about access among the others; the lowest is the worst."""
    return next((place for place, found in enumerate(_WORST) if found.search(sentence)), len(_WORST))


def widened(plan: PlanDocument) -> list[str]:
    """Return what may be done afterwards that could not be done before, the worst first."""
    return sorted((item.sentence for item in plan.access if item.widens), key=badness)


def narrowed(plan: PlanDocument) -> list[str]:
    """Return what may no longer be done."""
    return [item.sentence for item in plan.access if not item.widens]


def approval(given: ApprovalGiven | None, *, needed: bool) -> str:
    """Return who approved a hazard, until when and why, as Markdown; or whether anybody has to."""
    if given is None:
        return "**needed**" if needed else "not needed"
    where = f" ({code(given.where, 200)})" if given.where else ""
    who = f"by {prose(given.by, LONGEST_WORD)} until {prose(given.expires, LONGEST_WORD)}"
    text = f"{who}{where}: {prose(given.reason, 200)}"
    return f"**needed anew**; it was given {text}" if needed else text


def place(kind: str, identity: str) -> str:
    """Return the object as Markdown, such as table `public.creator_profiles`."""
    target, _, name = identity.partition(":")
    if kind == "Grant" and name:
        return f"grants on {prose(target)} {code(name)}"
    return f"{prose(kind).lower()} {code(identity)}"


def lock_name(lock: str) -> str:
    """Return the lock as PostgreSQL's documentation writes it, such as ACCESS EXCLUSIVE."""
    return Lock(lock).name.replace("_", " ") if lock in list(Lock) else prose(lock, LONGEST_WORD)


def lock_strength(lock: str) -> int:
    """Return how many of the locks a lock covers."""
    return sum(Lock(lock).covers(other) for other in Lock) if lock in list(Lock) else 0


def on_what(lock: LockedRelation) -> str:
    """Return what is locked with its size, as Markdown."""
    return f"{code(lock.relation, _LONGEST_NAME)} ({write_bytes(lock.bytes)}, about {many(lock.rows, 'row')})"


def many(number: int, word: str) -> str:
    """Return a number of things, such as ``1 row`` or ``100,000 rows``."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"
