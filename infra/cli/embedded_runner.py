"""Runs a stack with the embedded engine, and starts the embedded PostgreSQL where that is its database."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from infra.cli.display import show_plan
from infra.cli.embedded_plugins import given_secrets
from infra.cli.engine_events import steps_of
from infra.cli.output import Output
from infra.cli.progress import watch
from infra.cli.report import Action, Report, by_kind, presentable
from infra.cli.stacks import EngineName, Stack
from infra.database.target import Target
from infra.embedded.engine.engine import Engine, Result
from infra.embedded.engine.events import Event
from infra.embedded.engine.pool import PluginPool
from infra.embedded.engine.registry import Overrides
from infra.embedded.postgres import ensure_running, status
from infra.errors import RolloutError, RolloutErrors

#: The one fault of a configuration that is mended by starting the server.
NOT_RUNNING: Final = "EMB002"


class CommandEngine(Engine):
    """The engine as a command needs it: it says that it is being cancelled, and can look without writing."""

    def __init__(
        self,
        stack: Stack,
        output: Output,
        on_event: Callable[[Event], None],
        overrides: Overrides,
        pool: PluginPool | None = None,
    ) -> None:
        super().__init__(
            stack.folder,
            stack.name,
            stack.home,
            on_event,
            extra_secrets=given_secrets(stack),
            provider_overrides=overrides,
            require_values=False,
            pool=pool,
        )
        self._output = output

    def cancel(self) -> None:
        """Stop orderly, and say so."""
        self._output.note("cancelling: what is under way ends first; Ctrl-C once more stops at once")
        super().cancel()

    def look(self) -> Result:
        """Say what `refresh` would find. Nothing is written."""
        return self._run(lambda operations, run: operations.refresh(run), preview=True)


class EmbeddedRunner:
    """One stack, run in this process, with plugins that have been started for it or that each run starts."""

    def __init__(
        self, stack: Stack, output: Output, *, read_only: bool = False, pool: PluginPool | None = None
    ) -> None:
        self._stack = stack
        self._output = output
        self._on_event: Callable[[Event], None] = lambda _event: None
        self._target: Target | None = None
        self._pool = pool
        self._engine = self._make_engine({})
        if stack.has_embedded_database and not read_only:
            self._require_database()

    def plan(self, action: Action) -> Report:
        """Return what the action would do; nothing is written."""
        engine = self._connected()
        runs: dict[Action, Callable[[], Result]] = {
            Action.UP: engine.preview,
            Action.REFRESH: engine.look,
            Action.DESTROY: lambda: engine.destroy(preview=True),
        }
        known = len(engine.state()) or None if self._output.live else None
        with watch(self._output, action, preview=True, total=known) as watcher:
            self._on_event = watcher.on_event
            return self._report(action, runs[action](), preview=True)

    def apply(self, action: Action, planned: Report | None) -> Report:
        """Do it. What was planned a moment ago and found all as it should be is done already."""
        if action is Action.UP and planned and planned.settled and not planned.changes:
            self._let_plugins_go()
            return replace(planned, preview=False)
        engine = self._connected()
        runs = {Action.UP: engine.up, Action.REFRESH: engine.refresh, Action.DESTROY: engine.destroy}
        with watch(self._output, action, preview=False, total=len(planned.steps) if planned else None) as watcher:
            self._on_event = watcher.on_event
            return self._report(action, runs[action](), preview=False)

    def take_in(self, kind: str, name: str, identity: str, *, parent: str, provider: str) -> Report:
        """Take an object that exists into the state, protected."""
        result = self._connected().import_resource(kind, name, identity, parent=parent, provider=provider)
        return self._report(Action.IMPORT, result, preview=False)

    def show_plan(self, report: Report) -> None:
        """Show what `plan` returned, and what is not ours."""
        from infra.cli.drift_beside import tell_beside  # noqa: PLC0415 - the driver is not what the plugins wait for

        show_plan(report, self._output)
        tell_beside(self, report, self._output)

    def target(self) -> Target:
        """Return the stack's database as the deployer sees it.

        Raises:
            RolloutErrors: when the stack's configuration is wrong, or the embedded PostgreSQL does not run.
        """
        if self._target is None:
            self._target = configured_target(self._engine)
        return self._target

    def urns(self) -> list[str]:
        """Return the URNs of everything in the state."""
        return [record.urn for record in self._engine.state()]

    def resources(self) -> dict[str, list[dict[str, Any]]]:
        """Return the inputs of everything in the state by the types' last words; secrets are left out."""
        return by_kind((record.type, presentable(record.inputs)) for record in self._engine.state())

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs of the last `up`."""
        return self._engine.outputs()

    def export(self) -> dict[str, Any]:
        """Return the deployment, secrets in plain text.

        Raises:
            RolloutError: CLI006 for a stack that has no passphrase yet, as Pulumi would fail to encrypt the secrets.
        """
        if not self._engine.project.salt:
            raise _no_salt(self._stack.name)
        return self._engine.export()

    def _connected(self) -> CommandEngine:
        """Return the engine with providers that go to the database where it is now, whatever the state remembers."""
        self._engine = self._make_engine(provider_inputs(self.target()))
        return self._engine

    def _make_engine(self, overrides: Overrides) -> CommandEngine:
        return CommandEngine(self._stack, self._output, self._pass_event, overrides, self._pool)

    def _let_plugins_go(self) -> None:
        """End the plugins while what came of the run is shown: nobody waits for them."""
        if self._pool is not None:
            threading.Thread(target=self._pool.close, name="plugins' end").start()

    def _pass_event(self, event: Event) -> None:
        self._on_event(event)

    def _require_database(self) -> None:
        """Start the embedded PostgreSQL unless it runs, once the stack's configuration has been found in order."""
        try:
            self.target()
        except RolloutErrors as found:
            if [error.code for error in found.errors] != [NOT_RUNNING]:
                raise
            start_database(self._stack, self._output)

    def _report(self, action: Action, result: Result, *, preview: bool) -> Report:
        steps, messages = steps_of(result.events)
        return Report(
            action=action,
            stack=self._stack.name,
            engine=EngineName.EMBEDDED.value,
            preview=preview,
            steps=steps,
            messages=messages,
            outputs=result.outputs,
            ok=result.ok,
            cancelled=result.cancelled,
            settled=result.settled,
        )


