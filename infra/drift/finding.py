"""One thing that somebody changed past the program, as a sentence; and whether it weakened what guards the data."""

import re
from dataclasses import dataclass
from typing import Final, Self

from infra.errors import RolloutError

INCIDENT: Final = "SEC030"
CHANGED: Final = "DRIFT001"
REPAIR: Final = "find out who did it and what was reached meanwhile; `up` puts it back"
_TEXT: Final = re.compile(
    rf"(?P<code>{INCIDENT}|{CHANGED}) (?P<path>.+?): (?P<sentence>.+?)\.(?: Fix: (?P<fix>.+)\.)?", re.DOTALL
)


@dataclass(frozen=True)
class Finding:
    """A change of one object. `weakened` says that more can be reached by it, or by more people, than is declared."""

    path: str
    sentence: str
    weakened: bool = False
    fix: str = ""

    @property
    def code(self) -> str:
        """The stable code: an incident's, or that of a plain change."""
        return INCIDENT if self.weakened else CHANGED

    @property
    def text(self) -> str:
        """The finding as one line: ``SEC030 table public.notes: row security is off on public.notes. Fix: …``."""
        fix = self.fix or (REPAIR if self.weakened else "")
        return str(RolloutError(self.code, self.path, self.sentence, fix=fix))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the finding that such a line tells of; None for any other line."""
        found = _TEXT.fullmatch(text.strip())
        if found is None:
            return None
        weakened = found["code"] == INCIDENT
        fix = "" if found["fix"] == REPAIR else found["fix"] or ""
        return cls(found["path"], found["sentence"], weakened=weakened, fix=fix)
