"""Steps that bring an index to its definition: always concurrently, repairing what an interrupted build left."""

from dataclasses import dataclass
from typing import Final

from infra.ddl.statement import Hazard, Lock, Plan, Statement, Step, Waits
from infra.ddl.templates import render
from infra.identifiers import bounded_name
from infra.models.index import Index

_TEMPLATE = "index.sql.j2"
_DECISIVE: Final = ("relation", "columns", "unique", "method", "where", "include")


@dataclass(frozen=True)
class IndexState:
    """What stands under an index's name, and what a replacement that was interrupted left beside it."""

    index: Index | None = None
    valid: bool = True
    building_pid: int | None = None
    old_present: bool = False
    twins: tuple[str, ...] = ()
    """Names of indexes with exactly the definition that must be absent."""


def old_name(index: Index) -> str:
    """Return the name that the former index has while its replacement is built."""
    return bounded_name(index.name, suffix="old")


def plan_index(state: IndexState, desired: Index) -> Plan:
    """Return the steps from what is there to what is wanted."""
    if desired.absent:
        return tuple(_drop(desired, name, "another index makes it redundant") for name in state.twins)
    steps: list[Step] = []
    if state.index is not None and not state.valid:
        steps.append(_drop(desired, desired.name, "an interrupted build left it invalid"))
        steps.append(_build(desired))
    elif state.index is None:
        steps.append(_build(desired))
    elif changed := [name for name in _DECISIVE if getattr(state.index, name) != getattr(desired, name)]:
        steps += _replace(desired, changed, old_present=state.old_present)
    if state.old_present and len(steps) <= 1:
        steps.append(_drop(desired, old_name(desired), "its replacement stands"))
    return tuple(steps)


def plan_index_drop(index: Index) -> Plan:
    """Return the step that drops the index; one that had to be absent has nothing to drop."""
    return () if index.absent else (_drop(index, index.name, "it is no longer declared"),)


def _replace(desired: Index, changed: list[str], *, old_present: bool) -> list[Step]:
    """Move the former index aside, so that it serves until the new one is built."""
    text = render(_TEMPLATE, action="rename", schema=desired.schema_name, name=desired.name, to=old_name(desired))
    statement = Statement(text, ((Lock.SHARE_UPDATE_EXCLUSIVE, desired.identity),))
    steps = [_drop(desired, old_name(desired), "left by an earlier replacement")] if old_present else []
    steps.append(Step(_subject(desired), f"set the former index aside ({', '.join(changed)})", (statement,)))
    return [*steps, _build(desired), _drop(desired, old_name(desired), "its replacement stands")]


def _build(index: Index) -> Step:
    text = render(_TEMPLATE, action="create", index=index)
    statement = Statement(text, ((Lock.SHARE_UPDATE_EXCLUSIVE, index.relation),))
    return Step(
        _subject(index),
        "build the index concurrently",
        (statement,),
        transactional=False,
        waits=Waits.PATIENT,
        hazards=(Hazard.INDEX_BUILD,),
    )


def _drop(index: Index, name: str, why: str) -> Step:
    text = render(_TEMPLATE, action="drop", schema=index.schema_name, name=name)
    statement = Statement(text, ((Lock.SHARE_UPDATE_EXCLUSIVE, index.relation),))
    return Step(
        f"index {index.schema_name}.{name}",
        f"drop the index concurrently: {why}",
        (statement,),
        transactional=False,
        waits=Waits.PATIENT,
        hazards=(Hazard.INDEX_DROPPED,),
        keeps="every row",
    )


def _subject(index: Index) -> str:
    return f"index {index.identity}"
