"""What the application feels of a deploy: its longest statement while everything that a deploy does is done to it.

Run with ``python -m bench.under_load``. It makes servers of its own in a temporary folder and takes them away. Each
operation is the real command, beside two writers and two readers in a process of their own (`bench/load.py`). There are
two rounds: nobody else is there; and a transaction that is left open for half a minute is in the way.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final, LiteralString

from bench.figures import BASELINE, LOCK_MILLISECONDS, Figures, as_markdown, as_text, document, read
from bench.ground import BLOCKER, CREATORS, IN_USE, ROWS, Ended, Ground, ground, in_the_way
from bench.loading import failures, lost, under
from bench.scripts import SCRIPTS
from bench.sections import Mark, Row, Section, Spread
from bench.waits import EVERY_SECONDS, watching

THINK_MILLISECONDS: Final = 10.0
BASELINE_SECONDS: Final = 5.0
BLOCKED_SECONDS: Final = 30.0
ROUNDS: Final = {
    "undisturbed": "Nobody else is in the way",
    "obstructed": "A long transaction is in the way",
}
_ARCHIVE: Final = "pipeline_archive"
_BUSY: Final = (
    "no lock (longest wait {wait:.0f} ms) but two busy cores: nearly as many statements are as long beside processes"
    " that only start Python, and of most the time was not the server's (docs/under-load.md)"
)

_A_READER: Final[LiteralString] = "SELECT count(*) FROM public.creator_profiles"
#: Making a table that refers to the users waits for writers of them, and for no reader.
_A_WRITER: Final[LiteralString] = "INSERT INTO auth.users (id) VALUES (gen_random_uuid())"
_OTHER_INDEXES: Final[tuple[LiteralString, ...]] = (
    "DROP INDEX CONCURRENTLY public.creator_profiles_performance_idx",
    "DROP INDEX CONCURRENTLY public.assessment_scores_dimension_idx",
    "CREATE INDEX CONCURRENTLY assessment_scores_dimension_idx ON public.assessment_scores (score)",
)


@dataclass(frozen=True)
class Operation:
    """Something that is done to a database in use, what the application does meanwhile, and where its rows are then."""

    name: str
    script: str
    act: Callable[[Ground], Ended]
    before: Callable[[Ground], object] = lambda _: None
    removing: bool = False
    """Whether the API goes away, or is away when it begins: the application is refused then, and loses no row."""
    schema: str = "public"
    lock_milliseconds: float = LOCK_MILLISECONDS
    """The longest lock timeout of its steps."""


def _up(phase: int = 1) -> Callable[[Ground], Ended]:
    def act(place: Ground) -> Ended:
        place.enter(phase)
        return place.rollout("up", "--yes")

    return act


def _psql(script: str) -> Callable[[Ground], Ended]:
    return lambda place: place.psql(script)


def _destroy(place: Ground) -> Ended:
    return place.rollout("destroy", "--yes")


def _other_indexes(place: Ground) -> None:
    place.sql(*_OTHER_INDEXES)


FRESH: Final = Operation("deploy phase 1", "neighbours", _up())
ADOPTION: Final = Operation("adopt today's database", "today", _up())
INDEXES: Final = Operation("build one index, replace another", "pipeline", _up(), before=_other_indexes)
DESTROY: Final = Operation("destroy", "pipeline", _destroy, removing=True, schema=_ARCHIVE)
#: A person's script waits half a second once, and stops.
REMOVE: Final = Operation(
    "remove.sql", "pipeline", _psql("remove.sql"), removing=True, schema=_ARCHIVE, lock_milliseconds=500
)
RESTORE: Final = Operation("restore.sql", "pipeline", _psql("restore.sql"), removing=True)
#: In this order each finds the database as it needs it.
ON_DEPLOYED: Final = (
    Operation("up, nothing to change", "pipeline", _up()),
    *(Operation(f"phase {number - 1} to {number}", "pipeline", _up(number)) for number in range(2, 6)),
    *(Operation(f"phase {number + 1} to {number}", "pipeline", _up(number)) for number in range(4, 0, -1)),
    INDEXES,
    DESTROY,
    RESTORE,
    REMOVE,
)


class Bench:
    """Measures operations, each round on servers of its own."""

    def __init__(self, folder: Path, think_milliseconds: float, blocked_seconds: float) -> None:
        self._folder = folder
        self._think = think_milliseconds
        self._blocked = blocked_seconds
        self._count = 0

    def undisturbed(self) -> Iterator[Figures]:
        """Measure everything with no long transaction about."""
        with self._ground() as place:
            yield from self._from_nothing(place, ON_DEPLOYED)
        with self._ground() as place:
            place.build_today()
            yield self.alone(place, ADOPTION.script)
            yield self.measure(place, ADOPTION)

    def short(self) -> Iterator[Figures]:
        """Measure a deploy and a change of phase, and no more."""
        with self._ground() as place:
            yield from self._from_nothing(place, ON_DEPLOYED[1:2])

    def _from_nothing(self, place: Ground, operations: Iterable[Operation]) -> Iterator[Figures]:
        place.add_neighbours()
        yield self.alone(place, FRESH.script)
        yield self.measure(place, FRESH)
        place.add_rows()
        yield self.alone(place, "pipeline")
        for operation in operations:
            yield self.measure(place, operation)

    def obstructed(self) -> Iterator[Figures]:
        """Measure what has to wait; what is refused is run again, as a person would."""
        with self._ground() as place:
            place.add_neighbours()
            yield self.measure(place, FRESH, _A_WRITER)
            place.add_rows()
            yield self.measure(place, INDEXES, _A_READER)
            yield self.measure(place, DESTROY, _A_READER)
            place.psql("restore.sql")
            yield self.measure(place, REMOVE, _A_READER)
        with self._ground() as place:
            place.build_today()
            yield self.measure(place, ADOPTION, _A_READER)

    def alone(self, place: Ground, script: str) -> Figures:
        """Measure the load with nothing beside it."""
        with watching(place.database.admin) as waits, under(place.load(script, self._think)) as running:
            time.sleep(BASELINE_SECONDS)
        return read(f"{BASELINE}: {script}", script, running.account, waits, BASELINE_SECONDS)

    def measure(self, place: Ground, operation: Operation, blocker: LiteralString = "") -> Figures:
        """Measure an operation, with a transaction in its way if one is given."""
        operation.before(place)
        way = in_the_way(place.database.admin, blocker, self._blocked) if blocker else nullcontext()
        load, admin = place.load(operation.script, self._think), place.database.admin
        with way, watching(admin) as waits, under(load) as running:
            time.sleep(1)
            ended = operation.act(place)
            time.sleep(0.5)
        figures = read(operation.name, operation.script, running.account, waits, ended.seconds, blocked=bool(blocker))
        figures.lock_timeout = operation.lock_milliseconds
        figures.failed = failures(running.account, removing=operation.removing)
        if ended.code and blocker:
            figures.refusal = _refusal(ended)
            ended = operation.act(place)
        if ended.code:
            raise RuntimeError(f"{operation.name} did not come to its end: {ended.said}")
        figures.lost = lost(place.database.admin, running.account, schema=operation.schema)
        return figures

    def _ground(self) -> AbstractContextManager[Ground]:
        self._count += 1
        return ground(self._folder / str(self._count))


def _refusal(ended: Ended) -> str:
    """Return the first line by which a command says what is in its way."""
    lines = [line.strip() for line in ended.said.splitlines() if "lock" in line]
    return next((line for line in lines if BLOCKER in line), lines[0] if lines else ended.said[-200:])


def measure(*, quick: bool) -> Section:
    """Return the longest statement of the application beside each operation, against the load alone."""
    with tempfile.TemporaryDirectory(prefix="rollout-bench-") as folder:
        Path(folder).chmod(0o711)
        bench = Bench(Path(folder), THINK_MILLISECONDS, BLOCKED_SECONDS)
        found = list(bench.short() if quick else bench.undisturbed())
    baselines = {one.script: one for one in found if one.name.startswith(BASELINE)}
    rows = tuple(_row(one, baselines[one.script]) for one in found if one is not baselines[one.script])
    text = " ".join(describe(THINK_MILLISECONDS, BLOCKED_SECONDS)[:1])
    return Section("Under load", text, rows, "python -m bench.under_load")


def _row(one: Figures, alone: Figures) -> Row:
    faults = "; ".join(one.faults)
    longest, floor, mark = Spread.of([one.longest]), Spread.of([alone.longest]), Mark.at_most(one.limit)
    failed = len(one.failed) + len(one.lost)
    name = f"{one.name}: the application's longest statement"
    why = _BUSY.format(wait=one.longest_wait) if one.waited_for_none else ""
    if failed:
        return Row(name, None, "the load alone", floor, mark, note=faults)
    return Row(name, longest, "the load alone", floor, mark, why=why, note=f"p99.9 {one.tail:.1f} ms")


def main() -> int:
    """Measure, print tables or a document, and return 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--think", type=float, default=THINK_MILLISECONDS, help="mean think time, in milliseconds")
    parser.add_argument("--seconds", type=float, default=BLOCKED_SECONDS, help="how long somebody is in the way")
    parser.add_argument("--round", choices=("undisturbed", "obstructed", "both"), default="both")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true")
    shape.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rollout-bench-") as folder:
        Path(folder).chmod(0o711)
        bench = Bench(Path(folder), options.think, options.seconds)
        rounds = {
            title: list(map(_told, getattr(bench, name)()))
            for name, title in ROUNDS.items()
            if options.round in (name, "both")
        }
    stated = describe(options.think, options.seconds)
    if options.json:
        sys.stdout.write(json.dumps(document(rounds, stated), indent=2) + "\n")
    else:
        lines = as_markdown(rounds) if options.markdown else as_text(rounds)
        sys.stdout.write("\n".join([*stated, *lines, ""]))
    faults = [text for found in rounds.values() for one in found for text in one.faults]
    sys.stderr.writelines(f"{text}\n" for text in faults)
    return 1 if faults else 0


def _told(figures: Figures) -> Figures:
    """Say on stderr that something was measured: a whole round takes minutes."""
    sys.stderr.write(f"{figures.name}: longest {figures.longest:.1f} ms\n")
    return figures


def describe(think_milliseconds: float, blocked_seconds: float) -> list[str]:
    """Return the load in words."""
    load = (
        f"Load: two writers and two readers, each on a connection of its own, with a think time of"
        f" {think_milliseconds:g} ms in the mean (exponential) after each transaction, on {IN_USE} of {CREATORS}"
        f" creators with {ROWS} scores and {ROWS} metrics each. Durations are the client's, COMMIT included. Server,"
        f" load and deploy share one machine; the deploy is niced."
    )
    way = (
        f"A long transaction has read creator_profiles, or added a user, and stays open for"
        f" {blocked_seconds:g} s. Waits for locks are the server's own figures, seen every {EVERY_SECONDS * 1000:g} ms."
    )
    machine = f"The machine: {os.cpu_count()} processors, load average {os.getloadavg()[0]:.1f} at the end."
    scripts = (f"- {name}, {line}" for name, script in SCRIPTS.items() for line in script.describe())
    return [load, way, machine, *scripts]


if __name__ == "__main__":
    sys.exit(main())
