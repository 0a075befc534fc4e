"""The objects of a plan as the document has them: SQL, locks with the size of what they lock, the way back."""

from collections.abc import Iterable

from infra.ddl.statement import LIMITS, Hazard, Lock, Plan, Step
from infra.errors import redact
from infra.preview.document import LockedRelation, PlannedObject, PlannedStep, PropertyDifference
from infra.preview.items import Item
from infra.preview.sizes import Size, Sizes

_NOTHING = Size()


def planned_object(item: Item, sizes: Sizes) -> PlannedObject:
    """Return one object of the plan."""
    return PlannedObject(
        kind=item.kind,
        object=item.identity,
        action=item.action.value,
        changes=tuple(PropertyDifference(path=one.path, before=one.before, after=one.after) for one in item.changes),
        steps=tuple(_step(item, step, sizes) for step in item.steps),
        locks=_locks(item.locks, sizes),
        rewrites=item.rewrites,
        hazards=tuple(hazard.value for hazard in item.hazards),
        reversible=item.is_reversible,
        back=_texts(item.back),
        errors=tuple(map(str, item.errors)),
    )


def _step(item: Item, step: Step, sizes: Sizes) -> PlannedStep:
    return PlannedStep(
        subject=step.subject,
        summary=step.summary,
        sql=_texts((step,)),
        transactional=step.transactional,
        lock_timeouts=LIMITS[step.waits].lock_timeouts,
        locks=_locks(item.locks_of(step.statements), sizes),
        rewrites=any(statement.rewrites for statement in step.statements),
        hazards=tuple(hazard.value for hazard in Hazard if hazard in item.hazards_of((step,))),
        keeps=step.keeps,
    )


def _locks(locks: Iterable[tuple[Lock, str]], sizes: Sizes) -> tuple[LockedRelation, ...]:
    found = ((lock, name, sizes.get(name, _NOTHING)) for lock, name in locks)
    return tuple(
        LockedRelation(lock=lock.value, relation=name, bytes=size.bytes, rows=size.rows) for lock, name, size in found
    )


def _texts(plan: Plan) -> tuple[str, ...]:
    return tuple(redact(statement.text) for step in plan for statement in step.statements)
