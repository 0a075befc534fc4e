"""What a deployment takes, by us and by others: from nothing, no change, an index more, removal; up to 100 times.

Run with ``python -m bench.deploying``. It makes a PostgreSQL of its own, and takes it away. Each run begins with a
database in which nothing of the pipeline stands, and ours and psql's take turns. What the other tools leave out is
counted in the catalog, against what the same SQL makes with psql.
"""

import math
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from bench.peer_runs import Runs, go_through, left_out
from bench.peers import LIMIT_SECONDS as PEER_SECONDS
from bench.peers import OTHERS, Peer, Psql, Stage, version_of, which
from bench.pulumi_peers import PULUMI, Dynamic, Empty, PulumiPeer
from bench.pulumi_peers import Ours as UnderPulumi
from bench.scaled import ONE_MORE_VARIABLE, TIMES_VARIABLE
from bench.sections import Mark, Row, Section, Spread, alone
from bench.yard import Ended, Yard, definition, yard
from infra.components.database import count_objects

#: Ten times what a plain psql takes, and half a second to see that there is nothing to do.
MARKS: Final[Mapping[Stage, Mark]] = {Stage.NOTHING: Mark.ratio_at_most(10), Stage.SAME: Mark.at_most(500)}
#: Pulumi's own start, its plugin and its state are not ours: three times a program that declares nothing.
PULUMI_MARK: Final = Mark.ratio_at_most(3)
#: What starting takes is spread over more objects, so that the whole gets no dearer; a tenth is the noise.
WHOLE_MARK: Final = Mark.ratio_at_most(1.1)
#: Without the start: deeper indexes of the catalog and of the state are allowed for, a square is not.
SLOPE_MARK: Final = Mark.ratio_at_most(1.3)
#: How often each number of tables is deployed, by us and by psql.
FULL: Final[Mapping[int, int]] = {1: 2, 10: 1, 100: 1}
QUICK: Final[Mapping[int, int]] = {1: 1, 3: 1}
#: The others go no further: each of their runs at 100 times would take as long as ours.
PEERS_UP_TO: Final = 10
LIMIT_SECONDS: Final = 400
#: After this nothing more is begun; a quick round leaves Pulumi's CLI out.
FULL_SECONDS: Final = 300
QUICK_SECONDS: Final = 60
_ENGINE: Final = "embedded engine"


class Ours(Peer):
    """The project's command with the embedded engine."""

    name = _ENGINE
    program = "rollout"
    how = "make venv/.installed"

    def __init__(self, place: Yard, times: int) -> None:
        self._times = times
        super().__init__(place, times)

    @property
    def path(self) -> str:
        """See `Peer`."""
        return sys.executable

    def command(self, stage: Stage) -> list[str]:
        """See `Peer`."""
        asked = ["destroy"] if stage is Stage.REMOVAL else ["up", "--skip-preview"]
        return [self.path, "-m", "infra.cli", *asked, "--yes"]

    def run(self, stage: Stage) -> Ended:
        """See `Peer`."""
        one_more = "yes" if stage in {Stage.INDEX, Stage.REMOVAL} else "no"
        sizes = {TIMES_VARIABLE: str(self._times), ONE_MORE_VARIABLE: one_more}
        return self.yard.run(self.command(stage), LIMIT_SECONDS, more=sizes)


@cache
def objects(times: int) -> int:
    """Return how many objects are deployed."""
    return count_objects(definition(times, "deployer"))


def size(times: int) -> str:
    """Return a size in words."""
    return f"{times}× the tables, {objects(times):,} objects"


def floor_rows(times: int, ours: Runs, psql: Runs) -> Iterator[Row]:
    """Yield our stages beside psql's."""
    for stage in Stage:
        against = "psql, only connecting" if stage is Stage.SAME else Psql.name
        mark = MARKS.get(stage) if times == 1 or stage is Stage.NOTHING else None
        why = ours.refused.get(stage) or psql.refused.get(stage) or _WHY.get(stage, "")
        yield Row(f"phase 1, {stage}", ours.spread(stage), against, psql.spread(stage), mark, why, size(times))


_WHY: Final = {
    Stage.NOTHING: "two interpreters start, and each object is looked at, made, read back and written into the state",
    Stage.SAME: "Python, Pulumi's SDK and the plugin have to start, and every object is read and compared",
}
_WHY_PULUMI: Final = (
    "its CLI looks at everything first, and then runs, each with a provider and an interpreter of its own"
)


def peer_rows(times: int, ours: Runs, peer: Peer, theirs: Runs, wanted: set[tuple[str, str]]) -> Iterator[Row]:
    """Yield our stages beside another tool's; what it left out stands with the first."""
    if peer.path is None:
        yield Row(
            "phase 1, from nothing",
            ours.spread(Stage.NOTHING),
            peer.name,
            None,
            None,
            f"not there: {peer.how}",
            size(times),
        )
        return
    for stage in Stage:
        note = size(times)
        if stage is Stage.NOTHING and stage not in theirs.refused and (said := left_out(wanted, theirs.made)):
            note = f"{note}; it {said}"
        yield Row(
            f"phase 1, {stage}",
            ours.spread(stage),
            peer.name,
            theirs.spread(stage),
            None,
            theirs.refused.get(stage, ""),
            note,
        )


