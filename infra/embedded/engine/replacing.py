"""Deletes before a replacement: the dependents that must be made anew too, and then the resource itself."""

import threading
from dataclasses import replace

from infra.embedded.engine.decisions import decide
from infra.embedded.engine.deletion import protected_error
from infra.embedded.engine.events import Op
from infra.embedded.engine.goals import Goal
from infra.embedded.engine.ledger import in_order
from infra.embedded.engine.records import Record, provider_urn
from infra.embedded.engine.run import Run
from infra.embedded.engine.steps import diff, remove
from infra.provider.handler import UNKNOWN

Item = tuple[int, Record]


def delete_before(run: Run, key: int, old: Record) -> None:
    """Delete the resource and, before it, the dependents whose replacement its own brings about."""
    if old.pending_replacement:
        return
    with run.lock:
        dependents = dependents_to_replace(run, key, old)
        for _, record in dependents:
            if record.protect:
                raise protected_error(record, f"replaced, as replacing {old.name} asks for")
        for dependent, _ in dependents:
            run.condemned[dependent] = threading.Event()
    try:
        for dependent, record in reversed(dependents):
            _delete_to_replace(run, dependent, record)
    finally:
        for dependent, _ in dependents:
            run.condemned[dependent].set()
    _delete_to_replace(run, key, old)


def dependents_to_replace(run: Run, key: int, root: Record) -> list[Item]:
    """Return the resources that a change of the root's outputs would replace, in the order of their dependencies.

    What the program has registered already cannot depend on the root, whatever the old state says.
    """
    keys = {record.urn: found for found, record in run.ledger.items() if not record.delete}
    affected, replaced = {root.urn}, {root.urn}
    result: list[Item] = []
    for record in in_order([record for _, record in run.ledger.items() if not record.delete]):
        found = keys[record.urn]
        if found == key or found in run.kept or found in run.condemned or not record.needs() & affected:
            continue
        affected.add(record.urn)
        if record.managed and _must_be_replaced(run, record, replaced):
            replaced.add(record.urn)
            result.append((found, record))
    return result


def _must_be_replaced(run: Run, record: Record, replaced: set[str]) -> bool:
    if provider_urn(record.provider) in replaced or record.deleted_with in replaced:
        return True
    moving = {name for name, urns in record.property_dependencies.items() if replaced.intersection(urns)}
    inputs = {name: UNKNOWN if name in moving else value for name, value in record.inputs.items()}
    if not moving & record.inputs.keys():
        return False
    goal = Goal(record.urn, record.type, record.name, custom=True, inputs=inputs)
    goal = replace(goal, replace_on_changes=record.replace_on_changes)
    seen = diff(record, inputs, record.ignore_changes, run.registry.find(record.provider))
    return decide(goal, record, inputs, seen).op is Op.REPLACE


def _delete_to_replace(run: Run, key: int, record: Record) -> None:
    run.events.started(record.urn, Op.DELETE)
    remove(run, record, key=key, becomes=replace(record, pending_replacement=True))
    run.events.noticed(record.urn, Op.DELETE, text="to be made anew")
