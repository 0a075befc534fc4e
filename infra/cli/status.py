"""What stands: the stack, its phase, its database, its resources, and whether state and database agree."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from infra.cli.display import show_pairs
from infra.cli.flow import public_dsn
from infra.cli.output import Output
from infra.cli.report import STRUCTURE, Action, Report, Step, presentable
from infra.cli.runner import Runner
from infra.cli.stacks import EngineName, Stack
from infra.cli.wording import change_line, headline
from infra.database.session import open_session
from infra.database.target import Target
from infra.embedded.engine.events import Op
from infra.errors import RolloutError, RolloutErrors


@dataclass(frozen=True)
class Status:
    """A stack as it stands. `agrees` is None when that cannot be told."""

    stack: str
    engine: str
    phase: Any = None
    dsn: str = ""
    server: str = ""
    problem: str = ""
    resources: dict[str, int] = field(default_factory=dict)
    agrees: bool | None = None
    drift: tuple[Step, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the status as `--json` shows it."""
        return {
            "stack": self.stack,
            "engine": self.engine,
            "phase": self.phase,
            "database": {"dsn": self.dsn, "reachable": bool(self.server), "server": self.server or None},
            "problem": self.problem or None,
            "resources": self.resources,
            "agrees": self.agrees,
            "drift": [step.to_json() for step in self.drift],
            "ok": True,
        }


def read_status(runner: Runner, stack: Stack, engine: EngineName) -> Status:
    """Return how the stack stands. Nothing is started and nothing is written."""
    urns = runner.urns()
    target, server, problem = reach(runner)
    drift: Report | None = None
    if server and urns:
        drift = runner.plan(Action.REFRESH)
    return Status(
        stack=stack.name,
        engine=engine.value,
        phase=presentable(runner.outputs().get("phase")),
        dsn=public_dsn(target) if target else "",
        server=server,
        problem=problem or "\n".join(drift.told if drift else ()),
        resources=count_kinds(urns),
        agrees=not drift.changes if drift and drift.ok else None,
        drift=tuple(step for step in drift.steps if step.op is not Op.SAME) if drift else (),
    )


def reach(runner: Runner) -> tuple[Target | None, str, str]:
    """Return the database, its server's version when it can be reached, and else why not."""
    target = None
    try:
        target = runner.target()
        with open_session(target, application_name="rollout status") as session:
            return target, f"PostgreSQL {session.version // 10000}.{session.version % 10000}", ""
    except (RolloutError, RolloutErrors) as error:
        return target, "", str(error)


def count_kinds(urns: list[str]) -> dict[str, int]:
    """Return how many resources of each kind the state has."""
    steps = [Step(urn, Op.SAME) for urn in urns]
    counted = Counter(STRUCTURE if step.is_structure else step.kind for step in steps)
    return dict(sorted(counted.items()))


def show_status(status: Status, output: Output) -> None:
    """Show the status, and write its document."""
    show_pairs(
        {
            "stack": f"{status.stack} ({status.engine} engine)",
            "phase": status.phase or "not deployed",
            "database": status.dsn or "not known",
            "server": status.server or "not reachable",
            "resources": ", ".join(f"{number} {kind}" for kind, number in status.resources.items()) or "none",
            "agreement": describe_agreement(status),
        },
        output,
    )
    for step in status.drift:
        output.line(headline(step, Action.REFRESH, preview=True), "yellow")
        for change in step.changes:
            output.line(f"    {change_line(change)}")
    if status.problem:
        output.error(status.problem)
    output.document(status.to_json())


def describe_agreement(status: Status) -> str:
    """Return in words whether state and database agree."""
    if status.agrees is None:
        return "not known" if status.resources else "nothing is deployed"
    if status.agrees:
        return "the database is as the state has it"
    return f"{len(status.drift)} changed by hand: `rollout preview` shows what `rollout up` would repair"
