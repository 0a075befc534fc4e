"""The list of checks, each with its result."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What a check came to."""

    PASSED = "passed"
    WARNED = "warning"
    FAILED = "failed"
    SKIPPED = "not looked at"


@dataclass(frozen=True)
class Check:
    """One line of the list: what was found, what is wanted, and what to do where that is not the same."""

    topic: str
    name: str
    outcome: Outcome
    found: str
    wanted: str = ""
    fix: str = ""

    def __str__(self) -> str:
        wanted = f"; wanted: {self.wanted}" if self.wanted and self.outcome is not Outcome.PASSED else ""
        return f"{self.name}: {self.found}{wanted}"


def passed(topic: str, name: str, found: str, wanted: str = "") -> Check:
    """Return a check that is as it should be."""
    return Check(topic, name, Outcome.PASSED, found, wanted)


def judged(check: Check, *, fine: bool, otherwise: Outcome = Outcome.FAILED) -> Check:
    """Return the check with the outcome that it comes to; what is fine needs no fix."""
    outcome, fix = (Outcome.PASSED, "") if fine else (otherwise, check.fix)
    return Check(check.topic, check.name, outcome, check.found, check.wanted, fix)


@dataclass(frozen=True)
class Report:
    """The whole list."""

    checks: tuple[Check, ...]
    #: What the list comes to, in words.
    good: str = "ready"
    bad: str = "not ready"

    @property
    def is_ready(self) -> bool:
        """Whether nothing has failed."""
        return not self.of(Outcome.FAILED)

    @property
    def topics(self) -> dict[str, list[Check]]:
        """The checks by their topics, in the order in which these first come."""
        found: dict[str, list[Check]] = {}
        for check in self.checks:
            found.setdefault(check.topic, []).append(check)
        return found

    def of(self, outcome: Outcome) -> list[Check]:
        """Return the checks with this outcome."""
        return [check for check in self.checks if check.outcome is outcome]

    @property
    def verdict(self) -> str:
        """The list in a sentence."""
        counts = [f"{len(self.of(outcome))} {outcome}" for outcome in Outcome if self.of(outcome)]
        return f"{self.good if self.is_ready else self.bad}: {', '.join(counts)}"

    def document(self) -> dict[str, Any]:
        """Return the list for `--json`."""
        return {"ok": self.is_ready, "verdict": self.verdict, "checks": list(map(asdict, self.checks))}


def joined(found: Iterable[str], otherwise: str = "none", most: int = 3) -> str:
    """Return the first of what was found, and how many more there are."""
    texts = list(found)
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return (", ".join(texts[:most]) + more) or otherwise
