"""Runs a stack under Pulumi's own CLI, through its Automation API, on whatever backend the user has chosen."""

import os
from collections.abc import Callable, Iterator
from typing import Any

from pulumi.automation import CommandError, LocalWorkspace
from pulumi.automation import Stack as PulumiStack

from infra.cli.drift_beside import tell_beside
from infra.cli.drift_wording import incidents_told
from infra.cli.embedded_runner import start_database, target_of
from infra.cli.output import Output
from infra.cli.pulumi_command import OwnCommand, stopping
from infra.cli.pulumi_events import Collector
from infra.cli.pulumi_failures import cancelled_error, named, told
from infra.cli.pulumi_recovery import clear_locks, pending_operations, tell_pending
from infra.cli.report import Action, Message, Report, by_kind
from infra.cli.stacks import EngineName, Stack
from infra.config.stack import Source, resolve
from infra.database.target import Target
from infra.errors import RolloutError, redact


class ProjectWorkspace(LocalWorkspace):
    """The project as it is: its settings are never saved anew, and the user's selected stack stays selected."""

    def select_stack(self, stack_name: str) -> None:
        """Only make sure that the stack exists: selecting it would change what plain `pulumi` works on."""
        self._run_pulumi_cmd_sync(["stack", "--stack", stack_name])


