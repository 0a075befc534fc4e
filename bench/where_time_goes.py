"""Where the time of an `up` goes, from nothing and with nothing to change, beside the least that it could take.

Run with ``python -m bench.where_time_goes``. Each round makes a PostgreSQL of its own and takes it away. The command
itself is run, with marks in it (``bench.marked``); what the server did meanwhile is read from pg_stat_statements. The
floors are measured in the same round: a bare interpreter, an empty program with the same engine, and psql with the SQL
that ``rollout sql deploy`` prints. With Pulumi's CLI on the PATH its engine is measured too.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bench.course import Course, bare, empty_project, marked_up, psql, pulumi_up, warm
from bench.ground import ground
from bench.sections import Mark, Row, Section, Spread, alone

#: What an `up` from nothing may take beside psql with the same SQL, and a look at everything, in milliseconds.
PSQL_TIMES: Final = 10
NO_CHANGE_MILLISECONDS: Final = 500
#: What an `up` by Pulumi's own engine may take beside an empty program.
EMPTY_TIMES: Final = 3
_ROUNDS: Final = 2
_WARM: Final = 9
_WARM_QUICK: Final = 5
_BARE: Final = "a bare interpreter"
_PSQL: Final = "psql, the same SQL"
_EMPTY: Final = "an empty program"
_TEXT: Final = (
    "Where the time of `up` goes, for the dev stack as it is. The three largest costs were the provider's process,"
    " two of which were started by each `up`, the looking at everything twice where nothing was to change, and"
    " imports. One process is now started before a command's own imports, loads its kinds while the program runs, and"
    " serves the plan and the run; a plan that finds neither an object nor the state to change is the `up`; models"
    " build when they are used, and of Pulumi's SDK the provider loads the messages alone. Then came the SDK's work"
    " for each dependency that a resource names, of which one in three said anything that the others did not, and for"
    " an alias that the SDK spelt out itself; a third call of the provider, about inputs that were equal; and the"
    " interpreter's last look for garbage. Under Pulumi's CLI it was a language host that started the provider, twice,"
    " and the SDK's lines for debugging, for each of which the program stood still. What is left is the import of"
    " Pulumi's SDK and of the models, which no run"
    " can do without, and the SDK's own work for each resource."
)


@dataclass
class _Seen:
    """The courses of all rounds, and the floors of each."""

    nothing: list[Course] = field(default_factory=list)
    same: list[Course] = field(default_factory=list)
    psql: list[Course] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    warm: tuple[list[float], list[float]] = ([], [])
    pulumi: list[tuple[Course, Course]] = field(default_factory=list)
    """From nothing and with nothing to change: ours, and an empty program's."""


