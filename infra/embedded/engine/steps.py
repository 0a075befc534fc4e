"""Carries out one operation on one resource, and writes it into the state before it counts as ended."""

from dataclasses import replace

from infra.embedded.engine.provider import Changes, Checked, CheckFailure, Diff, Made, Provider, ProviderError
from infra.embedded.engine.records import Record, now
from infra.embedded.engine.run import Run, existing_of, is_coded, subject_of
from infra.embedded.engine.values import Properties, has_unknown, mark_secrets


class CheckRefusedError(ProviderError):
    """The provider refuses inputs: all of them at once."""

    def __init__(self, failures: tuple[CheckFailure, ...]) -> None:
        super().__init__("\n".join(map(_refusal, failures)))


class InitError(ProviderError):
    """The object was made, and is in the state, but it is not right yet."""


def _refusal(failure: CheckFailure) -> str:
    named = failure.property and not is_coded(failure.reason)
    return f"{failure.property}: {failure.reason}" if named else failure.reason


def check(run: Run, record: Record, old: Properties, provider: Provider | None) -> Properties:
    """Return the record's inputs as the provider completes them. A provider that is not known yet takes everything."""
    if not run.preview and has_unknown(record.inputs):
        raise ProviderError("an input is not known although all that it depends on has been made")
    checked = provider.check(subject_of(record), old, record.inputs) if provider else Checked(record.inputs)
    if checked.failures:
        raise CheckRefusedError(checked.failures)
    return checked.inputs


def diff(record: Record, inputs: Properties, ignore: tuple[str, ...], provider: Provider | None) -> Diff:
    """Return what the provider says of a resource's new inputs. One that is not known yet is taken to see changes."""
    if provider is None:
        return Diff(Changes.SOME)
    return provider.diff(subject_of(record), existing_of(record), inputs, ignore)


def create(
    run: Run, record: Record, provider: Provider | None, *, key: int | None = None, succeeds: int | None = None
) -> Record:
    """Create the object and add it to the state, under the key, or as the successor of what is to be deleted later."""
    with run.ledger.operation("creating", record):
        made = provider.create(subject_of(record), record.inputs, preview=run.preview) if provider else Made("", {})
        _require_complete(run, record, made)
        stamp = now()
        done = _finished(run, replace(record, id=made.id, created=stamp, modified=stamp), made)
        key = run.ledger.put(done, key) if succeeds is None else run.ledger.succeed(done, succeeds)
        run.kept.add(key)
    return _checked_init(done)


def update(run: Run, key: int, old: Record, record: Record, provider: Provider | None) -> Record:
    """Change the object in place and replace its resource in the state."""
    with run.ledger.operation("updating", old):
        made = Made(old.id, {})
        if provider is not None:
            made = provider.update(
                subject_of(old), existing_of(old), record.inputs, record.ignore_changes, preview=run.preview
            )
        _require_complete(run, record, made)
        done = _finished(run, replace(record, id=old.id, created=old.created, modified=now()), made)
        run.ledger.put(done, key)
    return _checked_init(done)


def remove(run: Run, record: Record, *, key: int, becomes: Record | None = None) -> None:
    """Delete the object, and drop it from the state or leave there what it becomes."""
    with run.ledger.operation("deleting", record):
        if record.managed and not record.retain_on_delete and not run.preview:
            provider = run.registry.need(record.provider)
            provider.delete(subject_of(record), existing_of(record))
        if becomes is None:
            run.ledger.drop(key)
        else:
            run.ledger.put(becomes, key)


def _require_complete(run: Run, record: Record, made: Made) -> None:
    if run.preview or not record.custom:
        return
    if not made.id:
        raise ProviderError("the provider gave no id for what it made")
    if has_unknown(made.outputs):
        raise ProviderError("the provider left an output unknown")


def _finished(run: Run, record: Record, made: Made) -> Record:
    outputs = mark_secrets(made.outputs, record.inputs, record.additional_secret_outputs)
    done = replace(record, outputs=outputs, init_errors=made.init_errors)
    run.learn(done)
    return done


def _checked_init(record: Record) -> Record:
    if record.init_errors:
        raise InitError("\n".join(record.init_errors))
    return record


def adopt(run: Run, record: Record, identity: str, provider: Provider | None) -> Record:
    """Return the resource of an object that exists already, as the provider reads it.

    Raises:
        ProviderError: When it does not exist, or the provider cannot tell the inputs that would make it.
    """
    if provider is None:
        raise ProviderError("the provider's inputs are not known yet, so nothing can be imported")
    made = provider.read(replace(subject_of(record), id=identity), None)
    if made is None:
        raise ProviderError(f"there is no {record.type} with the id {identity!r} to import")
    if made.inputs is None:
        raise ProviderError(f"the provider cannot import {record.type}: it gives no inputs")
    stamp = now()
    adopted = replace(record, id=made.id or identity, inputs=made.inputs, created=stamp, modified=stamp)
    return _finished(run, adopted, made)
