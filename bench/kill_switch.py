"""How long the kill switch takes, idle and with two writers: from the command's start to the flags reading false.

Run with ``python -m bench.kill_switch``. It makes a PostgreSQL of its own in a temporary folder, and takes it away.
Three figures a run, in milliseconds: the statement alone, with the connection, and the whole command until somebody
else's connection reads the five flags as off. The ratio says what the writers cost.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.sections import Mark, Row, Section, Spread, alone
from infra.cli.rollback_immediate import Actor, turn_off, turn_on_again
from infra.database.session import Session, open_session
from infra.database.target import Target
from infra.embedded.postgres import HOME_VARIABLE, EmbeddedDatabase, ensure_running, stop

ROOT: Final = Path(__file__).parents[1]
#: What is asked for: everything off in less than a second.
LIMIT_MILLISECONDS: Final = 1000
WRITERS: Final = 2
_RUNS: Final = 10
_ROLLOUT: Final = (sys.executable, "-m", "infra.cli")
_STACK: Final = """\
config:
  creative-pipeline:phase: {phase}
  creative-pipeline:database: {{embedded: true}}
  creative-pipeline:protect: false
  creative-pipeline:ready: {{launch: true, full: true}}
  creative-pipeline:overrides:
    - {{gate: 1, by: bench, why: a measurement, until: '2999-01-01'}}
    - {{gate: 2, by: bench, why: a measurement, until: '2999-01-01'}}
    - {{gate: 3, by: bench, why: a measurement, until: '2999-01-01'}}
    - {{gate: 4, by: bench, why: a measurement, until: '2999-01-01'}}
"""
_TURN_ON: Final = "UPDATE pipeline_private.feature_flags SET enabled = true WHERE obeys_latch"
_ANY_ON: Final = "SELECT bool_or(enabled) AS any_on FROM pipeline_private.feature_flags WHERE obeys_latch"
_CREATOR: Final = """
WITH person AS (INSERT INTO auth.users (id) VALUES (gen_random_uuid()) RETURNING id)
INSERT INTO public.creator_profiles (user_id) SELECT id FROM person
"""
_WRITE: Final = """
INSERT INTO public.pipeline_sessions (creator_profile_id, stage)
SELECT id, 'skill-assessment' FROM public.creator_profiles LIMIT 1
"""


class Bench:
    """A project and a deployed pipeline of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.folder.mkdir()
        for name in ("__main__.py", "infra", "sql", "venv", "Pulumi.yaml"):
            (self.folder / name).symlink_to(ROOT / name)
        self.environment = os.environ | {HOME_VARIABLE: str(folder / "home")}
        self.write_stack()
        self.database: EmbeddedDatabase = ensure_running(folder / "home")
        self.rollout("up")
        with self.session(self.database.admin) as session:
            session.execute(_CREATOR)

    def write_stack(self) -> None:
        """Bring the stack file to phase 5."""
        (self.folder / "Pulumi.dev.yaml").write_text(_STACK.format(phase=5), encoding="utf-8")

    def rollout(self, *arguments: str) -> None:
        """Run the command."""
        subprocess.run(  # noqa: S603 - our own command
            [*_ROLLOUT, *arguments, "--yes"], cwd=self.folder, env=self.environment, check=True, capture_output=True
        )

    def session(self, target: Target | None = None) -> Session:
        """Return a connection, the deployer's by default."""
        return open_session(target or self.database.deployer, application_name="bench")

    def turn_on(self) -> None:
        """Lift the switch and turn the flags on again."""
        turn_on_again(self.database.deployer, "bench", "the next run")
        with self.session() as session:
            session.execute(_TURN_ON)
        self.write_stack()


@contextmanager
def writing(bench: Bench) -> Iterator[None]:
    """Let writers insert, each a row a transaction, as fast as they can."""
    over = threading.Event()

    def write() -> None:
        with bench.session(bench.database.admin) as session:
            while not over.is_set():
                session.execute(_WRITE)

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _figures(bench: Bench, runs: int) -> dict[str, list[float]]:
    """Return each figure of each run, in milliseconds."""
    found: dict[str, list[float]] = {"statement": [], "with the connection": [], "whole command": []}
    for _ in range(runs):
        bench.turn_on()
        switched = turn_off(bench.database.deployer, Actor("bench"), "a measurement")
        found["statement"].append(switched.statement_milliseconds)
        found["with the connection"].append(switched.milliseconds)
        bench.turn_on()
        found["whole command"].append(_whole(bench))
    return found


def _whole(bench: Bench) -> float:
    """Return the time from the command's start until another connection reads every flag as off."""
    command = [*_ROLLOUT, "rollback", "--immediate", "--yes", "--by", "bench"]
    with bench.session() as session:
        begun = time.perf_counter()
        with subprocess.Popen(  # noqa: S603 - our own command
            command, cwd=bench.folder, env=bench.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as running:
            while session.execute(_ANY_ON)[0]["any_on"]:
                if running.poll():
                    raise RuntimeError((running.stderr.read() if running.stderr else b"").decode())
                time.sleep(0.001)
            return (time.perf_counter() - begun) * 1000


def measure(*, quick: bool) -> Section:
    """Return each figure beside two writers, against the same with nobody else there."""
    runs = 3 if quick else _RUNS
    with tempfile.TemporaryDirectory(prefix="rollout-bench-") as folder:
        os.environ[HOME_VARIABLE] = str(Path(folder) / "home")
        try:
            bench = Bench(Path(folder))
            idle = _figures(bench, runs)
            with writing(bench):
                busy = _figures(bench, runs)
        finally:
            stop(Path(folder) / "home")
    rows = (_row(name, busy[name], idle[name]) for name in idle)
    text = (
        "From the command's start until somebody else's connection reads the five flags as off, beside"
        f" {WRITERS} writers that insert as fast as they can; a second is what it may take."
    )
    return Section("The kill switch", text, tuple(rows), "python -m bench.kill_switch")


def _row(name: str, busy: list[float], idle: list[float]) -> Row:
    mark = Mark.at_most(LIMIT_MILLISECONDS)
    return Row(name, Spread.of(busy), "the same, nobody writing", Spread.of(idle), mark, note=f"{WRITERS} writers")


if __name__ == "__main__":
    sys.exit(alone(measure))
