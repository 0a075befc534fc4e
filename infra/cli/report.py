"""What a run did or would do, whichever engine ran it: plain values for the display and for `--json`."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from infra.embedded.engine.events import Difference, Op, Severity
from infra.embedded.engine.records import PROVIDER_PREFIX
from infra.embedded.engine.run import INTERRUPTED
from infra.embedded.engine.values import conceal
from infra.provider.handler import UNKNOWN

#: Shown for what only the run itself finds out.
NOT_YET_KNOWN: Final = "(known after apply)"
#: How the table counts what stands for nothing in the database: components, providers, the stack itself.
STRUCTURE: Final = "(components, providers)"


class Action(StrEnum):
    """What a run is for."""

    UP = "up"
    REFRESH = "refresh"
    DESTROY = "destroy"
    IMPORT = "import"


@dataclass(frozen=True)
class Message:
    """A line of the engine's, a provider's or the program's, about a resource or about the run."""

    severity: Severity
    text: str
    urn: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the message as `--json` shows it."""
        shown = {"severity": self.severity, "text": self.text}
        return shown | {"urn": self.urn} if self.urn else shown


@dataclass(frozen=True)
class Step:
    """One resource and what is done to it, with what was said of it. `problem` is why it failed or was not tried."""

    urn: str
    op: Op
    changes: tuple[Difference, ...] = ()
    messages: tuple[Message, ...] = ()
    problem: str = ""

    @property
    def type(self) -> str:
        """The resource's type, such as ``rollout:postgres:Table``."""
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def name(self) -> str:
        """The resource's name."""
        return self.urn.split("::", 3)[-1]

    @property
    def is_structure(self) -> bool:
        """Whether it stands for nothing in the database: a component, a provider, the stack."""
        project = self.urn.split("::")[1]
        return self.type.partition(":")[0] in {"pulumi", project}

    @property
    def keeps_away(self) -> bool:
        """Whether it stands for an object that must not be there."""
        return self.name.endswith(" (retired)")

    @property
    def kind(self) -> str:
        """The type's last word."""
        return "Provider" if self.type.startswith(PROVIDER_PREFIX) else self.type.rpartition(":")[2]

    @property
    def untried(self) -> bool:
        """Whether it was left because of another one's failure, or of a cancellation."""
        return is_untried(self.problem)

    def to_json(self) -> dict[str, Any]:
        """Return the step as `--json` shows it."""
        shown: dict[str, Any] = {"urn": self.urn, "type": self.type, "name": self.name, "op": self.op.value}
        shown["changes"] = [change_json(change) for change in self.changes]
        return shown | {"problem": self.problem} if self.problem else shown


@dataclass(frozen=True)
class Report:
    """A run from its beginning to its end.

    `settled` says of a plan that neither the database nor the state would change: carrying it out is nothing.
    """

    action: Action
    stack: str
    engine: str
    preview: bool
    steps: tuple[Step, ...] = ()
    messages: tuple[Message, ...] = ()
    outputs: dict[str, Any] = field(default_factory=dict)
    ok: bool = True
    cancelled: bool = False
    settled: bool = False

    @property
    def counts(self) -> dict[Op, int]:
        """How many resources each operation concerned, failures left out."""
        counted = Counter(step.op for step in self.steps if not step.problem)
        return {op: counted[op] for op in Op if counted[op]}

    @property
    def changes(self) -> bool:
        """Whether anything was or would be changed."""
        return any(op is not Op.SAME for op in self.counts)

    @property
    def problems(self) -> tuple[Message, ...]:
        """What went wrong, those that failed before those that were therefore not tried."""
        general = [message for message in self.messages if message.severity == "error"]
        failed = [Message("error", step.problem, step.urn) for step in self.steps if step.problem]
        return (*general, *sorted(failed, key=lambda message: is_untried(message.text)))

    @property
    def told(self) -> tuple[str, ...]:
        """What went wrong, each text once with the number of resources that it concerns; left out what was untried."""
        counted = Counter(problem.text for problem in self.problems if not is_untried(problem.text))
        return tuple(f"{text} ({number} resources)" if number > 1 else text for text, number in counted.items())

    @property
    def left(self) -> tuple[str, ...]:
        """How many resources a cancellation or the failure of others has left."""
        texts = [problem.text for problem in self.problems if is_untried(problem.text)]
        stopped = texts.count(INTERRUPTED)
        counted = ((stopped, "cancelled while under way"), (len(texts) - stopped, "not tried"))
        return tuple(f"{number} were {word}" for number, word in counted if number)

    def to_json(self) -> dict[str, Any]:
        """Return the report as `--json` shows it."""
        general = [message for message in self.messages if message.severity != "error"]
        about_steps = [message for step in self.steps for message in step.messages]
        return {
            "operation": self.action.value,
            "stack": self.stack,
            "engine": self.engine,
            "preview": self.preview,
            "ok": self.ok,
            "summary": {op.value: number for op, number in self.counts.items()},
            "steps": [step.to_json() for step in self.steps],
            "diagnostics": [message.to_json() for message in (*self.problems, *general, *about_steps)],
            "outputs": presentable(self.outputs),
        }


def is_untried(problem: str) -> bool:
    """Tell whether a problem is only that something else had failed, or that the run was cancelled."""
    return problem.startswith(("not tried", "cancelled"))


def by_kind(resources: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Return the inputs of resources, given with their types, by the types' last words, such as ``Table``."""
    found: dict[str, list[dict[str, Any]]] = {}
    for kind, inputs in resources:
        found.setdefault(kind.rpartition(":")[2], []).append(inputs)
    return found


def change_json(change: Difference) -> dict[str, Any]:
    """Return one property's change as `--json` shows it."""
    return {
        "path": change.path,
        "kind": change.kind,
        "before": presentable(change.before),
        "after": presentable(change.after),
    }


def presentable(value: Any) -> Any:
    """Return a value without secrets, and with words for what is not known yet."""
    return _with_words(conceal(value))


def _with_words(value: Any) -> Any:
    match value:
        case dict():
            return {key: _with_words(item) for key, item in value.items()}
        case list() | tuple():
            return [_with_words(item) for item in value]
        case _:
            return NOT_YET_KNOWN if value is UNKNOWN else value
