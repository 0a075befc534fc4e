"""How long the server takes for a role's statement, as it says itself: EXPLAIN (ANALYZE, TIMING OFF)."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
from psycopg import sql

from bench.crowd import user_of
from bench.sections import Spread

#: What takes longer than this is run a few times only.
_SLOW_MILLISECONDS: Final = 3.0
_FEW: Final = 2
_WHO: Final = "SELECT set_config('role', %s, true), set_config('request.jwt.claims', %s, true)"


@dataclass(frozen=True)
class Explained:
    """One statement: the rows that came, and the milliseconds of its execution and of its planning."""

    rows: int
    execution: float
    planning: float


@dataclass
class Times:
    """The runs of a statement, by creator."""

    runs: dict[int, list[Explained]] = field(default_factory=dict)

    def add(self, number: int, one: Explained) -> None:
        """Add a run of a creator's."""
        self.runs.setdefault(number, []).append(one)

    @property
    def execution(self) -> Spread:
        """The executions: for each creator the fastest, or all where there is one."""
        return self._spread(lambda one: one.execution)

    @property
    def planning(self) -> Spread:
        """The plannings, likewise."""
        return self._spread(lambda one: one.planning)

    @property
    def whole(self) -> Spread:
        """Planning and execution together, likewise."""
        return self._spread(lambda one: one.execution + one.planning)

    def _spread(self, figure: Callable[[Explained], float]) -> Spread:
        all_runs = list(self.runs.values())
        if len(all_runs) == 1:
            return Spread.of([figure(one) for one in all_runs[0]])
        return Spread.of([min(map(figure, runs)) for runs in all_runs])

    @property
    def is_known(self) -> bool:
        """Whether it is slow, and was run often enough to know that there is no use in many more."""
        often = bool(self.runs) and all(len(runs) >= _FEW for runs in self.runs.values())
        return often and self.execution.low > _SLOW_MILLISECONDS


def explain(connection: psycopg.Connection[Any], role: str, number: int, statement: sql.Composable) -> Explained:
    """Run a statement in a transaction as the API makes it for the role and the creator."""
    claims = json.dumps({"sub": user_of(number), "role": role})
    with connection.transaction():
        connection.execute(_WHO, [role, claims])
        query = sql.SQL("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {}").format(statement)
        row = connection.execute(query).fetchone()
    assert row
    found = row[0][0]
    return Explained(round(found["Plan"]["Actual Rows"]), found["Execution Time"], found["Planning Time"])