def _no_salt(stack: str) -> RolloutError:
    problem = f"Pulumi.{stack}.yaml has no `encryptionsalt`, so `pulumi stack import` could not encrypt the secrets"
    command = f"run `pulumi stack init {stack}` first (on Pulumi Cloud with `--secrets-provider passphrase`)"
    return RolloutError("CLI006", "state export", problem, fix=f"{command}, then export again")


def start_database(stack: Stack, output: Output) -> None:
    """Start the embedded PostgreSQL, and say so, unless it runs."""
    before = status(stack.home)
    if not before.running:
        output.note(f"{'starting' if before.exists else 'making'} the embedded PostgreSQL in {before.folder} …")
        ensure_running(stack.home)


def configured_target(engine: Engine) -> Target:
    """Return the database that the stack's configuration names, checked as the program checks it."""
    from infra.config.stack import Source, resolve  # noqa: PLC0415 - it imports Pulumi's SDK

    project = engine.project
    config = project.config
    source = Source(project.name, project.stack, project.folder, config.values, config.secret_keys)
    return target_of(resolve(source).connection)


def target_of(connection: Any) -> Target:
    """Return the program's connection as the description of a connection that everything else uses."""
    names = ("host", "port", "name", "user", "password", "sslmode")
    return Target(**{name: getattr(connection, name) for name in names})


def provider_inputs(target: Target) -> Overrides:
    """Return what both packages' providers are to use: an embedded server may have another port by now."""
    shared = {"host": target.host, "port": target.port, "password": target.password, "sslmode": target.sslmode}
    return {
        "rollout": shared | {"database": target.name, "user": target.user},
        "postgresql": shared | {"database": target.name, "username": target.user},
    }
