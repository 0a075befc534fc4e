"""The operations on a stack, each on an open run."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from infra.embedded.engine import steps
from infra.embedded.engine.deletion import delete_all, protected_error, removed
from infra.embedded.engine.events import Op
from infra.embedded.engine.goals import Goal, make_urn, stack_urn
from infra.embedded.engine.grpc_provider import GrpcProvider
from infra.embedded.engine.ledger import Ledger
from infra.embedded.engine.plugins import PluginProcess
from infra.embedded.engine.pool import STAND_INS, PluginPool
from infra.embedded.engine.program import run_program
from infra.embedded.engine.provider import Provider, ProviderError
from infra.embedded.engine.records import PROVIDER_PREFIX, STACK_TYPE, Record, now
from infra.embedded.engine.refreshing import refresh_all
from infra.embedded.engine.registry import Overrides, ProviderRegistry
from infra.embedded.engine.run import Run
from infra.embedded.engine.stand_in import PostgresqlStandIn
from infra.errors import RolloutError

#: Packages whose Diff compares inputs with inputs: equal ones need not be sent.
COMPARING_INPUTS: Final = frozenset({"rollout"})


@contextmanager
def open_run(
    pool: PluginPool, ledger: Ledger, *, preview: bool, overrides: Overrides | None, cancelled: threading.Event
) -> Iterator[Run]:
    """Open a run, and close its providers at the end."""
    states = {f"{record.urn}::{record.id}": record for _, record in ledger.items() if record.is_provider}
    registry = ProviderRegistry(_loader(pool, preview=preview, cancelled=cancelled), states, overrides)
    project = pool.project
    run = Run(project, pool.events, ledger, registry, preview=preview, refresh=project.refresh, cancelled=cancelled)
    try:
        yield run
    finally:
        registry.close()


def up(run: Run) -> None:
    """Run the program, and then delete what it no longer has, unless something has failed."""
    run_program(run)
    leftover = removed(run)
    if leftover and not run.errored and not run.cancelled.is_set():
        delete_all(run, leftover)


def refresh(run: Run) -> None:
    """Read everything that the state has."""
    refresh_all(run, counted=True)


def destroy(run: Run) -> None:
    """Delete everything that the state has, or refuse while something is protected."""
    protected = [record for _, record in run.ledger.items() if record.protect and not record.delete]
    for record in protected:
        run.fail(record.urn, protected_error(record, "deleted"), Op.DELETE)
    if not protected:
        delete_all(run, dict(run.ledger.items()))


def import_one(run: Run, *, kind: str, name: str, identity: str, parent: str, provider: str) -> None:
    """Take one object into the state, protected as Pulumi does it."""
    parent = parent or stack_urn(run.project)
    goal = Goal(make_urn(run.project, parent, kind, name), kind, name, custom=True, inputs={}, parent=parent)
    _require_room(run, goal)
    holder = _provider_for(run, goal, provider)
    goal = replace(goal, provider=f"{holder.urn}::{holder.id}", protect=True)
    run.events.started(goal.urn, Op.IMPORT)
    try:
        record = steps.adopt(run, goal.record({}), identity, run.registry.need(goal.provider))
    except ProviderError as error:
        run.fail(goal.urn, error, Op.IMPORT)
        return
    if not any(known.urn == parent for _, known in run.ledger.items()) and parent == stack_urn(run.project):
        run.ledger.put(Record(parent, STACK_TYPE, custom=False, created=now(), modified=now()))
    run.ledger.put(record)
    run.events.done(goal.urn, Op.IMPORT)


def _require_room(run: Run, goal: Goal) -> None:
    if any(record.urn == goal.urn and not record.delete for _, record in run.ledger.items()):
        raise RolloutError("ENG001", goal.name, f"{goal.urn} is in the state already", fix="choose another name")


def _provider_for(run: Run, goal: Goal, name: str) -> Record:
    kind = f"{PROVIDER_PREFIX}{goal.package}"
    found = [record for _, record in run.ledger.items() if record.type == kind and name in {"", record.name}]
    if len(found) == 1:
        return found[0]
    known = ", ".join(sorted(record.name for record in found)) or "none"
    raise RolloutError(
        "ENG001",
        goal.name,
        f"the state has not one provider for {goal.package} to import with (there: {known})",
        fix="run `up` once so that it has one, and name it if there are more",
    )


def _loader(pool: PluginPool, *, preview: bool, cancelled: threading.Event) -> Callable[[str], Provider]:
    def let_go(process: PluginProcess) -> None:
        """Keep a preview's process for what comes after it; what has changed something holds locks, and ends."""
        if preview and not cancelled.is_set():
            pool.give_back(process)
        else:
            process.stop()

    def load(package: str) -> Provider:
        if package in STAND_INS and package not in pool.project.plugins:
            return PostgresqlStandIn()
        process, folder = pool.take(package), str(pool.project.folder)
        return GrpcProvider(process, pool.engine_address, folder, let_go, compares_inputs=package in COMPARING_INPUTS)

    return load
