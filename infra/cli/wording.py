"""How steps and values read in lines of text: pure, without colours."""

import json
from collections.abc import Mapping
from typing import Any, Final

from infra.cli.report import Action, Step, presentable
from infra.embedded.engine.events import Difference, Op

FAILED: Final = "failed"
UNTRIED: Final = "not tried"
#: What becomes of a resource that stands for an object that must not be there: nothing is created.
ABSENT: Final = "absent"
LONGEST: Final = 60
#: How much of what is equal is shown before the first difference of two long values.
CONTEXT: Final = 12
ELLIPSIS: Final = "…"

SIGNS: Final = {
    Op.CREATE: "+",
    Op.UPDATE: "~",
    Op.REPLACE: "±",
    Op.DELETE: "-",
    Op.IMPORT: "=",
    Op.REFRESH: "~",
    Op.SAME: " ",
}
DONE: Final = {
    Op.CREATE: "created",
    Op.UPDATE: "updated",
    Op.REPLACE: "replaced",
    Op.DELETE: "deleted",
    Op.IMPORT: "imported",
    Op.REFRESH: "refreshed",
    Op.SAME: "unchanged",
}
PLANNED: Final = {
    Op.CREATE: "create",
    Op.UPDATE: "update",
    Op.REPLACE: "replace",
    Op.DELETE: "delete",
    Op.IMPORT: "import",
    Op.REFRESH: "refresh",
    Op.SAME: "unchanged",
}
#: A refresh changes the state alone: its words are about what the database has become.
DRIFTED: Final = {Op.UPDATE: "changed by hand", Op.DELETE: "gone"}


def verb(op: Op, action: Action, *, preview: bool) -> str:
    """Return what is done to a resource, or was."""
    if action is Action.REFRESH and op in DRIFTED:
        return DRIFTED[op]
    return (PLANNED if preview else DONE)[op]


def outcome(step: Step, words: Mapping[Op, str]) -> str:
    """Return what became of a step, in one of the words or as a failure."""
    if step.problem:
        return UNTRIED if step.untried else FAILED
    return ABSENT if step.keeps_away and step.op is Op.CREATE else words[step.op]


def headline(step: Step, action: Action, *, preview: bool) -> str:
    """Return the step as one line."""
    word = outcome(step, {step.op: verb(step.op, action, preview=preview)})
    sign = "!" if step.problem else " " if word == ABSENT else SIGNS[step.op]
    return f"{sign} {word:<9} {step.kind} {step.name}"


def change_line(change: Difference) -> str:
    """Return one property's change: old → new, shortened."""
    before, after = presentable(change.before), presentable(change.after)
    replaces = " (needs a replacement)" if change.kind.endswith("-replace") else ""
    kind = change.kind.removesuffix("-replace")
    if kind == "add" or (before is None and after is not None):
        return f"{change.path}: + {shorten(text_of(after))}{replaces}"
    if kind == "delete" or (after is None and before is not None):
        return f"{change.path}: - {shorten(text_of(before))}{replaces}"
    if before is None and after is None:
        return f"{change.path}{replaces}"
    old, new = focus(text_of(before), text_of(after))
    return f"{change.path}: {old} → {new}{replaces}"


def summary(counts: dict[Op, int], action: Action, *, preview: bool) -> str:
    """Return how many resources each operation concerns, such as ``3 to create, 92 unchanged``."""
    words = []
    for op, number in sorted(counts.items(), key=lambda item: item[0] is Op.SAME):
        joint = " to " if preview and op is not Op.SAME and action is not Action.REFRESH else " "
        words.append(f"{number}{joint}{verb(op, action, preview=preview)}")
    return ", ".join(words) or "nothing there"


def text_of(value: Any) -> str:
    """Return a value on one line."""
    if isinstance(value, str):
        return " ".join(value.split()) or '""'
    return json.dumps(value, ensure_ascii=False, default=str)


def shorten(text: str) -> str:
    """Return the text, cut to a length that a line has room for."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + ELLIPSIS


def focus(before: str, after: str) -> tuple[str, str]:
    """Return two texts shortened, from a little before the place where they begin to differ."""
    if len(before) <= LONGEST and len(after) <= LONGEST:
        return before, after
    equal = next((i for i, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), None)
    start = min(len(before), len(after)) if equal is None else equal
    start = max(0, start - CONTEXT)
    lead = ELLIPSIS if start else ""
    return shorten(lead + before[start:]), shorten(lead + after[start:])