class PulumiRunner:
    """One stack under Pulumi's CLI. What it prints is passed on as it comes, unless a document is wanted."""

    def __init__(self, stack: Stack, output: Output, *, read_only: bool = False) -> None:
        self._stack = stack
        self._output = output
        self._quiet = output.as_json or read_only
        self._command = OwnCommand()
        self._pulumi = select(stack, self._command)
        # The CLI takes a second for each answer: what nothing has changed meanwhile is asked for once.
        self._target: Target | None = None
        self._known: dict[str, Any] | None = None
        if stack.has_embedded_database and not read_only:
            start_database(stack, output)

    def plan(self, action: Action) -> Report:
        """Return what the action would do; nothing is written."""
        calls: dict[Action, Callable[..., Any]] = {
            Action.UP: self._pulumi.preview,
            Action.REFRESH: self._pulumi.preview_refresh,
            Action.DESTROY: self._pulumi.preview_destroy,
        }
        return self._run(action, calls[action], preview=True)

    def apply(self, action: Action, planned: Report | None) -> Report:  # noqa: ARG002 - Pulumi shows its own progress
        """Do it, once what a run that has died left behind is cleared."""
        self._known = None
        if failed := self._recover():
            return failed
        calls: dict[Action, Callable[..., Any]] = {
            Action.UP: self._pulumi.up,
            Action.REFRESH: self._pulumi.refresh,
            Action.DESTROY: self._pulumi.destroy,
        }
        return self._run(action, calls[action], preview=False)

    def take_in(self, kind: str, name: str, identity: str, *, parent: str, provider: str) -> Report:
        """Take an object that exists into the state; no code is written for it, as the program has it already."""
        table = {"provider": self._provider_urn(kind, provider)} | ({"parent": parent} if parent else {})
        resource = {"type": kind, "name": name, "id": identity, "provider": "provider"}
        resource |= {"parent": "parent"} if parent else {}
        return self._run(
            Action.IMPORT,
            lambda **options: self._pulumi.import_resources(
                resources=[resource],  # type: ignore[list-item] # its type wants every optional key
                name_table=table,
                generate_code=False,
                on_output=options["on_output"],
            ),
            preview=False,
        )

    def show_plan(self, report: Report) -> None:
        """Show only what Pulumi has not: why it failed, with its code, and what is not ours."""
        for message in report.messages if not self._quiet else ():
            self._output.error(message.text)
        tell_beside(self, report, self._output)

    def target(self) -> Target:
        """Return the stack's database as the deployer sees it."""
        if self._target is None:
            self._target = self._configured_target()
        return self._target

    def _configured_target(self) -> Target:
        with told(self._stack.name):
            config = self._pulumi.get_all_config()
        source = Source(
            self._stack.project,
            self._stack.name,
            self._stack.folder,
            {key: str(item.value) for key, item in config.items()},
            frozenset(key for key, item in config.items() if item.secret),
        )
        return target_of(resolve(source).connection)

    def urns(self) -> list[str]:
        """Return the URNs of everything in the state."""
        return [resource["urn"] for resource in self._exported()]

    def resources(self) -> dict[str, list[dict[str, Any]]]:
        """Return the inputs of everything in the state by the types' last words; secrets stay encrypted."""
        return by_kind((resource["type"], resource.get("inputs") or {}) for resource in self._exported())

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs of the last `up`."""
        with told(self._stack.name):
            return {name: "[secret]" if item.secret else item.value for name, item in self._pulumi.outputs().items()}

    def _exported(self) -> list[dict[str, Any]]:
        return self._deployment().get("resources") or []

    def _deployment(self) -> dict[str, Any]:
        if self._known is None:
            with told(self._stack.name):
                self._known = dict(self._pulumi.export_stack().deployment or {})
        return self._known

    def _recover(self) -> Report | None:
        """Clear what a dead run has left: its locks, its pending operations. Return the report of a failure to."""
        with told(self._stack.name):
            backend = self._pulumi.workspace.who_am_i().url or ""
        clear_locks(self._stack, backend, self._output)
        operations = pending_operations(self._deployment())
        if not operations:
            return None
        tell_pending(operations, self._output)
        report = self._run(
            Action.REFRESH,
            lambda **options: self._pulumi.refresh(clear_pending_creates=True, **options),
            preview=False,
        )
        for finding in incidents_told(report):
            self._output.note(f"warning: {finding.text}")
        return None if report.ok else report

    def _run(self, action: Action, call: Callable[..., Any], *, preview: bool) -> Report:
        collector = Collector()
        if not preview:
            self._known = None
        failure = None
        options: dict[str, Any] = {"on_output": self._pass_on, "on_error": self._pass_on_error}
        if action is not Action.IMPORT:
            options |= {"on_event": collector.on_event, "color": "never" if self._plain else "always"}
        with stopping(self._interrupt) as stopped:
            try:
                call(**options)
            except CommandError as error:
                failure = str(error)
        steps, messages = collector.steps()
        # What is shown as it comes is not shown twice.
        messages = messages if self._quiet else ()
        return Report(
            action=action,
            stack=self._stack.name,
            engine=EngineName.PULUMI.value,
            preview=preview,
            steps=steps,
            messages=(*messages, *self._named(failure, cancelled=stopped.is_set())),
            outputs={} if preview or failure is not None else self.outputs(),
            ok=failure is None,
            cancelled=stopped.is_set(),
        )

    def _named(self, failure: str | None, *, cancelled: bool) -> Iterator[Message]:
        """Yield the failure of a run as an error with a code, where the CLI's own words have none."""
        if failure is None:
            return
        if cancelled:
            yield Message("error", str(cancelled_error(self._stack.name)))
        elif error := named(self._stack.name, failure):
            yield Message("error", str(error))

    @property
    def _plain(self) -> bool:
        return not self._output.console.is_terminal or bool(os.environ.get("NO_COLOR"))

    def _pass_on(self, line: str) -> None:
        if not self._quiet:
            self._output.console.file.write(redact(line) + "\n")
            self._output.console.file.flush()

    def _pass_on_error(self, line: str) -> None:
        if line:
            self._output.note(line)

    def _interrupt(self) -> None:
        self._output.note("cancelling: what is under way is ended; Ctrl-C once more stops it at once")
        self._command.interrupt()

    def _provider_urn(self, kind: str, name: str) -> str:
        package = kind.partition(":")[0]
        known = [urn for urn in self.urns() if urn.split("::")[2] == f"pulumi:providers:{package}"]
        found = [urn for urn in known if name in {"", urn.split("::", 3)[-1]}]
        if len(found) != 1:
            raise RolloutError(
                "CLI001",
                "import",
                f"the stack has not one provider for {package} to import with",
                allowed=", ".join(urn.split("::", 3)[-1] for urn in known) or "none: run `up` once",
                fix="name one with --provider",
            )
        return found[0]


def select(stack: Stack, command: OwnCommand) -> PulumiStack:
    """Return the stack, which must exist on the backend: a new one on the wrong backend would be worse than none.

    Raises:
        RolloutError: CLI003 with what Pulumi says.
    """
    with told(stack.name):
        return PulumiStack.select(stack.name, ProjectWorkspace(work_dir=str(stack.folder), pulumi_command=command))
