"""A plan as a comment for a pull request: what to decide by first, never too long, never with a secret."""

import re
from typing import Final

from infra.errors import redact
from infra.preview.document import PlanDocument
from infra.report.comment_section import Section
from infra.report.comment_sections import sections
from infra.report.comment_verdict import danger_lines, verdict
from infra.report.markdown import code, length

#: GitHub takes 65,536 characters.
LONGEST: Final = 64_000
#: What the line about parts left out may take.
_ROOM_TO_SAY: Final = 3_500
_ROOM_FOR_NAMES: Final = 2_000
_LONGEST_NAME: Final = 200
_NAME: Final = re.compile(r"[^\w./-]")


def marker(project: str, stack: str) -> str:
    """Return the first line of the stack's comment, by which it is found again; nobody sees it."""
    name = _NAME.sub("_", redact(f"{project}/{stack}"))
    return f"<!-- rollout: {name[:_LONGEST_NAME]} -->"


def write_comment(plan: PlanDocument, project: str, longest: int = LONGEST) -> str:
    """Return the comment as Markdown, at most so many characters long; what has no room is left out whole, and named.

    The head is never left out: it is bounded by its own limits.
    """
    head, parts = _head(plan, project), sections(plan)
    kept = _fitting(parts, longest - length(head) - _ROOM_TO_SAY)
    left = [part for part in parts if part not in kept]
    texts = [head, *(part.whole for part in parts if part in kept), *([_left_out(left, plan)] if left else [])]
    return "\n\n".join(texts) + "\n"


def _head(plan: PlanDocument, project: str) -> str:
    database = f" on {code(plan.database, _LONGEST_NAME)}" if plan.database else ""
    title = f"### Rollout of {code(plan.stack, _LONGEST_NAME)}{database}"
    lines = [marker(project, plan.stack), title, verdict(plan)]
    dangers = list(danger_lines(plan))
    return "\n".join([*lines, "", *dangers] if dangers else lines)


def _fitting(parts: list[Section], room: int) -> list[Section]:
    """Return the parts that there is room for; the heavier ones are asked first."""
    kept = []
    for part in sorted(parts, key=lambda part: -part.weight):
        size = length(part.whole) + 2
        if size <= room:
            kept.append(part)
            room -= size
    return kept


def _left_out(left: list[Section], plan: PlanDocument) -> str:
    """Return the line that names what is left out, with room for it whatever the names are."""
    names: list[str] = []
    for part in left:
        name = f"{part.title} ({length(part.text):,} characters)"
        if length("; ".join((*names, name))) > _ROOM_FOR_NAMES:
            names.append(f"and {len(left) - len(names):,} more")
            break
        names.append(name)
    whole = code(f"rollout preview --stack {plan.stack} --json", _LONGEST_NAME)
    return f"**Left out for want of room:** {'; '.join(names)}. {whole} has all of it."
