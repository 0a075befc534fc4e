"""Deletes what is to go, each resource before what it needs."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from infra.embedded.engine.events import Op
from infra.embedded.engine.provider import ProviderError
from infra.embedded.engine.records import Record
from infra.embedded.engine.refreshing import refresh_one
from infra.embedded.engine.run import Run
from infra.embedded.engine.steps import remove
from infra.errors import RolloutError

PARALLEL: Final = 16
Condemned = dict[int, Record]


def protected_error(record: Record, what: str) -> RolloutError:
    """Return ENG004, with the way out."""
    return RolloutError(
        "ENG004",
        record.name,
        f"the resource is protected and may not be {what}",
        fix="if that is meant, set `protect: false` in the stack file, run `up`, and then do this again",
    )


def removed(run: Run) -> Condemned:
    """Return what the program no longer has, and what was replaced."""
    return {key: record for key, record in run.ledger.items() if record.delete or key not in run.kept}


def delete_all(run: Run, condemned: Condemned) -> None:
    """Delete the resources, in parallel where none needs another; what a failed one needs is left."""
    condemned = _present(run, condemned)
    spared: set[str] = set()
    for record in condemned.values():
        if record.protect and not record.delete and not record.pending_replacement:
            run.fail(record.urn, protected_error(record, "deleted"), Op.DELETE)
            spared |= {record.urn} | record.needs()
    urns = {record.urn for record in condemned.values()}
    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="delete") as workers:
        while batch := next_batch(condemned):
            tried = {key: record for key, record in batch.items() if record.urn not in spared}
            for record in batch.values():
                if record.urn in spared:
                    spared |= record.needs()
            done = workers.map(lambda item: _delete_one(run, item[0], item[1], urns), tried.items())
            for record, gone in zip(tried.values(), list(done), strict=True):
                if not gone:
                    spared |= record.needs()
            condemned = {key: record for key, record in condemned.items() if key not in batch}


def next_batch(condemned: Condemned) -> Condemned:
    """Return those that no other of the condemned needs.

    A resource and its successor have one URN: what needs that URN goes before both.
    """
    needed: set[str] = set()
    for record in condemned.values():
        needed |= record.needs()
    return {key: record for key, record in condemned.items() if record.urn not in needed} or condemned


def _present(run: Run, condemned: Condemned) -> Condemned:
    """Return what is really still there, when the run refreshes."""
    if not run.refresh:
        return condemned
    present: Condemned = {}
    for key, record in condemned.items():
        try:
            provider = run.registry.find(record.provider) if record.managed else None
            fresh = refresh_one(run, key, record, provider)
        except (ProviderError, RolloutError) as error:
            run.fail(record.urn, error, Op.REFRESH)
            fresh = record
        if fresh is not None:
            present[key] = fresh
    return present


def _delete_one(run: Run, key: int, record: Record, condemned: Collection[str]) -> bool:
    if run.cancelled.is_set():
        run.skip(record.urn, "cancelled")
        return False
    if record.pending_replacement or (record.deleted_with in condemned and record.deleted_with):
        run.ledger.drop(key)
        _report(run, record, "")
        return True
    run.events.started(record.urn, Op.DELETE)
    try:
        remove(run, record, key=key)
    except (ProviderError, RolloutError) as error:
        run.fail(record.urn, error, Op.DELETE)
        return False
    _report(run, record, "what it made is kept" if record.retain_on_delete else "")
    return True


def _report(run: Run, record: Record, text: str) -> None:
    if record.delete:
        run.events.noticed(record.urn, Op.DELETE, text=text or "replaced")
    else:
        run.events.done(record.urn, Op.DELETE, text=text)
