"""What is tried for each cell of the access table, as whom, and what must come of it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from infra.ddl.templates import render
from infra.identifiers import quote_literal
from infra.models.access import BEYOND_ROWS, Answer, Cell, Operation
from infra.models.flag import FlagName
from infra.models.function import Function
from infra.models.table import Table
from infra.pipeline.answers import ROUTINES
from infra.pipeline.functions import CREATOR_PIPELINE_STATUS
from infra.pipeline.names import API, CREATOR, OWNER
from infra.pipeline.rollout_functions import FEATURE_ENABLED
from infra.pipeline.tables.creator_profiles import CREATOR_PROFILES
from infra.pipeline.views import VIEWS
from infra.verify.scene import Person, Scene

REFUSED: Final = "42501"
#: More than anybody's own, so that one row too many is seen, and no more than that is read.
_FEW: Final = 3
#: Where tables that refer to ours are tried to be made.
WORKSHOP: Final = "rollout_verify"
_USER: Final = "user_id"
_RESULT: Final = ("readiness_score", 100)
_VIEWS: Final = frozenset(view.identity for view in VIEWS)
#: In both the caller's own rows are named by it.
_VIEW_KEY: Final = "id"


@dataclass(frozen=True)
class Attempt:
    """One statement, tried as a role with a token's claims; `expected` is how many rows it reaches, or its SQLSTATE."""

    cell: Cell
    text: str
    expected: str
    claims: Mapping[str, str] = field(default_factory=dict)
    by: str = ""
    """Who tries it, in words, where the role alone does not say."""

    def dump(self) -> dict[str, str]:
        """Return what the server is sent."""
        return {"role": self.cell.role, "claims": json.dumps(dict(self.claims)), "statement": self.text}


def attempts_of(cells: Iterable[Cell], scene: Scene, *, gently: bool, tables: Iterable[Table]) -> list[Attempt]:
    """Return what is tried for these cells.

    Args:
        cells: the access table.
        scene: who there is to try it as, and on which rows.
        gently: leave out what would take a strong lock, or reach every row, where it is not refused.
        tables: as they stand.
    """
    known = {(cell.role, cell.on, cell.operation, cell.column): cell for cell in cells}
    trial = _Trial(scene, gently, known, {table.identity: table for table in tables})
    return [attempt for cell in known.values() for attempt in trial.of(cell)]


