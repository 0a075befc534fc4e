"""Takes a resource that the program registers from what the state has of it to what the program wants."""

import json
import threading
from dataclasses import dataclass, replace
from typing import Final

from infra.embedded.engine import steps
from infra.embedded.engine.decisions import Decision, decide, replacement_for, with_ignored
from infra.embedded.engine.deletion import protected_error
from infra.embedded.engine.events import Op
from infra.embedded.engine.goals import Goal
from infra.embedded.engine.provider import Diff, Provider, ProviderError
from infra.embedded.engine.provider_resources import provider_needs_replacing, register_provider
from infra.embedded.engine.records import PROVIDER_PREFIX, Record, now
from infra.embedded.engine.refreshing import refresh_one
from infra.embedded.engine.replacing import delete_before
from infra.embedded.engine.run import Run
from infra.embedded.engine.values import Properties, mark_secrets, same
from infra.errors import RolloutError

#: The packages whose resources must name their provider, or `*` for all.
DISABLED_DEFAULTS: Final = "pulumi:disable-default-providers"


@dataclass(frozen=True)
class Old:
    """What the state had of a resource, and where."""

    key: int
    record: Record


class Registrar:
    """Registers the program's resources; called from many threads at once."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._olds = {record.urn: key for key, record in run.ledger.items() if not record.delete}
        self._components: dict[str, int] = {}
        self._defaults: dict[str, str] = {}
        self._defaults_lock = threading.Lock()

    def register(self, goal: Goal) -> Record | None:
        """Do what the goal needs and return the resource, or None when it failed or was not tried.

        Raises:
            RolloutError: ENG001 when the program has two resources with one URN.
        """
        run = self._run
        with run.lock:
            if goal.urn in run.seen:
                raise RolloutError(
                    "ENG001", goal.name, f"two resources have the URN {goal.urn}", fix="give one another name"
                )
            run.seen.add(goal.urn)
        try:
            return self._dispatch(goal)
        except steps.CheckRefusedError as error:
            for line in str(error).split("\n"):
                run.fail(goal.urn, ProviderError(line))
        except (ProviderError, RolloutError) as error:
            run.fail(goal.urn, error)
        return None

    def reference(self, goal: Goal) -> str:
        """Return the goal's provider, or the default provider of its package."""
        if goal.provider:
            return goal.provider
        self._require_default(goal)
        key = f"{goal.package}_{goal.version.replace('.', '_')}".rstrip("_")
        with self._defaults_lock:
            if key not in self._defaults:
                self._defaults[key] = self._default_provider(goal)
            return self._defaults[key]

    def component(self, urn: str) -> Old | None:
        """Return a component of the program as the state has it, or None when it was not registered."""
        key = self._components.get(urn)
        record = None if key is None else self._run.ledger.get(key)
        return None if key is None or record is None else Old(key, record)

    def _dispatch(self, goal: Goal) -> Record | None:
        run = self._run
        blockers = sorted(goal.needs() & run.failed)
        if blockers or run.cancelled.is_set():
            self._claim(goal)
            names = ", ".join(urn.rsplit("::", 1)[-1] for urn in blockers)
            run.skip(goal.urn, f"not tried: {names} failed" if blockers else "cancelled")
            return None
        if goal.is_provider:
            old = self._claim(goal)
            return register_provider(run, goal, (old.key, old.record) if old else None)
        if not goal.custom:
            return self._register_component(goal)
        return self._register_object(replace(goal, provider=self.reference(goal)))

    def _require_default(self, goal: Goal) -> None:
        disabled = json.loads(self._run.project.config.values.get(DISABLED_DEFAULTS, "[]"))
        if "*" in disabled or goal.package in disabled:
            raise RolloutError(
                "ENG001",
                goal.name,
                f"default providers of {goal.package} are disabled, and the program names none",
                fix="give the resource `provider=` in its options",
            )

    def _default_provider(self, goal: Goal) -> str:
        suffix = f"_{goal.version.replace('.', '_')}" if goal.version else ""
        inputs: Properties = dict(self._run.project.config.of_package(goal.package))
        if goal.version:
            inputs["version"] = goal.version
        kind = f"{PROVIDER_PREFIX}{goal.package}"
        project = self._run.project
        urn = f"urn:pulumi:{project.stack}::{project.name}::{kind}::default{suffix}"
        record = self.register(Goal(urn, kind, f"default{suffix}", custom=True, inputs=inputs))
        if record is None:
            raise RolloutError("ENG003", goal.name, f"the default provider of {goal.package} failed", fix="see above")
        return f"{urn}::{record.id}"

    def _claim(self, goal: Goal) -> Old | None:
        """Take the state of this resource, under its URN or one that it used to have."""
        run = self._run
        with run.lock:
            free = (urn for urn in (goal.urn, *goal.aliases) if urn in self._olds and self._olds[urn] not in run.kept)
            urn = next(free, "")
            if not urn:
                return None
            key = self._olds[urn]
            run.kept.add(key)
            deleting = run.condemned.get(key)
        if deleting is not None:
            deleting.wait()
        if urn != goal.urn:
            run.ledger.rename(urn, goal.urn)
        record = run.ledger.get(key)
        return Old(key, record) if record else None

    def _register_component(self, goal: Goal) -> Record:
        run = self._run
        old = self._claim(goal)
        if old is None:
            stamp = now()
            record = goal.record(goal.inputs, created=stamp, modified=stamp)
            self._components[goal.urn] = key = run.ledger.put(record)
            run.kept.add(key)
            run.events.done(goal.urn, Op.CREATE)
            return record
        before = old.record
        record = goal.record(goal.inputs, outputs=before.outputs, created=before.created, modified=before.modified)
        self._components[goal.urn] = run.ledger.put(record, old.key)
        run.events.done(goal.urn, Op.SAME if same(goal.inputs, before.inputs) else Op.UPDATE)
        return record

    def _register_object(self, goal: Goal) -> Record:
        run = self._run
        old = self._claim(goal)
        provider = run.registry.find(goal.provider)
        if goal.import_id and (old is None or (old.record.import_id or old.record.id) != goal.import_id):
            return self._import(goal, old, provider)
        if old is not None and run.refresh:
            fresh = refresh_one(run, old.key, old.record, provider)
            old = Old(old.key, fresh) if fresh is not None else None
        if old is None:
            return self._create(goal, provider)
        if old.record.pending_replacement:
            return self._create(goal, provider, old=old)
        return self._bring_up(goal, old, provider)

    def _create(self, goal: Goal, provider: Provider | None, old: Old | None = None) -> Record:
        run = self._run
        op = Op.CREATE if old is None else Op.REPLACE
        record = goal.record(goal.inputs)
        run.learn(record)
        record = replace(record, inputs=steps.check(run, record, {}, provider))
        run.events.started(goal.urn, op)
        record = steps.create(run, record, provider, key=old.key if old else None)
        run.events.done(goal.urn, op)
        return record

    def _bring_up(self, goal: Goal, old: Old, provider: Provider | None, *, imported: bool = False) -> Record:
        run = self._run
        before = old.record
        wanted = with_ignored(goal.inputs, before.inputs, goal.ignore_changes)
        record = goal.record(wanted, id=before.id, outputs=before.outputs, created=before.created)
        record = replace(record, modified=before.modified, extra=before.extra)
        run.learn(record)
        record = replace(record, inputs=steps.check(run, record, before.inputs, provider))
        seen = self._difference(goal, before, record.inputs, provider)
        decision = decide(goal, before, record.inputs, seen)
        match decision.op:
            case Op.REPLACE:
                return self._replace(goal, old, decision, provider)
            case Op.UPDATE:
                run.events.started(goal.urn, Op.UPDATE, decision.differences)
                record = steps.update(run, old.key, before, record, provider)
                run.events.done(goal.urn, Op.UPDATE, decision.differences)
            case _:
                outputs = mark_secrets(before.outputs, record.inputs, record.additional_secret_outputs)
                record = replace(record, outputs=outputs)
                run.ledger.put(record, old.key)
                if not imported:
                    run.events.done(goal.urn, Op.SAME)
        return record

    def _difference(self, goal: Goal, before: Record, inputs: Properties, provider: Provider | None) -> Diff:
        if goal.deleted_with and goal.deleted_with in self._replaced_urns():
            return replacement_for("deletedWith")
        if provider_needs_replacing(self._run, before.provider, goal.provider):
            return replacement_for("provider")
        return steps.diff(before, inputs, goal.ignore_changes, provider)

    def _replaced_urns(self) -> set[str]:
        return {record.urn for _, record in self._run.ledger.items() if record.delete or record.pending_replacement}

    def _replace(self, goal: Goal, old: Old, decision: Decision, provider: Provider | None) -> Record:
        run = self._run
        if old.record.protect and goal.protect:
            raise protected_error(old.record, "replaced")
        if goal.import_id:
            raise RolloutError(
                "ENG003",
                goal.name,
                "the change would replace a resource that was imported",
                fix="remove `import_` from the program, and run again",
            )
        record = goal.record(goal.inputs)
        record = replace(record, inputs=steps.check(run, record, {}, provider))
        run.events.started(goal.urn, Op.REPLACE, decision.differences)
        if decision.delete_first:
            delete_before(run, old.key, old.record)
            record = steps.create(run, record, provider, key=old.key)
        else:
            record = steps.create(run, record, provider, succeeds=old.key)
        run.events.done(goal.urn, Op.REPLACE, decision.differences)
        return record

    def _import(self, goal: Goal, old: Old | None, provider: Provider | None) -> Record:
        run = self._run
        run.events.started(goal.urn, Op.IMPORT)
        record = steps.adopt(run, goal.record({}), goal.import_id, provider)
        key = run.ledger.put(record) if old is None else run.ledger.succeed(record, old.key)
        run.kept.add(key)
        run.events.done(goal.urn, Op.IMPORT)
        return self._bring_up(goal, Old(key, record), provider, imported=True)
