"""Explicit providers as resources: checked, compared, configured, and kept in the state like any other."""

from dataclasses import replace

from infra.embedded.engine.decisions import describe, settled
from infra.embedded.engine.deletion import protected_error
from infra.embedded.engine.events import Op
from infra.embedded.engine.goals import Goal
from infra.embedded.engine.provider import Changes, Existing, Provider, ProviderError, Subject
from infra.embedded.engine.records import Record, now
from infra.embedded.engine.registry import INTERNAL, new_provider_id, without_internal
from infra.embedded.engine.run import Run, subject_of
from infra.embedded.engine.steps import CheckRefusedError
from infra.embedded.engine.values import Properties, has_unknown, mark_secrets


def register_provider(run: Run, goal: Goal, old: tuple[int, Record] | None) -> Record:
    """Check, compare and configure the provider, and return its resource."""
    provider = run.registry.load(goal.package)
    inputs = _checked(run, goal, old[1].inputs if old else {}, provider)
    outputs = mark_secrets(without_internal(inputs), inputs, goal.additional_secret_outputs)
    record = goal.record(inputs, outputs=outputs)
    run.learn(record)
    if old is None:
        return _create(run, record, provider, None)
    key, before = old
    told, asked = without_internal(before.inputs), without_internal(inputs)
    diff = settled(provider.diff_config(subject_of(before), Existing(told, before.outputs), asked), told, asked)
    if diff.replace:
        if before.protect and goal.protect:
            raise protected_error(before, "replaced")
        return _create(run, record, provider, key)
    record = replace(record, id=before.id, created=before.created, modified=before.modified, extra=before.extra)
    run.registry.configure(provider, subject_of(record), asked)
    op = Op.UPDATE if diff.changes is Changes.SOME else Op.SAME
    if op is Op.UPDATE:
        record = replace(record, modified=now())
    run.ledger.put(record, key)
    run.events.done(goal.urn, op, describe(diff, before, inputs))
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
    existing = Existing(without_internal(before.inputs), before.outputs)
    return provider.diff_config(subject, existing, without_internal(after.inputs)).replace


def _checked(run: Run, goal: Goal, old: Properties, provider: Provider) -> Properties:
    if has_unknown(goal.inputs) and not run.preview:
        raise ProviderError("an input of the provider is not known")
    checked = provider.check_config(Subject(goal.urn, goal.type, goal.name), without_internal(old), goal.inputs)
    if checked.failures:
        raise CheckRefusedError(checked.failures)
    version = {"version": goal.inputs["version"]} if "version" in goal.inputs else {}
    # Pulumi notes its own part beside a version; it has to be there for the two states to be the same.
    internal = {INTERNAL: old.get(INTERNAL, {})} if version or INTERNAL in old else {}
    return internal | checked.inputs | version


def _create(run: Run, record: Record, provider: Provider, replaces: int | None) -> Record:
    stamp = now()
    record = replace(record, id=new_provider_id(preview=run.preview), created=stamp, modified=stamp)
    run.registry.configure(provider, subject_of(record), without_internal(record.inputs))
    key = run.ledger.put(record) if replaces is None else run.ledger.succeed(record, replaces)
    run.kept.add(key)
    run.events.done(record.urn, Op.CREATE if replaces is None else Op.REPLACE)
    return record
