"""The embedded engine: preview, up, refresh, destroy and import of one stack, with its state in a folder."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

from infra.embedded.engine.events import Event, EventLog, Kind, Op
from infra.embedded.engine.ledger import Ledger
from infra.embedded.engine.pool import PluginPool
from infra.embedded.engine.project import Project, read_project
from infra.embedded.engine.records import Record
from infra.embedded.engine.registry import Overrides
from infra.embedded.engine.store import Loaded, Store, parse_deployment
from infra.errors import RolloutError, RolloutErrors

#: Takes the module `operations`, which is imported late, and the run.
Action = Callable[[Any, Any], None]
#: A terminal sends the first; `kill`, service managers and CI send the second.
STOPPING: Final = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Result:
    """What came of a run. Secrets among the outputs are `values.Secret`, what a preview cannot know is `UNKNOWN`.

    `settled` says of a preview that an `up` would find no more to do: neither an object nor the state would change.
    """

    changes: dict[Op, int]
    events: tuple[Event, ...]
    outputs: dict[str, Any]
    ok: bool
    cancelled: bool = False
    settled: bool = False

    @property
    def errors(self) -> tuple[str, ...]:
        """The texts of the failures."""
        return tuple(event.text for event in self.events if event.kind is Kind.FAILED)


class Engine:
    """Runs the program of a project against one stack.

    Args:
        project_dir: The folder of `Pulumi.yaml` and `__main__.py`.
        stack: The stack's name.
        home: The folder of all states; this stack's is `state/<project>/<stack>` in it.
        on_event: Called with each event as it happens, one at a time, from any thread.
        extra_config: Values that win over the stack file's, by short or full names.
        extra_secrets: The same, as secrets.
        provider_overrides: For each package, inputs that win over those in the state where a provider is configured
            from it (refresh, destroy, import, and the deletion of what the program no longer has).
        require_values: Whether a declared value that is missing is refused at once, or left for the program to tell.
        pool: Plugin processes that outlive a preview; the caller closes it. Without it each run starts its own.

    Raises:
        RolloutError: ENG001, CFG004 or SEC001 when the project or the stack's file cannot be used.
    """

    def __init__(  # noqa: PLR0913 - what tells one run from another, by name
        self,
        project_dir: Path,
        stack: str,
        home: Path,
        on_event: Callable[[Event], None] | None = None,
        *,
        extra_config: Mapping[str, str] | None = None,
        extra_secrets: Mapping[str, str] | None = None,
        provider_overrides: Overrides | None = None,
        require_values: bool = True,
        pool: PluginPool | None = None,
    ) -> None:
        self.project: Project = read_project(
            project_dir.resolve(),
            stack,
            extra_config=extra_config or {},
            extra_secrets=extra_secrets or {},
            require_values=require_values,
        )
        self._store = Store(home, self.project.name, stack)
        self._on_event = on_event
        self._overrides = provider_overrides
        self._pool = pool
        self._cancelled = threading.Event()
        self._stop: Callable[[], None] = lambda: None

    def preview(self) -> Result:
        """Say what `up` would do. Nothing is written."""
        return self._run(lambda operations, run: operations.up(run), preview=True)

    def up(self) -> Result:
        """Bring everything to what the program says."""
        return self._run(lambda operations, run: operations.up(run))

    def refresh(self) -> Result:
        """Bring the state to what is really there; the program does not run."""
        return self._run(lambda operations, run: operations.refresh(run))

    def destroy(self, *, preview: bool = False) -> Result:
        """Delete everything in the state; refused as a whole while a resource is protected."""
        return self._run(lambda operations, run: operations.destroy(run), preview=preview)

    def import_resource(self, type: str, name: str, id: str, *, parent: str = "", provider: str = "") -> Result:  # noqa: A002 - Pulumi's own words
        """Take an object that exists already into the state, protected.

        The parent is a URN (the stack's by default), the provider a name (the only one of its package by default).
        """
        goal = {"kind": type, "name": name, "identity": id, "parent": parent, "provider": provider}
        return self._run(lambda operations, run: operations.import_one(run, **goal))

    def state(self) -> list[Record]:
        """Return the resources that the state has."""
        return list(self._store.load().records.values())

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs of the last `up`."""
        return next((dict(record.outputs) for record in self.state() if record.is_stack), {})

    def export(self) -> dict[str, Any]:
        """Return the deployment, secrets in plain text, in the form that `pulumi stack import` takes.

        It can be imported into a stack whose file has an `encryptionsalt`, as `pulumi stack init` writes it.
        """
        return Ledger(self._store.load().records).deployment(self.project.salt)

    def import_state(self, deployment: dict[str, Any]) -> None:
        """Replace the state by a deployment, such as `pulumi stack export --show-secrets` gives.

        Raises:
            RolloutError: ENG002 when it cannot be read.
        """
        try:
            records = parse_deployment(deployment)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise RolloutError(
                "ENG002",
                "state",
                "this is no deployment with secrets in plain text",
                fix="use the output of `pulumi stack export --show-secrets`",
            ) from None
        with self._store.lock():
            self._store.save(Ledger(dict(enumerate(records))).deployment(self.project.salt))

    def cancel(self) -> None:
        """Stop orderly: nothing new is begun, and the providers end what they are doing."""
        self._cancelled.set()
        self._stop()

    def _run(self, action: Action, *, preview: bool = False) -> Result:
        events = EventLog(self._on_event)
        for key in self.project.config.secret_keys:
            events.hide_text(self.project.config.values.get(key, ""))
        self._cancelled.clear()
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._interrupts())
            if not preview:
                lock = stack.enter_context(self._store.lock())
                if lock.abandoned:
                    events.message("warning", f"took over the lock of a run that has died: {lock.abandoned}")
            loaded = self._load(events)
            run = self._act(action, loaded, events, preview=preview)
        settled = not (run.errored or run.ledger.changed or loaded.pending or self._store.has_journal)
        return Result(
            events.changes, tuple(events.events), dict(run.outputs), not run.errored, self._cancelled.is_set(), settled
        )

    def _act(self, action: Action, loaded: Loaded, events: EventLog, *, preview: bool) -> Any:
        with self._plugins(events) as pool:
            return self._act_with(pool, action, loaded, preview=preview)

    @contextlib.contextmanager
    def _plugins(self, events: EventLog) -> Iterator[PluginPool]:
        """Yield the plugins of a run: those that were lent, or its own."""
        if self._pool is not None:
            self._pool.events = events
            yield self._pool
            return
        pool = PluginPool(self.project, events)
        try:
            yield pool
        finally:
            pool.close()

    def _act_with(self, pool: PluginPool, action: Action, loaded: Loaded, *, preview: bool) -> Any:
        from infra.embedded.engine import operations  # noqa: PLC0415 - the plugins start while the SDK is imported

        journal = None if preview else self._store.journal(loaded.base)
        ledger = Ledger(loaded.records, journal)
        with operations.open_run(
            pool, ledger, preview=preview, overrides=self._overrides, cancelled=self._cancelled
        ) as run:
            self._stop = run.registry.cancel
            try:
                action(operations, run)
            except (RolloutError, RolloutErrors) as error:
                for one in error.errors if isinstance(error, RolloutErrors) else (error,):
                    run.fail("", one)
            finally:
                self._stop = lambda: None
                if journal is not None:
                    journal.close()
                    if ledger.changed or loaded.pending or self._store.has_journal:
                        self._store.save(ledger.deployment(self.project.salt))
            if self._cancelled.is_set():
                run.fail("", RolloutError("ENG001", "", "the run was cancelled", fix="run it again to go on"))
            return run

    def _load(self, events: EventLog) -> Loaded:
        loaded = self._store.load()
        for operation in loaded.pending:
            name = operation.record.name
            text = f"a run died while {operation.type} {name}; what it had done is found again, not done twice"
            events.message("warning", text, operation.record.urn)
        for record in loaded.records.values():
            events.hide((*record.inputs.values(), *record.outputs.values()))
        return loaded

    @contextlib.contextmanager
    def _interrupts(self) -> Iterator[None]:
        """Make the first Ctrl-C or SIGTERM a cancellation, and what comes after it what it was before."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in STOPPING}

        def on_signal(_number: int, _frame: FrameType | None) -> None:
            _restore(before)
            threading.Thread(target=self.cancel, daemon=True).start()

        for number in STOPPING:
            signal.signal(number, on_signal)
        try:
            yield
        finally:
            _restore(before)


def _restore(handlers: Mapping[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)