def flat_rows(taken: Mapping[int, Runs]) -> Iterator[Row]:
    """Yield whether an object costs the same among many as among few: with the start, and without it."""
    sizes = sorted(taken)
    first, last = sizes[0], sizes[-1]
    for stage in (Stage.NOTHING, Stage.SAME):
        spent = {times: taken[times].spread(stage) for times in sizes}
        found = {times: spread.median for times, spread in spent.items() if spread is not None}
        if found.keys() != set(sizes):
            continue
        each = {times: Spread.of([found[times] / objects(times)]) for times in sizes}
        what = f"for each object, {stage}"
        yield Row(
            what,
            each[last],
            f"ours at {first}×",
            each[first],
            WHOLE_MARK,
            note=f"{last}× the tables, the start included",
        )
        if len(sizes) > 2:  # noqa: PLR2004 - a slope takes two points, and two slopes take three
            low, high = slope(found, sizes[0], sizes[1]), slope(found, sizes[-2], sizes[-1])
            against = f"ours from {sizes[0]}× to {sizes[1]}×"
            yield Row(what, high, against, low, SLOPE_MARK, note=f"each one more, from {sizes[-2]}× to {last}×")


def slope(found: Mapping[int, float], low: int, high: int) -> Spread:
    """Return what one object more takes between two sizes."""
    return Spread.of([(found[high] - found[low]) / (objects(high) - objects(low))])


def pulumi_rows(place: Yard) -> Iterator[Row]:
    """Yield our program beside an empty one, and beside a dynamic provider, under Pulumi's own CLI."""
    if which(PULUMI) is None:
        yield Row(
            "phase 1 under Pulumi's CLI",
            None,
            "an empty program",
            None,
            None,
            "not there: https://www.pulumi.com/docs/install/",
        )
        return
    found: dict[type[PulumiPeer], Runs] = {}
    kinds: tuple[type[PulumiPeer], ...] = (UnderPulumi, Empty, Dynamic)
    for kind in kinds:
        peer, runs = kind(place, 1), found.setdefault(kind, Runs())
        if peer.path is None:
            runs.refused = dict.fromkeys(Stage, "not there: what starts a dynamic provider comes with Pulumi's CLI")
        else:
            go_through(place, peer, runs)
    ours = found.pop(UnderPulumi)
    for kind, theirs in found.items():
        for stage in (Stage.NOTHING, Stage.SAME):
            mark = PULUMI_MARK if kind is Empty else None
            why = ours.refused.get(stage) or theirs.refused.get(stage) or _WHY_PULUMI
            yield Row(
                f"phase 1 under Pulumi's CLI, {stage}",
                ours.spread(stage),
                kind.name,
                theirs.spread(stage),
                mark,
                why,
                size(1),
            )


def rows(place: Yard, *, quick: bool) -> Iterator[Row]:
    """Measure, and yield every row."""
    taken: dict[int, Runs] = {}
    until = time.monotonic() + (QUICK_SECONDS if quick else FULL_SECONDS)
    for times, count in (QUICK if quick else FULL).items():
        ours, psql = taken.setdefault(times, Runs()), Runs()
        for _ in range(count):
            go_through(place, Psql(place, times), psql, until)
            go_through(place, Ours(place, times), ours, until)
        yield from floor_rows(times, ours, psql)
        if not quick and times <= PEERS_UP_TO:
            yield from others(place, times, ours, psql.made, OTHERS, until)
        if times == 1 and not quick:
            yield from pulumi_rows(place)
    yield from flat_rows(taken)


def others(
    place: Yard,
    times: int,
    ours: Runs,
    wanted: set[tuple[str, str]],
    kinds: Iterable[type[Peer]],
    until: float = math.inf,
) -> Iterator[Row]:
    """Yield our figures beside those of other tools."""
    for kind in kinds:
        peer, runs = kind(place, times), Runs()
        if peer.path is not None:
            go_through(place, peer, runs, until)
        yield from peer_rows(times, ours, peer, runs, wanted)


def versions(kinds: Iterable[type[Peer]]) -> dict[str, str]:
    """Return the versions of the tools that are there."""
    there = {kind.program: (which(kind.program), kind.version_of) for kind in kinds}
    return {name: version_of(path, *arguments) for name, (path, arguments) in there.items() if path}


def measure(*, quick: bool) -> Section:
    """Deploy everything at every size, and return what it took."""
    with tempfile.TemporaryDirectory(prefix="rollout-bench-") as folder, yard(Path(folder)) as place:
        found = tuple(rows(place, quick=quick))
    return Section(
        title="Deploying",
        text=(
            "The whole of phase 1 as one command, its start included: from nothing, with nothing to change, with one"
            " index more, and taken away with every row kept. The seven tables and all that belongs to them stand once,"
            " and again under other names. Every tool runs as the deployer on the same server; what it left out was"
            " counted in the catalog. pg-schema-diff and atlas compare with a database that psql has made beforehand,"
            f" which is not timed. A command of another tool has {PEER_SECONDS} s, one of ours {LIMIT_SECONDS} s."
        ),
        rows=found,
        command="python -m bench.deploying",
        versions=versions(OTHERS),
    )


if __name__ == "__main__":
    sys.exit(alone(measure))
