"""Explicit providers as resources: checked, compared, configured, and kept in the state like any other."""

from dataclasses import replace

from infra.embedded.engine.decisions import describe, settled
from infra.embedded.engine.deletion import protected_error
from infra.embedded.engine.events import Op
from infra.embedded.engine.goals import Goal
from infra.embedded.engine.provider import Existing, Provider, ProviderError, Subject
from infra.embedded.engine.records import Record, now
from infra.embedded.engine.registry import new_provider_id
from infra.embedded.engine.run import Run, existing_of, subject_of
from infra.embedded.engine.steps import CheckRefusedError
from infra.embedded.engine.values import Properties, has_unknown, mark_secrets


def register_provider(run: Run, goal: Goal, old: tuple[int, Record] | None) -> Record:
    """Check, compare and configure the provider, and return its resource."""
    provider = run.registry.load(goal.package)
    inputs = _checked(run, goal, old[1].inputs if old else {}, provider)
    outputs = mark_secrets(inputs, inputs, goal.additional_secret_outputs)
    record = goal.record(inputs, outputs=outputs)
    run.learn(record)
    if old is None:
        return _create(run, record, provider, None)
    key, before = old
    diff = provider.diff_config(subject_of(before), existing_of(before), inputs)
    diff = settled(diff, before.inputs, inputs)
    if diff.replace:
        if before.protect and goal.protect:
            raise protected_error(before, "replaced")
        return _create(run, record, provider, key)
    record = replace(record, id=before.id, created=before.created, modified=before.modified, extra=before.extra)
    run.registry.configure(provider, subject_of(record), inputs)
    changed = describe(diff, before, inputs)
    if changed:
        record = replace(record, modified=now())
    run.ledger.put(record, key)
    run.events.done(goal.urn, Op.UPDATE if changed else Op.SAME, changed)
    return record


def provider_needs_replacing(run: Run, old: str, new: str) -> bool:
    """Tell whether the move from one provider to another means that an object must be made anew."""
    if old == new:
        return False
    if not old or not new:
        return True
    records = {f"{record.urn}::{record.id}": record for _, record in run.ledger.items() if record.is_provider}
    before, after = records.get(old), records.get(new)
    provider = run.registry.find(new)
    if before is None or after is None or provider is None:
        return False
    subject = replace(subject_of(after), id=before.id)
    return provider.diff_config(subject, Existing(before.inputs, before.outputs), after.inputs).replace


def _checked(run: Run, goal: Goal, old: Properties, provider: Provider) -> Properties:
    if has_unknown(goal.inputs) and not run.preview:
        raise ProviderError("an input of the provider is not known")
    checked = provider.check_config(Subject(goal.urn, goal.type, goal.name), old, goal.inputs)
    if checked.failures:
        raise CheckRefusedError(checked.failures)
    version = {"version": goal.inputs["version"]} if "version" in goal.inputs else {}
    return checked.inputs | version


def _create(run: Run, record: Record, provider: Provider, replaces: int | None) -> Record:
    stamp = now()
    record = replace(record, id=new_provider_id(preview=run.preview), created=stamp, modified=stamp)
    run.registry.configure(provider, subject_of(record), record.inputs)
    key = run.ledger.put(record) if replaces is None else run.ledger.succeed(record, replaces)
    run.kept.add(key)
    run.events.done(record.urn, Op.CREATE if replaces is None else Op.REPLACE)
    return record

