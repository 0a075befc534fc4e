"""One part of a comment, and what is left out first where there is no room."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from infra.report.markdown import folded


class Weight(IntEnum):
    """Whoever has the highest is given room first."""

    OLD_LINT = 1
    OTHER = 2
    SQL = 3
    DANGEROUS_SQL = 4
    STEPS = 5
    NARROWED = 6
    DRIFT = 7
    NEW_LINT = 8
    WIDENED = 9
    GATE = 10
    REASONS = 11
    COURSE = 12


#: So many lines of a list or a table stand open; more are folded away.
OPEN: Final = 20


@dataclass(frozen=True)
class Section:
    """A part of the comment; `text` is Markdown, and `lines` says how many things it lists."""

    title: str
    text: str
    weight: Weight
    lines: int = 0
    closed: bool = False

    @property
    def whole(self) -> str:
        """The text below its title, or folded away behind it."""
        if self.closed or self.lines > OPEN:
            return folded(f"<b>{self.title}</b>", self.text)
        return f"#### {self.title}\n\n{self.text}"
