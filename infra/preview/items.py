"""One object's part of a plan."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from infra.ddl.statement import Hazard, Lock, Plan, Statement, strongest
from infra.errors import RolloutError
from infra.models.base import Model
from infra.models.table import Table, canonical_type
from infra.models.widening import keeps_values, widens

#: What keeps readers or writers of a relation waiting.
HARD: Final = (Lock.SHARE, Lock.SHARE_ROW_EXCLUSIVE, Lock.EXCLUSIVE, Lock.ACCESS_EXCLUSIVE)


class Action(StrEnum):
    """What becomes of an object."""

    CREATE = "create"
    ADOPT = "adopt"
    CHANGE = "change"
    REMOVE = "remove"


@dataclass(frozen=True)
class Change:
    """One property of an object, before and after; None where it is not set."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Item:
    """One object and what is done to it: the steps, and those that take them back, as far as they can be."""

    kind: str
    identity: str
    action: Action
    before: Model | None = None
    after: Model | None = None
    changes: tuple[Change, ...] = ()
    steps: Plan = ()
    back: Plan = ()
    errors: tuple[RolloutError, ...] = ()
    made: frozenset[str] = frozenset()
    """The relations that the same plan makes: nobody is there to wait for them, and nothing to build an index over."""
    to_approve: tuple[Hazard, ...] = ()
    """The hazards that somebody has to approve, on a stack where that is so."""

    @property
    def name(self) -> str:
        """The object in words, such as ``table public.creator_profiles``."""
        return f"{self.kind.lower()} {self.identity}"

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Every statement, in order."""
        return tuple(statement for step in self.steps for statement in step.statements)

    @property
    def locks(self) -> tuple[tuple[Lock, str], ...]:
        """The strongest lock on each relation that is there already."""
        return self.locks_of(self.statements)

    def locks_of(self, statements: Iterable[Statement]) -> tuple[tuple[Lock, str], ...]:
        """Return the strongest lock of some of its statements on each relation that is there already."""
        found = (lock for statement in statements for lock in statement.locks)
        return strongest(lock for lock in found if lock[1] not in self.made)

    @property
    def rewrites(self) -> bool:
        """Whether a table is written anew."""
        return any(statement.rewrites for statement in self.statements)

    @property
    def hazards(self) -> tuple[Hazard, ...]:
        """What a reviewer must know, in the order of their weight."""
        refused = {Hazard.REWRITE} if self.retyped_columns else set()
        if any(not keeps_values(before, after) for _, before, after in self.retyped_columns):
            refused.add(Hazard.DELETES_DATA)
        return tuple(hazard for hazard in Hazard if hazard in refused or hazard in self.hazards_of(self.steps))

    def hazards_of(self, steps: Plan) -> frozenset[Hazard]:
        """Return the hazards of some of its steps: those they name, and those that their statements show."""
        found = {hazard for step in steps for hazard in step.hazards}
        statements = [statement for step in steps for statement in step.statements]
        locks = self.locks_of(statements)
        if any(lock in HARD for lock, _ in locks):
            found.add(Hazard.EXCLUSIVE_LOCK)
        if any(statement.rewrites for statement in statements):
            found.add(Hazard.REWRITE)
        if not locks:
            found.discard(Hazard.INDEX_BUILD)
        if getattr(self.after, "relation", "") in self.made:
            found.discard(Hazard.ACCESS_WIDENED)  # until the grants come, which say so, nobody reaches the table
        return frozenset(found)

    @property
    def retyped_columns(self) -> tuple[tuple[str, str, str], ...]:
        """The columns, each with its type before and after, whose change writes the table anew: `up` refuses it."""
        if not isinstance(self.before, Table) or not isinstance(self.after, Table):
            return ()
        stands = {column.name: column.type for column in self.before.columns}
        pairs = [(column.name, stands.get(column.name), column.type) for column in self.after.columns]
        return tuple(
            (name, before, after)
            for name, before, after in pairs
            if before is not None and canonical_type(before) != canonical_type(after) and not widens(before, after)
        )

    @property
    def is_reversible(self) -> bool:
        """Whether its own SQL takes it back; what changes nothing needs no way back."""
        return bool(self.back) or not self.steps