def measure(*, quick: bool) -> Section:
    """Return the parts of an `up` with each engine."""
    seen = _Seen()
    with tempfile.TemporaryDirectory(prefix="rollout-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        rounds = 1 if quick else _ROUNDS
        for number in range(rounds):
            _round(folder / str(number), seen, (_WARM_QUICK if quick else _WARM) if number == rounds - 1 else 0)
        if not quick and shutil.which("pulumi"):
            _with_pulumi(folder / "pulumi", seen)
    versions = {name: version(name) for name in ("pulumi", "grpcio", "pydantic")}
    rows = tuple(_rows(seen, quick=quick))
    return Section("Where the time goes", _TEXT, rows, "python -m bench.where_time_goes", versions)


def _round(folder: Path, seen: _Seen, runs: int) -> None:
    """Measure each course once, and then so many runs of a warm engine."""
    with ground(folder) as made:
        seen.nothing.append(marked_up(made))
        seen.bare.append(bare())
        seen.same.append(marked_up(made))
        seen.bare.append(bare())
        if runs:
            seen.warm = warm(made, runs)
    seen.psql.append(psql(folder / "psql"))


def _with_pulumi(folder: Path, seen: _Seen) -> None:
    with ground(folder) as made, empty_project(folder) as empty:
        for _ in range(2):
            ours = pulumi_up(made, made.project)
            seen.pulumi.append((ours, pulumi_up(made, empty)))


def _rows(seen: _Seen, *, quick: bool) -> Iterator[Row]:
    yield from _from_nothing(seen)
    yield from _no_change(seen)
    if seen.pulumi:
        yield from _pulumi(seen)
    else:
        why = "a quick round has no time for it" if quick else "Pulumi's CLI is not on this machine"
        yield Row("`pulumi up`, from nothing", None, _EMPTY, None, Mark.ratio_at_most(EMPTY_TIMES), why=why)


def _from_nothing(seen: _Seen) -> Iterator[Row]:
    """The deploy itself is the plan and the run: the rest is the same whatever there is to deploy."""
    floor = _spread(seen.psql, lambda course: course.whole)
    courses = seen.nothing
    yield Row("from nothing: the command", _spread(courses, lambda course: course.whole), _PSQL, floor)
    deploy = _spread(courses, lambda course: _part(course, "plan") + _part(course, "apply"))
    sent, least = courses[0].sent, seen.psql[0].sent
    why = f"each object is looked at, made alone and looked at again: {sent} statements, and psql sends {least}"
    yield Row("from nothing: plan and run", deploy, _PSQL, floor, Mark.ratio_at_most(PSQL_TIMES), why)
    yield from _shared(courses, seen, "from nothing")
    yield Row("from nothing: the run alone", _parts(courses, "apply"), _PSQL, floor)
    yield _at_server(courses, seen, "from nothing")


def _no_change(seen: _Seen) -> Iterator[Row]:
    """A run of the engine looks at everything; the command adds the starts of two interpreters."""
    ours, theirs = (Spread.of(values) for values in seen.warm)
    mark = Mark.at_most(NO_CHANGE_MILLISECONDS)
    why = "one thread registers each resource with Pulumi's SDK, and the provider answers two calls for it"
    yield Row("no change: the engine's run", ours, _EMPTY, theirs, mark, why, note="interpreters warm")
    courses = seen.same
    why = "two interpreters import Pulumi's SDK, gRPC, the models and the driver; the rows below say what that is"
    whole = _spread(courses, lambda course: course.whole)
    yield Row("no change: the command", whole, _BARE, Spread.of(seen.bare), mark, why)
    yield from _shared(courses, seen, "no change")
    yield _at_server(courses, seen, "no change")


def _shared(courses: Sequence[Course], seen: _Seen, course: str) -> Iterator[Row]:
    """Return the parts that every `up` has."""
    floor = Spread.of(seen.bare)
    names = {
        "opened": "interpreter, imports, configuration",
        "provider": "waiting for the provider to start",
        "program": "the program",
        "state": "state files",
        "show": "what stands beside our objects",
        "pooler": "PgBouncer",
    }
    for part, name in names.items():
        yield Row(f"{course}: {name}", _parts(courses, part), _BARE, floor)
    yield Row(f"{course}: the plan's rest", _spread(courses, _rest), _BARE, floor, note="SDK, engine, calls, catalog")
    yield Row(f"{course}: ending", _spread(courses, _ending), _BARE, floor)


def _at_server(courses: Sequence[Course], seen: _Seen, course: str) -> Row:
    one, other = courses[0], seen.psql[0]
    note = f"{one.reads} queries, {one.changes} other statements; psql {other.reads} and {other.changes}"
    floor = _spread(seen.psql, lambda course: course.at_server)
    return Row(f"{course}: in the server", _spread(courses, lambda course: course.at_server), _PSQL, floor, note=note)


def _pulumi(seen: _Seen) -> Iterator[Row]:
    names = ("from nothing", "no change")
    for name, (ours, theirs) in zip(names, seen.pulumi, strict=True):
        note = f"{ours.at_server:.0f} ms in the server: {ours.reads} queries, {ours.changes} other statements"
        why = "its CLI previews and then runs, each time with the program, a provider and several calls a resource"
        spreads = Spread.of([ours.whole]), Spread.of([theirs.whole])
        mark = Mark.ratio_at_most(EMPTY_TIMES)
        yield Row(f"`pulumi up`, {name}", spreads[0], _EMPTY, spreads[1], mark, why, note)


def _spread(courses: Sequence[Course], figure: Callable[[Course], float]) -> Spread:
    return Spread.of([figure(course) for course in courses])


def _parts(courses: Sequence[Course], part: str) -> Spread:
    return _spread(courses, lambda course: _part(course, part))


def _part(course: Course, part: str) -> float:
    return course.parts.get(part, 0.0)


def _rest(course: Course) -> float:
    """Return what a plan takes beside its program, its state and the wait for the provider."""
    return _part(course, "plan") - sum(_part(course, part) for part in ("program plan", "provider plan", "state plan"))


def _ending(course: Course) -> float:
    """Return what comes after the last part: a table, the end of the provider, the interpreter's own."""
    parts = ("opened", "plan", "show", "apply", "pooler")
    return max(0.0, course.whole - sum(_part(course, part) for part in parts))


if __name__ == "__main__":
    sys.exit(alone(measure))
