"""How long a stack takes in a fleet, run by threads and by Dask, against the same one after the other.

Run with ``python -m bench.fleet``. It makes a PostgreSQL of its own with a database for each stack, and takes it away.
Each way deploys databases of its own from nothing, and looks at their gate: that the next plan is empty. The peer is a
loop in a shell over the same commands, for one stack after the other. The ways take turns.
"""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import psycopg
import yaml
from psycopg import sql

from bench.ground import Ground, ground
from bench.sections import Mark, Row, Section, Spread, alone
from infra.fleet.engines import Engine
from infra.fleet.work import UP
from infra.models.fleet import CHECKS, Check

_LOOP: Final = "one after the other"
_WAYS: Final = (_LOOP, *(engine.value for engine in Engine))
_ENGINE: Final = ("--engine", "embedded")
#: At once: as many as the processors that the marks are meant for.
_CONCURRENCY: Final = 2
#: A fleet of two at once comes to half of the loop's time but for the start, the end, and the server's own share.
_MOST: Final = 0.85
_GATE: Final = ", and the plan that must be empty then"
_TEXT: Final = """\
Phase 1 from nothing{gate}, {stacks} databases of one embedded server for each way and turn: by
`rollout fleet up`, {concurrency} at once, against a loop over `rollout up`. Wall time, divided by
the stacks."""


@dataclass(frozen=True)
class Plan:
    """How many stacks a turn of a way has, how many turns there are, by which ways, and what the gate looks at."""

    stacks: int
    turns: int
    ways: tuple[str, ...]
    gate: tuple[Check, ...]


FULL: Final = Plan(2, 2, _WAYS, (Check.CONVERGED,))
QUICK: Final = Plan(2, 1, _WAYS[:2], ())


def measure(*, quick: bool) -> Section:
    """Return the seconds that a stack takes by each way."""
    plan = QUICK if quick else FULL
    taken: dict[str, list[float]] = {way: [] for way in plan.ways}
    with tempfile.TemporaryDirectory(prefix="rollout-bench-") as folder:
        Path(folder).chmod(0o711)
        with ground(Path(folder)) as made:
            for turn in range(plan.turns):
                for number, way in enumerate(plan.ways):
                    names = [f"w{number}-{turn}-{stack}" for stack in range(plan.stacks)]
                    _make(made, names)
                    taken[way].append(_deploy(made, way, names, plan.gate) / plan.stacks)
    text = " ".join(_TEXT.format(stacks=plan.stacks, concurrency=_CONCURRENCY, gate=_GATE if plan.gate else "").split())
    versions = {} if quick else {"distributed": version("distributed")}
    return Section("Many databases", text, tuple(_rows(taken)), "python -m bench.fleet", versions)


def _rows(taken: dict[str, list[float]]) -> Iterator[Row]:
    theirs = Spread.of(taken[_LOOP], "s")
    for way in (way for way in taken if way != _LOOP):
        yield Row(f"a stack, by {way}", Spread.of(taken[way], "s"), _LOOP, theirs, Mark.ratio_at_most(_MOST))


def _make(made: Ground, names: Sequence[str]) -> None:
    """Make a database of its own for each stack, as the application's is at first, and its file."""
    target = made.database.deployer
    with psycopg.connect(made.database.admin.model_copy(update={"name": "postgres"}).dsn(), autocommit=True) as admin:
        for name in names:
            text = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
            admin.execute(text.format(*map(sql.Identifier, (name, target.name, target.user))))
            address = {"host": target.host, "port": target.port, "name": name, "user": target.user}
            config = {"phase": 1, "protect": False, "database": address | {"sslmode": "disable"}}
            content = {"config": {f"creative-pipeline:{key}": value for key, value in config.items()}}
            (made.project / f"Pulumi.{name}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")


def _deploy(made: Ground, way: str, names: Sequence[str], gate: Sequence[Check]) -> float:
    """Deploy the stacks by a way, and return how long it took in seconds."""
    file = f"{names[0]}-fleet.yaml"
    fleet = {
        "stacks": list(names),
        "waveSize": len(names),
        "concurrency": _CONCURRENCY,
        "gate": [Check.CONVERGED.value],
    }
    (made.project / file).write_text(yaml.safe_dump(fleet), encoding="utf-8")
    by_loop = [(*command, "--stack", name) for name in names for command in (UP, *(CHECKS[check] for check in gate))]
    commands = by_loop if way == _LOOP else [("fleet", "up", "--yes", "--by", way, "--file", file)]
    begun = time.perf_counter()
    for command in commands:
        done = made.run(sys.executable, "-m", "infra.cli", *command, *_ENGINE, PGPASSWORD=_password(made))
        assert done.code == 0, done.said
    return time.perf_counter() - begun


def _password(made: Ground) -> str:
    return made.database.deployer.password or ""


if __name__ == "__main__":
    sys.exit(alone(measure))
