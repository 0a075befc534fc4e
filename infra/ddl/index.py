"""Steps that bring an index to its definition: always concurrently, repairing what an interrupted build left."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from infra.ddl.budget import On, budgeted
from infra.ddl.statement import Hazard, Plan, Remains, Step, Waits
from infra.identifiers import bounded_name
from infra.models.index import Index

_TEMPLATE = "index"
_DECISIVE: Final = ("relation", "columns", "unique", "method", "where", "include")


@dataclass(frozen=True)
class IndexState:
    """What stands under an index's name, and what a replacement that was interrupted left beside it."""

    index: Index | None = None
    valid: bool = True
    building_pid: int | None = None
    old_present: bool = False
    twins: tuple[str, ...] = ()
    """Names of indexes with exactly this definition, where it must be absent or the name is free."""
    constraint: str = ""
    """The constraint that stands on the index."""
    leaves: dict[str, bool] | None = None
    """The partitions of the table, if it is divided, as ``schema.name``: whether each has its part of the index."""


def old_name(index: Index) -> str:
    """Return the name that the former index has while its replacement is built."""
    return bounded_name(index.name, suffix="old")


def index_differences(actual: Index, desired: Index) -> list[str]:
    """Return the properties for which the index has to be built anew."""
    return [name for name in _DECISIVE if getattr(actual, name) != getattr(desired, name)]


def plan_index(state: IndexState, desired: Index) -> Plan:
    """Return the steps from what is there to what is wanted."""
    if desired.absent:
        return tuple(_drop(desired, name, "another index makes it redundant") for name in state.twins)
    return tuple(_plan_present(state, desired))


def plan_index_drop(index: Index, state: IndexState | None = None) -> Plan:
    """Return the steps that drop the index; one that had to be absent has nothing to drop."""
    if index.absent:
        return ()
    state = state or IndexState()
    why = "it is no longer declared"
    left = []
    if state.old_present:
        left.append(_drop(index, old_name(index), "left by an earlier replacement", state.leaves))
    if state.constraint:
        return (*left, _drop_constraint(index, state.constraint))
    return (*left, _drop(index, index.name, why, state.leaves))


def _plan_present(state: IndexState, desired: Index) -> Iterator[Step]:
    if state.index is None and state.twins:
        yield _rename(desired, state.twins[0], desired.name, f"take over {state.twins[0]}, which is the same index")
        return
    divided = state.leaves is not None
    broken = state.index is not None and not state.valid and not divided
    changed = [] if state.index is None or broken else index_differences(state.index, desired)
    if changed and state.old_present:
        yield _drop(desired, old_name(desired), "left by an earlier replacement", state.leaves)
    if broken:
        yield _drop(desired, desired.name, "an interrupted build left it invalid")
    if changed:
        yield _set_aside(desired, changed)
    if divided:
        yield from _build_by_leaf(desired, state, anew=bool(changed) or state.index is None)
    elif state.index is None or broken or changed:
        yield _build(desired)
    if changed or state.old_present:
        yield _drop(desired, old_name(desired), "its replacement stands", state.leaves)


def _set_aside(desired: Index, changed: list[str]) -> Step:
    """Move the former index aside, so that it serves until the new one is built."""
    return _rename(desired, desired.name, old_name(desired), f"set the former index aside ({', '.join(changed)})")


def _rename(desired: Index, name: str, to: str, summary: str) -> Step:
    on = {On.INDEX: (f"{desired.schema_name}.{name}",)}
    statement = budgeted(_TEMPLATE, "rename", on, schema=desired.schema_name, name=name, to=to)
    return Step(_subject(desired), summary, (statement,))


def _build(index: Index, relation: str = "", name: str = "") -> Step:
    relation, name = relation or index.relation, name or index.name
    schema = relation.partition(".")[0]
    on = {On.TABLE: (relation,)}
    statement = budgeted(_TEMPLATE, "create", on, index=index, relation=relation, name=name)
    drop = budgeted(_TEMPLATE, "drop", on, schema=schema, name=name)
    return Step(
        _subject(index),
        "build the index concurrently" + (f" on {relation}" if relation != index.relation else ""),
        (statement,),
        transactional=False,
        waits=Waits.PATIENT,
        hazards=(Hazard.INDEX_BUILD,),
        remains=Remains(f"{schema}.{name}", drop),
    )


def _build_by_leaf(index: Index, state: IndexState, *, anew: bool) -> Iterator[Step]:
    """Make the index of the whole without its parts, build each part concurrently, and join it to the whole."""
    if anew:
        statement = budgeted(_TEMPLATE, "create on only", {On.TABLE: (index.relation,)}, index=index)
        yield Step(_subject(index), "make the index of the whole; its parts follow", (statement,))
    for leaf, indexed in (state.leaves or {}).items():
        if not indexed or anew:
            yield from _build_part(index, leaf)


def _build_part(index: Index, leaf: str) -> Iterator[Step]:
    schema, _, table = leaf.partition(".")
    name = bounded_name(index.name, table, _digest(index), suffix="part")
    left = budgeted(_TEMPLATE, "drop", {On.TABLE: (leaf,)}, schema=schema, name=name)
    on = {
        On.TABLE: (index.relation,),
        On.PARTITION: (leaf,),
        On.INDEX: (index.identity,),
        On.PART: (f"{schema}.{name}",),
    }
    join = budgeted(_TEMPLATE, "attach", on, index=index, schema=schema, name=name)
    subject = f"index {schema}.{name}"
    yield Step(subject, "drop what an interrupted build left", (left,), transactional=False, waits=Waits.PATIENT)
    yield _build(index, leaf, name)
    yield Step(subject, f"join it to {index.identity}", (join,))


def _digest(index: Index) -> str:
    """Return what tells the parts of one definition from those of another under the same name."""
    return hashlib.sha256(index.model_dump_json().encode()).hexdigest()[:8]


def _drop(index: Index, name: str, why: str, leaves: Iterable[str] | None = None) -> Step:
    """Drop it concurrently; one of a divided table, whose `leaves` are given, cannot be."""
    divided = leaves is not None
    action, how = ("drop at once", "with its parts") if divided else ("drop", "concurrently")
    on = {On.TABLE: (index.relation,), On.PARTITIONS: leaves or ()}
    statement = budgeted(_TEMPLATE, action, on, schema=index.schema_name, name=name)
    return Step(
        f"index {index.schema_name}.{name}",
        f"drop the index {how}: {why}",
        (statement,),
        transactional=divided,
        waits=Waits.INSTANT if divided else Waits.PATIENT,
        hazards=(Hazard.INDEX_DROPPED,),
        keeps="every row",
    )


def _drop_constraint(index: Index, constraint: str) -> Step:
    on = {On.TABLE: (index.relation,)}
    statement = budgeted(_TEMPLATE, "drop constraint", on, relation=index.relation, name=constraint)
    return Step(
        _subject(index),
        f"drop constraint {constraint}, which stands on the index",
        (statement,),
        hazards=(Hazard.INDEX_DROPPED, Hazard.CORRECTNESS),
        keeps="every row",
    )


def _subject(index: Index) -> str:
    return f"index {index.identity}"
