"""Reads what is really there, and brings the state up to it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from infra.embedded.engine.decisions import describe, inverted, settled
from infra.embedded.engine.events import Difference, Op
from infra.embedded.engine.provider import Made, Provider, ProviderError
from infra.embedded.engine.records import Record, now
from infra.embedded.engine.run import Run, existing_of, subject_of
from infra.embedded.engine.values import mark_secrets, same
from infra.errors import RolloutError

PARALLEL: Final = 16


def refresh_all(run: Run, *, counted: bool) -> None:
    """Refresh every resource with the provider that the state has for it; failures are reported, one by one."""
    items = [(key, record) for key, record in run.ledger.items() if record.managed]

    def one(item: tuple[int, Record]) -> None:
        key, record = item
        if run.cancelled.is_set():
            run.skip(record.urn, "cancelled")
            return
        try:
            refresh_one(run, key, record, run.registry.find(record.provider), counted=counted)
        except (ProviderError, RolloutError) as error:
            run.fail(record.urn, error, Op.REFRESH)

    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="refresh") as workers:
        list(workers.map(one, items))


def refresh_one(
    run: Run, key: int, record: Record, provider: Provider | None, *, counted: bool = False
) -> Record | None:
    """Return the resource as it is now, or None when its object is gone; the state has it so from here on."""
    if provider is None or not record.managed or record.pending_replacement:
        return record
    made = provider.read(subject_of(record), existing_of(record))
    if made is None:
        run.ledger.drop(key)
        _report(run, record, Op.DELETE, (), "it is no longer there", counted=counted)
        return None
    fresh = _read_back(record, made)
    run.learn(fresh)
    if made.init_errors:
        run.events.message("warning", "\n".join(made.init_errors), record.urn)
    if fresh == record:
        _report(run, record, Op.SAME, (), "", counted=counted)
        return record
    drift = _drift(record, fresh, provider)
    fresh = replace(fresh, modified=now())
    run.ledger.put(fresh, key)
    _report(run, record, Op.UPDATE if drift else Op.SAME, drift, "", counted=counted)
    return fresh


def _read_back(record: Record, made: Made) -> Record:
    inputs = record.inputs if made.inputs is None else mark_secrets(made.inputs, record.inputs, ())
    return replace(
        record,
        id=made.id,
        inputs=record.inputs if same(inputs, record.inputs) else inputs,
        outputs=mark_secrets(made.outputs, record.inputs, record.additional_secret_outputs),
        init_errors=made.init_errors,
    )


def _drift(record: Record, fresh: Record, provider: Provider) -> tuple[Difference, ...]:
    """What an `up` would change back, told the other way round."""
    diff = provider.diff(subject_of(fresh), existing_of(fresh), record.inputs, record.ignore_changes)
    return inverted(describe(settled(diff, fresh.inputs, record.inputs), fresh, record.inputs))


def _report(run: Run, record: Record, op: Op, drift: tuple[Difference, ...], text: str, *, counted: bool) -> None:
    if counted:
        run.events.done(record.urn, op, drift, text)
    elif op is not Op.SAME:
        run.events.noticed(record.urn, Op.REFRESH, drift, text or "it was changed outside of this stack")