@dataclass
class _Trial:
    """The attempts of one run; the first column of each statement also tries what needs no trying for each column."""

    scene: Scene
    gently: bool
    known: dict[tuple[str, str, Operation, str], Cell]
    tables: dict[str, Table]
    _begun: set[tuple[str, str, Operation]] = field(default_factory=set)

    def of(self, cell: Cell) -> Iterator[Attempt]:
        if cell.operation is Operation.EXECUTE:
            yield from self._execute(cell)
        elif cell.on in _VIEWS:
            yield from self._view(cell)
        elif cell.operation in BEYOND_ROWS:
            yield from self._beyond_rows(cell)
        else:
            yield from self._rows(cell)

    def _rows(self, cell: Cell) -> Iterator[Attempt]:
        table = self.tables[cell.on]
        match cell.operation:
            case Operation.SELECT:
                yield from self._select(cell, table)
            case Operation.INSERT:
                yield from self._insert(cell, table)
            case Operation.UPDATE:
                yield from self._update(cell, table)
            case _:
                yield from self._delete(cell, table)

    def _select(self, cell: Cell, table: Table) -> Iterator[Attempt]:
        key, own, other = self.scene.keys(table)
        match cell.answer:
            case Answer.REFUSED:
                yield self._as_role(cell, _text("select", table, cell, limit=0), REFUSED)
            case Answer.NONE:
                yield self._as_role(cell, _text("select", table, cell, limit=1), "0")
            case Answer.OWN:
                whole = _text("select", table, cell, limit=_FEW)
                yield self._as(self.scene.creator, cell, whole, "1")
                if self._first(cell):
                    yield self._as(self.scene.other, cell, whole, "1")
                    yield self._as(self.scene.stranger, cell, whole, "0")
                    theirs = _text("select", table, cell, key=key, keys=[other], limit=1)
                    yield self._as(self.scene.creator, cell, theirs, "0")
            case _ if key and self._may(cell, key):
                both = _text("select", table, cell, key=key, keys=[own, other], limit=_FEW)
                yield self._as_role(cell, both, "2")
            case _:
                filled = "1" if table.identity in self.scene.filled else "0"
                yield self._as_role(cell, _text("select", table, cell, limit=1), filled)

    def _insert(self, cell: Cell, table: Table) -> Iterator[Attempt]:
        nothing = _text("insert nothing", table, cell)
        row = self.scene.rows.get(table.identity)
        if cell.answer is Answer.REFUSED and (cell.role != OWNER or row is None):
            yield self._as_role(cell, nothing, REFUSED)
        elif cell.answer is Answer.REFUSED:
            yield self._as_role(cell, _insertion(table, cell.column, row or {}), REFUSED)
        elif table is CREATOR_PROFILES:
            yield from self._sign_up(cell, table, row or {})
        elif cell.answer is Answer.OWN:
            yield from self._own_insert(cell, table, row or {})
        elif row is None or table.schema_name != CREATOR_PROFILES.schema_name:
            yield self._as_role(cell, nothing, "0")
        else:
            yield self._as_role(cell, _insertion(table, cell.column, row), "1")

    def _sign_up(self, cell: Cell, table: Table, row: dict[str, Any]) -> Iterator[Attempt]:
        """Try to make a profile: for oneself, where the phase lets one in; for somebody else; with results."""
        member, stranger = self.scene.member, self.scene.stranger
        enters = "1" if self.scene.lets_the_team_in else REFUSED
        mine = _insertion(table, cell.column, row | {_USER: member.user})
        if cell.answer is not Answer.OWN:
            yield self._as_role(cell, mine, enters)
            return
        yield self._as(member, cell, mine, enters)
        if self._first(cell):
            yield self._as(member, cell, _insertion(table, cell.column, row | {_USER: stranger.user}), REFUSED)
            column, value = _RESULT
            yield self._as(member, cell, _insertion(table, column, row | {_USER: member.user, column: value}), REFUSED)
            enters = "1" if self.scene.lets_strangers_in else REFUSED
            yield self._as(stranger, cell, _insertion(table, cell.column, row | {_USER: stranger.user}), enters)

    def _own_insert(self, cell: Cell, table: Table, row: dict[str, Any]) -> Iterator[Attempt]:
        key, _, other = self.scene.keys(table)
        yield self._as(self.scene.creator, cell, _insertion(table, cell.column, row), "1")
        if self._first(cell):
            yield self._as(self.scene.creator, cell, _insertion(table, cell.column, row | {key: other}), REFUSED)
            yield self._as(self.scene.stranger, cell, _insertion(table, cell.column, row), REFUSED)

    def _update(self, cell: Cell, table: Table) -> Iterator[Attempt]:
        key, own, other = self.scene.keys(table)
        both = _text("update", table, cell, key=key, keys=[own, other]) if key else ""
        match cell.answer:
            case Answer.REFUSED:
                yield self._as_role(cell, _text("update nothing", table, cell), REFUSED)
            case Answer.OWN:
                yield self._as(self.scene.creator, cell, both, "1")
                if self._first(cell):
                    yield self._as(self.scene.stranger, cell, both, "0")
                    theirs = _text("update", table, cell, key=key, keys=[other])
                    yield self._as(self.scene.creator, cell, theirs, "0")
                if not self.gently:
                    # Without a look at any column the policy of reading has no part in it.
                    yield self._as(self.scene.creator, cell, _text("update blindly", table, cell), "1")
            case _ if not key:
                yield self._as_role(cell, _text("update nothing", table, cell), "0")
            case answer:
                yield self._as_role(cell, both, "0" if answer is Answer.NONE else "2")

    def _delete(self, cell: Cell, table: Table) -> Iterator[Attempt]:
        key, own, other = self.scene.keys(table)
        if cell.answer is Answer.REFUSED:
            yield self._as_role(cell, _text("delete nothing", table, cell), REFUSED)
        elif key:
            both = _text("delete", table, cell, key=key, keys=[own, other])
            yield self._as_role(cell, both, "0" if cell.answer is Answer.NONE else "2")
        else:
            yield self._as_role(cell, _text("delete nothing", table, cell), "0")

    def _beyond_rows(self, cell: Cell) -> Iterator[Attempt]:
        # What refers to a table is made in a place of the transaction, which the API's own login does not see.
        elsewhere = cell.role == API and cell.operation is Operation.REFERENCES
        if not self.gently and cell.answer is Answer.REFUSED and cell.role != OWNER and not elsewhere:
            table = self.tables[cell.on]
            key = [table.column(name) for name in table.primary_key]
            values = {"workshop": WORKSHOP, "key": key}
            yield self._as_role(
                cell,
                render("verify.sql.j2", action=cell.operation.value, relation=cell.on, **values),
                REFUSED,
            )

    def _view(self, cell: Cell) -> Iterator[Attempt]:
        """Try to read the view; what it takes of the rest, no view being written to, the catalog tells."""
        if cell.operation is not Operation.SELECT:
            return
        own, other = self.scene.creator.profile, self.scene.other.profile
        if cell.answer is Answer.REFUSED:
            yield self._as_role(cell, _view_text(cell.on, limit=0), REFUSED)
        elif cell.answer is Answer.OWN:
            yield self._as(self.scene.creator, cell, _view_text(cell.on), "1")
            yield self._as(self.scene.other, cell, _view_text(cell.on), "1")
            yield self._as(self.scene.stranger, cell, _view_text(cell.on), "0")
            yield self._as(self.scene.creator, cell, _view_text(cell.on, [other]), "0")
        else:
            yield self._as_role(cell, _view_text(cell.on, [own, other]), "2")

    def _execute(self, cell: Cell) -> Iterator[Attempt]:
        function = next(item for item in ROUTINES if item.identity == cell.on)
        if cell.answer is Answer.REFUSED:
            yield self._as_role(cell, render("verify.sql.j2", action="call", function=function), REFUSED)
        elif function is CREATOR_PIPELINE_STATUS and cell.answer is not Answer.ALLOWED:
            own, other = (_call(function, person.profile) for person in (self.scene.creator, self.scene.other))
            if cell.answer is Answer.OWN:
                yield self._as(self.scene.creator, cell, own, "1")
                yield self._as(self.scene.creator, cell, other, "0")
                yield self._as(self.scene.stranger, cell, own, "0")
            else:
                yield self._as_role(cell, own, "1")
                yield self._as_role(cell, other, "1")
        elif function is FEATURE_ENABLED and cell.answer is not Answer.ALLOWED:
            yield self._as(self.scene.creator, cell, _call(function, FlagName.ENABLE_CREATIVE_PIPELINE.value), "1")

    def _as(self, person: Person, cell: Cell, text: str, expected: str) -> Attempt:
        return Attempt(cell, text, expected, person.claims | {"role": cell.role}, by=person.called)

    def _as_role(self, cell: Cell, text: str, expected: str) -> Attempt:
        if cell.role == CREATOR:
            return self._as(self.scene.creator, cell, text, expected)
        return Attempt(cell, text, expected, {"role": cell.role})

    def _may(self, cell: Cell, column: str) -> bool:
        """Whether the same role may read another column of the table: a condition on it needs that."""
        found = self.known.get((cell.role, cell.on, Operation.SELECT, column))
        return found is not None and found.answer in {Answer.EVERY, Answer.OWN}

    def _first(self, cell: Cell) -> bool:
        place = (cell.role, cell.on, cell.operation)
        first = place not in self._begun
        self._begun.add(place)
        return first


def _text(action: str, table: Table, cell: Cell, *, key: str = "", keys: Iterable[str] = (), limit: int = _FEW) -> str:
    values = {"column": cell.column, "key": key, "keys": list(keys), "limit": limit}
    return render("verify.sql.j2", action=action, relation=table.identity, **values)


def _insertion(table: Table, column: str, row: dict[str, Any]) -> str:
    """Return the insert of a row like the one given: what must be said, and the column that it is about."""
    wanted = {item.name for item in table.columns if not item.nullable and item.default is None} | {column}
    columns = [item.name for item in table.columns if item.name in wanted]
    values = row | ({"id": str(uuid4())} if "id" in row else {})
    text = json.dumps({name: values.get(name) for name in columns}, default=str)
    return render("verify.sql.j2", action="insert", relation=table.identity, columns=columns, row=text)


def _view_text(on: str, keys: Iterable[str] = (), limit: int = _FEW) -> str:
    values = {"column": _VIEW_KEY, "key": _VIEW_KEY, "keys": list(keys), "limit": limit}
    return render("verify.sql.j2", action="select", relation=on, **values)


def _call(function: Function, value: str) -> str:
    return render("verify.sql.j2", action="execute", function=function, values=[quote_literal(value)])
