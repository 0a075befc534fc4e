"""A review as text, JSON and Markdown: each of the guide's lines with its figure, its target and a verdict."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from infra.gates.report import Outcome, Row
from infra.models.criterion import Criterion, write_figure
from infra.pipeline.reviews import Contact
from infra.report.rendering import render_document


class Verdict(StrEnum):
    """What a line comes to. Nobody's figure and nobody's word is neither met nor missed."""

    MET = "met"
    NOT_MET = "not met"
    UNDECIDED = "too little data"
    UNMEASURED = "nobody can measure it here"


@dataclass(frozen=True)
class Line:
    """One line of the guide as it was found; `attests` is whom the guide names for it."""

    guide: str
    verdict: Verdict
    figure: str = "-"
    target: str = "-"
    note: str = ""
    attests: str = ""

    def document(self) -> dict[str, str]:
        """Return the line as plain values."""
        return {
            "guide": self.guide,
            "verdict": self.verdict.value,
            "figure": self.figure,
            "target": self.target,
            "note": self.note,
            "attests": self.attests,
        }


@dataclass(frozen=True)
class Section:
    """Lines under a title, and below them what was recorded, one line each."""

    title: str
    lines: tuple[Line, ...] = ()
    recorded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Review:
    """A review of a span of time (UTC) on one stack."""

    title: str
    stack: str
    phase: int
    since: datetime
    until: datetime
    sections: tuple[Section, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines."""
        return tuple(line for section in self.sections for line in section.lines)

    @property
    def is_met(self) -> bool:
        """Whether every line is met."""
        return all(line.verdict is Verdict.MET for line in self.lines)

    @property
    def verdict(self) -> str:
        """The review in a sentence."""
        counted = [(verdict, sum(line.verdict is verdict for line in self.lines)) for verdict in Verdict]
        said = ", ".join(f"{number} {verdict}" for verdict, number in counted if number)
        return f"{len(self.lines)} lines: {said}"

    def document(self) -> dict[str, Any]:
        """Return the review as plain values."""
        return {
            "review": self.title,
            "stack": self.stack,
            "phase": self.phase,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "ok": self.is_met,
            "verdict": self.verdict,
            "sections": [
                {
                    "title": section.title,
                    "lines": [line.document() for line in section.lines],
                    "recorded": list(section.recorded),
                }
                for section in self.sections
            ],
        }

    def markdown(self) -> str:
        """Return the review as Markdown."""
        return render_document("review.md.j2", review=self)


_VERDICTS: Final = {
    Outcome.PASSED: Verdict.MET,
    Outcome.ATTESTED: Verdict.MET,
    Outcome.FAILED: Verdict.NOT_MET,
    # Somebody has decided to go on without it, which does not make it so.
    Outcome.OVERRIDDEN: Verdict.NOT_MET,
}
_WORD: Final = "attestation"


def judged(guide: str, wanted: Criterion, row: Row, attests: Contact, *, aside: str = "") -> Line:
    """Return a line of the guide as its criterion was found, with a figure that bears on it but does not decide."""
    verdict = _VERDICTS.get(row.outcome) or _open(wanted, row)
    note = "; ".join(filter(None, (aside, row.why)))
    return Line(guide, verdict, row.measured, row.target, note, attests if verdict is not Verdict.MET else "")


def _open(wanted: Criterion, row: Row) -> Verdict:
    """Return what is said of an open criterion: a gate lets a figure short of its target wait, a review does not."""
    if row.source == _WORD:
        return Verdict.UNMEASURED
    short = any(not wanted.success.holds(value) for value in row.values)
    return Verdict.NOT_MET if short and row.samples >= wanted.min_samples else Verdict.UNDECIDED


def text_lines(review: Review) -> Iterator[tuple[str, Verdict | None]]:
    """Yield the review line by line, each line of the guide's with its verdict."""
    wide = max(map(len, Verdict))
    for section in review.sections:
        yield section.title, None
        for line in section.lines:
            figure = "" if line.figure == "-" else f": {line.figure}"
            target = "" if line.target == "-" else f" (target {line.target})"
            yield f"  {line.verdict:{wide}}  {line.guide}{figure}{target}", line.verdict
            for more in filter(None, (line.note, f"to attest: {line.attests}" if line.attests else "")):
                yield f"  {'':{wide}}  {more}", None
        for text in section.recorded:
            yield f"  {text}", None
    yield review.verdict, None


def figure(value: float | None, unit: str) -> str:
    """Return a figure with at most one decimal, or a dash where there is none."""
    return "-" if value is None else write_figure(round(value, 1), unit)
