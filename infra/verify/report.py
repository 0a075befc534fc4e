"""What a proof has found: a mark for each cell of the access table, and what does not stand as declared."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from infra.drift.finding import Finding
from infra.errors import RolloutError
from infra.models.access import Answer, Cell, Operation


class Mark(StrEnum):
    """How a cell stands."""

    PROVEN = "proven"
    """By trying, and by the catalog."""
    CATALOG = "catalog"
    """By the catalog: it was not tried."""
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    """It could not be tried: a lock, or a login that is not there."""


@dataclass(frozen=True)
class Result:
    """A cell with its mark, and what was seen that is not as declared."""

    cell: Cell
    mark: Mark
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Square:
    """What the matrix shows in one place: all cells of a role, an object and an operation, column by column."""

    role: str
    on: str
    operation: Operation
    results: tuple[Result, ...]

    @property
    def mark(self) -> Mark:
        """The worst of its cells' marks."""
        marks = {result.mark for result in self.results}
        return next(mark for mark in (Mark.DIFFERS, Mark.UNKNOWN, Mark.CATALOG, Mark.PROVEN) if mark in marks)

    @property
    def answer(self) -> Answer:
        """What is declared: what is reached, where it is so for some of the columns alone."""
        answers = [result.cell.answer for result in self.results]
        return next((answer for answer in answers if answer.reaches), answers[0])

    @property
    def opened(self) -> int:
        """For how many of the cells something is reached."""
        return sum(result.cell.answer.reaches for result in self.results)

    @property
    def is_partial(self) -> bool:
        """Whether that is so for some of the columns, and not for all."""
        return 0 < self.opened < len(self.results)


@dataclass(frozen=True)
class Report:
    """A proof. `attempts` counts what was tried; `gently`, what takes a strong lock was left to the catalog.

    `notes` are of what is not as it should be and lets nobody in.
    """

    phase: int
    access: str
    results: tuple[Result, ...]
    findings: tuple[Finding, ...]
    faults: tuple[RolloutError, ...]
    attempts: int
    gently: bool
    seconds: float
    notes: tuple[str, ...] = ()
    hindrances: tuple[RolloutError, ...] = ()
    """Why nothing could be tried at all."""

    @cached_property
    def squares(self) -> tuple[Square, ...]:
        """The places of the matrix, in the order of the access table."""
        groups: dict[tuple[str, str, Operation], list[Result]] = {}
        for result in self.results:
            cell = result.cell
            groups.setdefault((cell.on, cell.role, cell.operation), []).append(result)
        return tuple(Square(role, on, operation, tuple(group)) for (on, role, operation), group in groups.items())

    @property
    def differing(self) -> tuple[Result, ...]:
        """The cells that are not as declared."""
        return tuple(result for result in self.results if result.mark is Mark.DIFFERS)

    @property
    def unknown(self) -> tuple[Result, ...]:
        """The cells that could not be tried."""
        return tuple(result for result in self.results if result.mark is Mark.UNKNOWN)

    @property
    def is_proven(self) -> bool:
        """Whether everything is as declared, and everything could be tried."""
        return not (self.is_weaker or self.is_open)

    @property
    def is_open(self) -> bool:
        """Whether something could not be tried."""
        return bool(self.unknown or self.hindrances)

    @property
    def is_weaker(self) -> bool:
        """Whether something is not as declared, whatever could not be tried."""
        return bool(self.differing or self.findings or self.faults)

    def lines(self) -> Iterator[str]:
        """Yield everything that is not as declared, a line each."""
        for result in (*self.differing, *self.unknown):
            yield f"{spell(result.cell)}: {'; '.join(result.said)}"
        yield from (finding.text for finding in self.findings)
        yield from map(str, (*self.faults, *self.hindrances))


def spell(cell: Cell) -> str:
    """Return a cell in words, such as ``authenticated: update public.creator_profiles (readiness_score)``."""
    column = f" ({cell.column})" if cell.column else ""
    return f"{cell.role}: {cell.operation.value} {cell.on}{column}"
