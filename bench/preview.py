"""How much longer a preview takes for the document that goes with it, on a database of 100,000 rows and more.

Run with ``python -m bench.preview``. It makes a PostgreSQL of its own, deploys, fills it, and takes it away. For each
kind of change the engine's own preview is timed, and then what is added to it: the plan of every object, its locks with
their sizes, who may do what, drift, rules and the gate. With Pulumi's CLI on the PATH the same is measured under it.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import chdir
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, LiteralString

from bench.ground import CREATORS, ROWS, Ground, ground
from bench.sections import Mark, Row, Section, Spread
from infra.cli.options import open_runner
from infra.cli.output import Output, align
from infra.cli.preview_data import describe_plan
from infra.cli.report import Action
from infra.cli.stacks import EngineName
from infra.embedded.postgres import HOME_VARIABLE

#: What the document may take beyond the engine's own preview, in seconds.
LIMIT_SECONDS: Final = 3.0
_PHASE: Final = 4
_ENGINES: Final = (EngineName.EMBEDDED.value, EngineName.PULUMI.value)
_STACK: Final = "dev"
#: A column, an index, a policy and a grant that somebody has changed past the program.
_HAND: Final[tuple[LiteralString, ...]] = (
    "ALTER TABLE public.pipeline_metrics ALTER COLUMN metric_unit SET DEFAULT 'none'",
    "DROP INDEX public.pipeline_metrics_recorded_at_idx",
    "DROP POLICY creator_update ON public.creator_profiles",
    "GRANT SELECT ON public.creator_profiles TO anon",
)


@dataclass(frozen=True)
class Figures:
    """One preview, in seconds: the engine's own, and what the document takes beyond it."""

    engine: str
    change: str
    own: float
    document: float
    objects: int

    @property
    def is_slow(self) -> bool:
        """Whether the document takes longer than it may."""
        return self.document > LIMIT_SECONDS

    def cells(self) -> tuple[str, ...]:
        """Return a row of texts."""
        ratio = f"{(self.own + self.document) / self.own:.2f}"
        return (
            self.engine,
            self.change,
            str(self.objects),
            f"{self.own:.2f} s",
            f"{self.document:.2f} s",
            ratio,
            "too slow" if self.is_slow else "",
        )


def look(engine: EngineName, change: str) -> Figures:
    """Return how long a preview takes in the folder that we are in."""
    output = Output(as_json=True)
    stack, runner = open_runner(_STACK, engine.value, output)
    begun = time.perf_counter()
    report = runner.plan(Action.UP)
    between = time.perf_counter()
    found = describe_plan(runner, stack, report, output)
    ended = time.perf_counter()
    sys.stderr.write(f"{engine.value}, {change}: {between - begun:.2f} s and {ended - between:.2f} s\n")
    sys.stderr.writelines(f"  {error[:200]}\n" for error in found["plan"]["errors"])
    return Figures(engine.value, change, between - begun, ended - between, len(found["plan"]["objects"]))


def rounds(made: Ground, engine: EngineName) -> Iterator[Figures]:
    """Yield the figures of each kind of change with one engine, which has deployed the stack before."""
    yield look(engine, "nothing to do")
    made.enter(_PHASE + 1)
    yield look(engine, "a phase up")
    made.enter(_PHASE - 2)
    yield look(engine, "two phases down")
    made.enter(_PHASE)
    made.sql(*_HAND)
    yield look(engine, "changed by hand")
    done = made.rollout("up", "--yes", "--engine", engine.value)
    assert done.code == 0, done.said


def deploy(made: Ground, engine: EngineName) -> None:
    """Deploy the stack with an engine; Pulumi's on a backend of its own."""
    if engine is EngineName.PULUMI:
        backend = made.project.parent / "backend"
        backend.mkdir()
        os.environ |= {"PULUMI_BACKEND_URL": f"file://{backend}", "PULUMI_CONFIG_PASSPHRASE": "a measurement"}
        made.run("pulumi", "stack", "init", _STACK)
    done = made.rollout("up", "--yes", "--engine", engine.value)
    assert done.code == 0, done.said


def run(engines: Sequence[EngineName]) -> list[Figures]:
    """Return all figures."""
    found: list[Figures] = []
    with tempfile.TemporaryDirectory(prefix="rollout-bench-") as folder:
        Path(folder).chmod(0o711)
        with ground(Path(folder)) as made, chdir(made.project):
            os.environ[HOME_VARIABLE] = str(made.home)
            made.enter(_PHASE)
            for engine in engines:
                deploy(made, engine)
                if not found:
                    made.add_rows()
                found += rounds(made, engine)
    return found


def measure(*, quick: bool) -> Section:
    """Return what a preview with its document takes, against the engine's own."""
    rows = tuple(_row(one) for one in run([EngineName.EMBEDDED] if quick else available()))
    text = (
        f"A preview on a database with {CREATORS * ROWS:,} scores and as many metrics: the engine's own, and with the"
        f" document of the pull request's comment, which may take {LIMIT_SECONDS:.0f} s more."
    )
    return Section("Previews", text, rows, "python -m bench.preview")


def _row(one: Figures) -> Row:
    whole, own = Spread.of([one.own + one.document], "s"), Spread.of([one.own], "s")
    name = f"{one.change}, {one.engine} engine"
    return Row(name, whole, "without the document", own, Mark.over_by_at_most(LIMIT_SECONDS, 0))


def available() -> list[EngineName]:
    """Return the engines that are on this machine."""
    return [EngineName.EMBEDDED, *([EngineName.PULUMI] if shutil.which("pulumi") else [])]


def main() -> int:
    """Measure, show, and end with 1 where the document takes longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.add_argument("--engine", action="append", choices=_ENGINES, help="only this one; both where both are there")
    arguments = parser.parse_args()
    found = run([EngineName(name) for name in arguments.engine or available()])
    if arguments.json:
        print(json.dumps([asdict(one) for one in found], indent=2))  # noqa: T201 - its output
    else:
        print(f"{CREATORS * ROWS:,} rows of scores and as many of metrics; at most {LIMIT_SECONDS:.0f} s more")  # noqa: T201
        head = ("engine", "change", "objects", "its own preview", "the document", "together", "")
        print("\n".join(align([head, *(one.cells() for one in found)])))  # noqa: T201
    return int(any(one.is_slow for one in found))


if __name__ == "__main__":
    sys.exit(main())
