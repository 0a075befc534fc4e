"""What `demo` does: only on the embedded database, after asking, and it says what it could not do."""

from dataclasses import asdict, dataclass
from typing import Final

from infra.cli.asking import ask, require_answer
from infra.cli.embedded_server import running_target
from infra.cli.output import Output
from infra.cli.stacks import Stack, find_stack
from infra.database.demo import People, Seeded, remove_demo, seed_demo
from infra.database.rollout import State, read_state
from infra.database.session import Session, open_session
from infra.errors import RolloutError
from infra.pipeline.phases import phase

#: Beta creators by the phase that their gate lets one leave: what it asks for, and some more.
ENOUGH: Final = {1: 10, 2: 10, 3: 30, 4: 120, 5: 250}
TEAM: Final = 3
_WHAT: Final = "demo"


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    creators: int | None
    phase_ready: int | None
    seed: int
    remove: bool
    yes: bool


def run_demo(asked: Asked, name: str, output: Output) -> int:
    """Add the simulated population, or take it away; return the exit code."""
    stack = find_stack(name)
    _require_embedded(stack)
    require_answer(_WHAT, output, yes=asked.yes)
    with open_session(running_target(stack.home, admin=True), application_name="rollout demo") as session:
        return _remove(session, asked, output) if asked.remove else _add(session, stack, asked, output)


def _add(session: Session, stack: Stack, asked: Asked, output: Output) -> int:
    state = read_state(session)
    if state is None:
        fix = f"run `rollout up --stack {stack.name}` first"
        raise RolloutError("DB008", f"stack {stack.name}", "nothing is deployed in its database", fix=fix)
    creators = ENOUGH[asked.phase_ready or state.phase] if asked.creators is None else asked.creators
    question = f"Let {TEAM} simulated members of the team and {creators} simulated beta creators into this database?"
    if not asked.yes and not ask(question):
        return _unchanged(output)
    seeded = seed_demo(session, state, team=TEAM, creators=creators, seed=asked.seed)
    for line in describe(seeded, state):
        output.line(line)
    output.document({"ok": True, "phase": state.phase} | asdict(seeded))
    return 0


def _remove(session: Session, asked: Asked, output: Output) -> int:
    if not asked.yes and not ask("Delete every simulated user with everything of theirs?"):
        return _unchanged(output)
    users = remove_demo(session)
    output.line(f"{users} simulated users are gone, with everything of theirs")
    output.document({"ok": True, "removed": {"users": users}})
    return 0


def describe(seeded: Seeded, state: State) -> list[str]:
    """Return in words what was done, and what was not."""
    rows = ", ".join(f"{number} {kind}" for kind, number in seeded.rows.items())
    done = f"{seeded.users} simulated users added, {seeded.members} let into the cohort, {seeded.creators} signed up"
    lines = [f"phase {state.phase} ({phase(state.phase).name}): {done}"]
    lines += [f"with {rows}"] if rows else []
    lines += [_describe_waiting(seeded, state)] if seeded.waiting else []
    lines += [_describe_real(seeded.people)] if seeded.people.real_creators else []
    return lines


def _describe_waiting(seeded: Seeded, state: State) -> str:
    number = seeded.people.waiting_beta + seeded.people.waiting_team
    needless = "; gate 1 needs no creators" if state.phase == 1 else ""
    return f"not done: {number} are let in and cannot sign up, as {seeded.waiting}{needless}"


def _describe_real(people: People) -> str:
    simulated = f"{people.creators} simulated ones"
    return f"{people.real_creators} creators here are not simulated: gates measure them together with {simulated}"


def _require_embedded(stack: Stack) -> None:
    """Refuse a database in which real people may be.

    Raises:
        RolloutError: CLI001.
    """
    if not stack.has_embedded_database:
        problem = f"the database of stack {stack.name} is not the embedded one"
        allowed = "a stack with `embedded: true` below `database`"
        raise RolloutError("CLI001", _WHAT, problem, allowed=allowed, fix="use the dev stack")


def _unchanged(output: Output) -> int:
    output.note("nothing was changed")
    return 1
