"""Runs a stack under Pulumi's own CLI, through its Automation API, on whatever backend the user has chosen."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final

from pulumi.automation import CommandError, LocalWorkspace, StackNotFoundError
from pulumi.automation import Stack as PulumiStack
from pulumi.automation.errors import InvalidVersionError

from infra.cli.drift_beside import tell_beside
from infra.cli.embedded_runner import start_database, target_of
from infra.cli.output import Output
from infra.cli.pulumi_events import Collector
from infra.cli.report import Action, Report, by_kind
from infra.cli.stacks import EngineName, Stack
from infra.config.stack import Source, resolve
from infra.database.target import Target
from infra.errors import RolloutError, redact

LONGEST_REASON: Final = 400


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
        if stack.has_embedded_database and not read_only:
            start_database(stack, output)
        self._pulumi = select(stack)

    def plan(self, action: Action) -> Report:
        """Return what the action would do; nothing is written."""
        calls: dict[Action, Callable[..., Any]] = {
            Action.UP: self._pulumi.preview,
            Action.REFRESH: self._pulumi.preview_refresh,
            Action.DESTROY: self._pulumi.preview_destroy,
        }
        return self._run(action, calls[action], preview=True)

    def apply(self, action: Action, planned: Report | None) -> Report:  # noqa: ARG002 - Pulumi shows its own progress
        """Do it."""
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
        """Show only what is not ours: Pulumi has shown the plan itself."""
        tell_beside(self, report, self._output)

    def target(self) -> Target:
        """Return the stack's database as the deployer sees it."""
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
        with told(self._stack.name):
            deployment = self._pulumi.export_stack().deployment or {}
        return deployment.get("resources") or []

    def _run(self, action: Action, call: Callable[..., Any], *, preview: bool) -> Report:
        collector = Collector()
        ok = True
        options: dict[str, Any] = {"on_output": self._pass_on, "on_error": self._pass_on_error}
        if action is not Action.IMPORT:
            options |= {"on_event": collector.on_event, "color": "never" if self._plain else "always"}
        with self._interrupts():
            try:
                call(**options)
            except CommandError:
                ok = False
        steps, messages = collector.steps()
        return Report(
            action=action,
            stack=self._stack.name,
            engine=EngineName.PULUMI.value,
            preview=preview,
            steps=steps,
            # What is shown as it comes is not shown twice.
            messages=messages if self._quiet else (),
            outputs={} if preview or not ok else self.outputs(),
            ok=ok,
        )

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

    @contextlib.contextmanager
    def _interrupts(self) -> Iterator[None]:
        """Leave Ctrl-C to Pulumi, which gets it from the terminal as well and cancels orderly."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def on_signal(_number: int, _frame: FrameType | None) -> None:
            self._output.note("cancelling: Pulumi ends what is under way; Ctrl-C once more stops it at once")

        before = signal.signal(signal.SIGINT, on_signal)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

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


def select(stack: Stack) -> PulumiStack:
    """Return the stack, which must exist on the backend: a new one on the wrong backend would be worse than none.

    Raises:
        RolloutError: CLI003 with what Pulumi says.
    """
    with told(stack.name):
        return PulumiStack.select(stack.name, ProjectWorkspace(work_dir=str(stack.folder)))


@contextlib.contextmanager
def told(stack: str) -> Iterator[None]:
    """Turn what Pulumi's CLI refuses into one error."""
    try:
        yield
    except StackNotFoundError:
        fix = f"run `pulumi stack init {stack}`, or `pulumi login` to the backend that has it"
        raise RolloutError("CLI003", f"stack {stack}", "Pulumi's backend has no such stack", fix=fix) from None
    except CommandError as error:
        raise RolloutError("CLI005", f"stack {stack}", reason(str(error)), fix="see what it says") from None
    except InvalidVersionError as error:
        raise RolloutError("CLI003", "pulumi", reason(str(error)), fix="install the version that it names") from None


def reason(text: str) -> str:
    """Return the part of the CLI's output that says what went wrong."""
    lines = [line.strip() for line in text.splitlines()]
    said = [line.removeprefix("error: ") for line in lines if line.startswith("error:")]
    whole = " ".join(said) or " ".join(line for line in lines if line and not line.startswith(("code:", "stdout:")))
    return redact(whole.removeprefix("stderr: "))[:LONGEST_REASON]
