"""An `up` as a command with marks in it, by psql, by Pulumi's CLI, and by an engine that is warm."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, LiteralString

import psycopg

from bench.ground import Ground, ground
from bench.loading import ROOT
from bench.marked import BEGUN_VARIABLE
from infra.cli.options import open_runner
from infra.cli.output import Output
from infra.cli.report import Action
from infra.collecting import collect_rarely
from infra.embedded.engine.engine import Engine
from infra.embedded.pg_binaries import wheel_binaries
from infra.embedded.postgres import HOME_VARIABLE

MILLISECONDS: Final = 1000
_SENT: Final[LiteralString] = """
SELECT ltrim(s.query) ~* '^(select|with|show)' AS reads, sum(s.calls)::int AS calls, sum(s.total_exec_time) AS took
  FROM extensions.pg_stat_statements AS s JOIN pg_catalog.pg_roles AS r ON r.oid = s.userid
 WHERE r.rolname = 'deployer' GROUP BY 1
"""
_EMPTY: Final = {
    "Pulumi.yaml": "name: empty\nruntime: {name: python, options: {toolchain: pip, virtualenv: venv}}\n",
    "__main__.py": "import pulumi\n",
    "Pulumi.dev.yaml": "{}\n",
}


@dataclass(frozen=True)
class Course:
    """One command: milliseconds of the whole and of its parts, and what its login sent to the server."""

    whole: float
    parts: Mapping[str, float]
    reads: int = 0
    changes: int = 0
    at_server: float = 0.0

    @property
    def sent(self) -> int:
        """How many statements the server was sent."""
        return self.reads + self.changes


def marked_up(made: Ground) -> Course:
    """Run `rollout up` with marks in it."""
    return _watched(made, lambda: _run_marked(made))


def psql(folder: Path) -> Course:
    """Run what `rollout sql deploy` prints with psql, on a server of its own."""
    with ground(folder) as made:
        printed = made.rollout("sql", "deploy")
        assert printed.code == 0, printed.said
        script = folder / "deploy.sql"
        script.write_text(printed.said, encoding="utf-8")
        return _watched(made, lambda: (_run_psql(made, script), {}))


def pulumi_up(made: Ground, folder: Path) -> Course:
    """Run `pulumi up` in a project's folder, on a backend of its own."""
    backend = folder.parent / f"backend-{folder.name}"
    environment = {"PULUMI_BACKEND_URL": f"file://{backend}", "PULUMI_CONFIG_PASSPHRASE": "a measurement"}
    if not backend.exists():
        backend.mkdir()
        made.run("pulumi", "-C", str(folder), "stack", "init", "dev", behind=False, **environment)

    def work() -> tuple[float, dict[str, float]]:
        done = made.run("pulumi", "-C", str(folder), "up", "--stack", "dev", "--yes", behind=False, **environment)
        assert done.code == 0, done.said
        return done.seconds, {}

    return _watched(made, work)


def _run_marked(made: Ground) -> tuple[float, dict[str, float]]:
    file = made.home.parent / "marks.json"
    begun = {BEGUN_VARIABLE: repr(time.time()), "PYTHONPATH": str(ROOT)}
    done = made.run(
        sys.executable, "-m", "bench.marked", str(file), "up", "--stack", "dev", "--yes", behind=False, **begun
    )
    assert done.code == 0, done.said
    spent: dict[str, float] = json.loads(file.read_text(encoding="utf-8"))
    return done.seconds, spent


def _run_psql(made: Ground, script: Path) -> float:
    target = made.database.deployer
    login = {"PGHOST": target.host, "PGPORT": str(target.port), "PGUSER": target.user, "PGDATABASE": target.name}
    command = (str(wheel_binaries() / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(script))
    done = made.run(*command, behind=False, **login, PGPASSWORD=target.password or "", PGSSLMODE="disable")
    assert done.code == 0, done.said
    return done.seconds


def _watched(made: Ground, work: Callable[[], tuple[float, dict[str, float]]]) -> Course:
    """Do the work between two looks at what the server counts."""
    with psycopg.connect(made.database.admin.dsn(), autocommit=True) as connection:
        connection.execute("SELECT extensions.pg_stat_statements_reset()")
        seconds, spent = work()
        sent = {reads: (calls, took) for reads, calls, took in connection.execute(_SENT).fetchall()}
    return Course(
        seconds * MILLISECONDS,
        {part: taken * MILLISECONDS for part, taken in spent.items()},
        sent.get(True, (0, 0.0))[0],
        sent.get(False, (0, 0.0))[0],
        sum(took for _, took in sent.values()),
    )


def bare() -> float:
    """Return the milliseconds of an interpreter that does nothing."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return (time.perf_counter() - begun) * MILLISECONDS


def warm(made: Ground, times: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds of engine runs with nothing to change, and of an empty program's, in turns.

    Everything is looked at in each of them; only the interpreters of the command and of the provider run already.
    """
    collect_rarely()
    os.environ[HOME_VARIABLE] = str(made.home)
    ours: list[float] = []
    theirs: list[float] = []
    with empty_project(made.project.parent) as folder, chdir(made.project):
        _, runner = open_runner("dev", "embedded", Output(as_json=True))
        for number in range(times + 1):
            begun = time.perf_counter()
            plan = runner.plan(Action.UP)
            between = time.perf_counter()
            _run_empty(folder, made.home)
            ended = time.perf_counter()
            assert plan.settled, plan.told
            if number:  # the first one waits for what is imported once
                ours.append((between - begun) * MILLISECONDS)
                theirs.append((ended - between) * MILLISECONDS)
    return ours, theirs


def _run_empty(folder: Path, home: Path) -> None:
    assert Engine(folder, "dev", home).preview().ok


@contextmanager
def empty_project(folder: Path) -> Iterator[Path]:
    """Yield the folder of a program that declares nothing."""
    project = folder / "empty"
    project.mkdir(exist_ok=True)
    for name, text in _EMPTY.items():
        (project / name).write_text(text, encoding="utf-8")
    if not (project / "venv").exists():
        (project / "venv").symlink_to(ROOT / "venv")
    yield project
