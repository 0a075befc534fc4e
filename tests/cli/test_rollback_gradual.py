"""The gradual rollback, run through with a clock of its own: order, waits, early stop, and taking up after a kill."""

import json
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.cli.rollback_gradual import STAGES, Ending, Progress, Stage, describe, roll_back
from infra.cli.rollback_progress import ProgressFile
from infra.cli.rollback_scene import close, interrupted, lower, wanted
from infra.config.editing import StackFile
from infra.database.ledger import Entry
from infra.database.target import Target
from infra.errors import RolloutError
from infra.gates.watching import Level
from infra.models.flag import FlagName
from tests.cli import commands
from tests.cli.commands import Project
from tests.cli.places import MovedClock, make_place

PIPELINE = frozenset(flag for stage in STAGES for flag in stage.flags)
BEGUN = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = 60.0
SOAK = 30 * MINUTE


class Killed(BaseException):
    """As a SIGKILL: nothing of ours runs any more."""


@dataclass
class Play:
    """A stage for the course: flags, a clock, numbers by the minute, and a place at which it is killed."""

    home: Path
    flags: set[FlagName] = field(default_factory=lambda: set(PIPELINE))
    #: The level of the numbers, by the seconds since the beginning.
    numbers: Callable[[float], Level] = lambda _seconds: Level.CALM
    kill_at: int | None = None
    seconds: float = 0
    done: list[tuple[float, str]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    points: int = 0

    @property
    def file(self) -> ProgressFile:
        return ProgressFile(self.home, "dev")

    @property
    def now(self) -> datetime:
        return BEGUN + timedelta(seconds=self.seconds)

    def on(self) -> frozenset[FlagName]:
        return frozenset(self.flags)

    def turn_off(self, stage: Stage, progress: Progress) -> None:
        self._point()
        self.flags -= set(stage.flags)
        self.done.append((self.seconds, f"{progress.run}:{stage.number}"))
        self._point()

    def look(self) -> Level:
        self._point()
        return self.numbers(self.seconds)

    def keep(self, progress: Progress) -> None:
        self._point()
        self.file.write(progress, self.now)
        self._point()

    def wait(self, seconds: float) -> None:
        self._point()
        assert seconds > 0, "it would never end"
        self.seconds += seconds

    def tell(self, text: str) -> None:
        self.told.append(text)

    def run(self, every: float = MINUTE) -> Ending:
        begun = self.file.read(self.now)
        ending = roll_back(self, run="a", soak=SOAK, every=every, begun=begun)
        self.file.forget()
        return ending

    @property
    def steps(self) -> list[int]:
        return [int(text[-1]) for _, text in self.done]

    def _point(self) -> None:
        """Somewhere to be killed at."""
        if self.points == self.kill_at:
            raise Killed
        self.points += 1


def _never_calm(_seconds: float) -> Level:
    return Level.RAISED


def test_the_order_is_the_guide_s_and_each_step_but_the_last_is_watched(tmp_path: Path) -> None:
    play = Play(tmp_path, numbers=_never_calm)
    assert play.run() is Ending.ALL_OFF
    assert play.done == [(0, "a:1"), (SOAK, "a:2"), (2 * SOAK, "a:3"), (3 * SOAK, "a:4")]
    assert not play.flags
    assert not play.file.path.exists()


def test_it_stops_once_the_numbers_have_been_calm_for_a_soak(tmp_path: Path) -> None:
    play = Play(tmp_path)
    assert play.run() is Ending.RECOVERED
    assert play.steps == [1]
    assert play.seconds == SOAK
    assert play.flags == PIPELINE - set(STAGES[0].flags)


def test_numbers_that_calm_down_during_the_soak_are_watched_for_a_whole_soak_more(tmp_path: Path) -> None:
    """The windows still hold what was before the step; a trigger that falls quiet in time is no reason to go on."""
    play = Play(tmp_path, numbers=lambda seconds: Level.FIRING if seconds < 10 * MINUTE else Level.CALM)
    assert play.run() is Ending.RECOVERED
    assert play.steps == [1]
    assert play.seconds == 40 * MINUTE


def test_a_relapse_after_the_soak_is_the_next_step_at_once(tmp_path: Path) -> None:
    play = Play(tmp_path, numbers=lambda seconds: Level.CALM if 10 * MINUTE < seconds < 35 * MINUTE else Level.RAISED)
    assert play.run() is Ending.ALL_OFF
    assert play.done[1] == (35 * MINUTE, "a:2")


def test_no_data_is_no_reason_to_go_on(tmp_path: Path) -> None:
    play = Play(tmp_path, numbers=lambda _seconds: Level.NO_DATA)
    assert play.run() is Ending.RECOVERED
    assert play.steps == [1]


def test_steps_whose_flags_are_off_are_skipped(tmp_path: Path) -> None:
    on = {FlagName.ENABLE_CREATIVE_PIPELINE, FlagName.CREATOR_AGENT_ECONOMICS}
    play = Play(tmp_path, flags=on, numbers=_never_calm)
    assert play.run() is Ending.ALL_OFF
    assert play.done == [(0, "a:2"), (SOAK, "a:4")]


def test_where_nothing_is_on_nothing_is_done(tmp_path: Path) -> None:
    play = Play(tmp_path, flags=set())
    assert play.run() is Ending.NOTHING
    assert (play.done, play.seconds) == ([], 0)


def test_what_is_critical_is_said_once_and_no_blip_is(tmp_path: Path) -> None:
    blips = Play(tmp_path, numbers=lambda seconds: Level.FIRING if seconds / MINUTE % 2 else Level.CALM)
    blips.run()
    assert not [text for text in blips.told if "--immediate" in text]
    stays = Play(tmp_path, numbers=lambda seconds: Level.FIRING if seconds < 9 * MINUTE else Level.CALM)
    stays.run()
    assert len([text for text in stays.told if "rollout rollback --immediate" in text]) == 1


def _all_points(folder: Path, numbers: Callable[[float], Level]) -> Iterable[int]:
    whole = Play(folder, numbers=numbers)
    whole.run(every=10 * MINUTE)
    return range(whole.points)


@pytest.mark.parametrize("numbers", [_never_calm, lambda _seconds: Level.CALM], ids=["never calm", "calm"])
def test_killed_anywhere_it_takes_up_where_it_was(tmp_path: Path, numbers: Callable[[float], Level]) -> None:
    """At every point: the same steps in the same order, none without its soak, and no soak twice as long."""
    whole = Play(tmp_path / "whole", numbers=numbers)
    ending = whole.run(every=10 * MINUTE)
    for point in _all_points(tmp_path / "count", numbers):
        play = Play(tmp_path / str(point), numbers=numbers, kill_at=point)
        with pytest.raises(Killed):
            play.run(every=10 * MINUTE)
        play.kill_at = None
        play.seconds += 7 * MINUTE  # nobody watches meanwhile
        assert play.run(every=10 * MINUTE) is ending
        assert list(dict.fromkeys(play.steps)) == whole.steps
        assert play.flags == whole.flags
        # At the most the wait in which it was killed is waited again.
        assert whole.seconds + 7 * MINUTE <= play.seconds <= whole.seconds + 17 * MINUTE


def test_the_rest_of_the_soak_is_what_was_not_watched(tmp_path: Path) -> None:
    play = Play(tmp_path, flags=set(PIPELINE) - set(STAGES[0].flags))
    play.file.write(Progress("earlier", 1, SOAK, turned=True, watched=20 * MINUTE, calm=20 * MINUTE), BEGUN)
    assert play.run() is Ending.RECOVERED
    assert play.seconds == 10 * MINUTE
    assert play.steps == []
    assert play.told[0] == "taking up at step 1, watched for 20m of 30m"


def test_what_was_not_calm_is_remembered_as_such(tmp_path: Path) -> None:
    """Killed right after a look that was not calm, it does not take up with the calm from before."""

    def numbers(seconds: float) -> Level:
        if seconds > 20 * MINUTE:
            raise Killed
        return Level.RAISED if seconds == 20 * MINUTE else Level.CALM

    play = Play(tmp_path, numbers=numbers)
    with pytest.raises(Killed):
        play.run()
    assert play.file.read(play.now) == Progress("a", 1, SOAK, turned=True, watched=20 * MINUTE, calm=0)


def test_a_step_that_somebody_undid_is_taken_again(tmp_path: Path) -> None:
    play = Play(tmp_path, flags=set(PIPELINE) - set(STAGES[0].flags))
    play.file.write(Progress("earlier", 2, SOAK, turned=True, watched=20 * MINUTE), BEGUN)
    assert play.run() is Ending.RECOVERED
    assert play.done == [(0, "earlier:2")]


@pytest.mark.parametrize("turned", [True, False])
def test_where_somebody_has_gone_up_since_the_newest_flags_go_off_first(tmp_path: Path, turned: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A step with later ones on above it would leave a flag on without the one that it requires: no `up` takes that."""
    play = Play(tmp_path, numbers=_never_calm, flags=set(PIPELINE) - set(STAGES[0].flags))
    play.file.write(Progress("earlier", 3, SOAK, turned=turned, watched=20 * MINUTE), BEGUN)
    assert play.run() is Ending.ALL_OFF
    assert play.steps == [2, 3, 4]


def test_a_rollback_of_another_day_is_another_one(tmp_path: Path) -> None:
    file = ProgressFile(tmp_path, "dev")
    file.write(Progress("old", 3, SOAK, turned=True), BEGUN)
    assert file.read(BEGUN + timedelta(hours=23)) == Progress("old", 3, SOAK, turned=True)
    assert file.read(BEGUN + timedelta(hours=25)) is None


@pytest.mark.parametrize("content", ["", "[]", '{"run": "a"}', '{"kept_at": "2026-01-01"}', "\x00"])
def test_a_damaged_file_is_refused_with_what_to_do(tmp_path: Path, content: str) -> None:
    file = ProgressFile(tmp_path, "dev")
    file.path.write_text(content, encoding="utf-8")
    with pytest.raises(RolloutError, match=r"ENG002 .*rollback-dev\.json: it cannot be read.* Fix: remove it"):
        file.read(BEGUN)


@pytest.mark.parametrize(("seconds", "words"), [(0, "0s"), (30, "30s"), (60, "1m"), (90, "1m30s"), (3600, "60m")])
def test_times_in_words(seconds: float, words: str) -> None:
    assert describe(seconds) == words


def _file(folder: Path, phase: int, more: str = "") -> StackFile:
    return StackFile(make_place(folder, Target(host="h", port=1, name="n", user="u"), phase, more).file)


READY = "  creative-pipeline:ready: {launch: true, full: true}\n"
MONITORING = "  creative-pipeline:flags: {PIPELINE_PERFORMANCE_ALERTS: false, CREATIVE_PIPELINE_FULL: false}\n"


def test_what_a_stack_file_turns_on(tmp_path: Path) -> None:
    assert wanted(_file(tmp_path, 5, READY)) == PIPELINE
    assert wanted(_file(tmp_path, 5)) == PIPELINE - set(STAGES[0].flags)
    assert wanted(_file(tmp_path, 5, READY + MONITORING)) == PIPELINE - {FlagName.CREATIVE_PIPELINE_FULL}
    assert wanted(_file(tmp_path, 1, READY)) == frozenset()
    assert wanted(_file(tmp_path, 9, "  creative-pipeline:ready: 3\n")) == frozenset()


def test_each_step_adds_to_flags_and_the_last_leaves_phase_one_without_them(tmp_path: Path) -> None:
    """What the file says of monitoring is not ours to take out."""
    file = _file(tmp_path, 5, READY + MONITORING)
    for stage in STAGES[:-1]:
        close(file, stage)
        assert not wanted(file) & set(stage.flags)
        assert file.phase == 5
    assert wanted(file) == {FlagName.ENABLE_CREATIVE_PIPELINE}
    close(file, STAGES[-1])
    assert (file.phase, file.flags) == (1, {"PIPELINE_PERFORMANCE_ALERTS": False})


def test_a_lower_phase_keeps_what_is_off_and_states_nothing_ahead_of_itself(tmp_path: Path) -> None:
    flags = "  creative-pipeline:flags: {CREATOR_AGENT_ECONOMICS: false, CREATIVE_PIPELINE_ASSESSMENT: true}\n"
    file = _file(tmp_path, 5, flags)
    lower(file, 3)
    assert (file.phase, file.flags) == (3, {"CREATOR_AGENT_ECONOMICS": False})
    lower(file, 1)
    assert (file.phase, file.flags) == (1, {})


def _entry(**details: Any) -> Entry:
    step = {"run": "a", "step": 2, "soak": SOAK, "kind": "gradual", "stack": "dev"}
    return Entry("rollback", "me", details=step | details, recorded_at=BEGUN - timedelta(minutes=20))


def test_without_its_file_it_takes_up_by_the_ledger() -> None:
    """Nothing says how long was watched, so the soak begins anew; what has an end, or is older, is none of it."""
    clock = MovedClock(BEGUN)
    assert interrupted([_entry()], "dev", clock) == Progress("a", 2, SOAK, turned=True)
    assert interrupted([], "dev", clock) is None
    assert interrupted([_entry(), _entry(ended="x")], "dev", clock) is None
    assert interrupted([_entry()], "prod", clock) is None
    assert interrupted([_entry(kind="phase")], "dev", clock) is None
    assert interrupted([_entry()], "dev", MovedClock(BEGUN + timedelta(minutes=11))) is None


GATES = [{"gate": n, "by": "ops", "why": "a rehearsal", "until": "2999-01-01"} for n in range(1, 5)]
TROUBLE = """
    INSERT INTO auth.users (id) VALUES ('00000000-0000-0000-0000-000000000001');
    INSERT INTO public.creator_profiles (user_id) SELECT id FROM auth.users LIMIT 1;
    INSERT INTO public.pipeline_sessions (creator_profile_id, stage, error_logs)
    SELECT p.id, 'completed', CASE WHEN n <= 2 THEN '{"e": 1}' ELSE '{}' END::jsonb
      FROM public.creator_profiles AS p, generate_series(1, 40) AS n;
"""
STEPS = "SELECT details FROM pipeline_private.rollout_ledger WHERE event = 'rollback' ORDER BY recorded_at"
ON = "SELECT name FROM pipeline_private.feature_flags WHERE enabled AND obeys_latch ORDER BY name"


def _steps(project: Project) -> list[Any]:
    entries = [json.loads(line) for line in project.psql(STEPS).splitlines()]
    return [entry.get("ended") or entry["step"] for entry in entries]


@pytest.mark.full
def test_on_a_real_stack_it_goes_all_the_way_and_takes_up_after_a_kill(project: Project) -> None:
    """Killed while it watches after the second step: the third is next, and each stands once in the ledger."""
    project.configure(ready={"launch": True, "full": True}, overrides=GATES)
    assert project.rollout("up", "--yes").code == 0
    before = (project.folder / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    project.configure(phase=5)
    assert project.rollout("up", "--yes").code == 0
    project.psql(TROUBLE, "--admin")
    _killed_while_watching(project, after=2)
    assert project.psql(ON).splitlines() == ["CREATIVE_PIPELINE_ASSESSMENT", "ENABLE_CREATIVE_PIPELINE"]
    done = project.rollout("rollback", "--gradual", "--soak", "9s", "--yes")
    assert done.code == 0, done.said
    assert "an earlier run was interrupted at step 2: taking up there" in done.out
    assert "error-rate: raised: 5 % (2 of 40 sessions have errors" in done.out
    assert "done: everything is off" in done.out
    assert _steps(project) == [1, 2, 3, 4, "everything is off"]
    assert project.psql(ON) == ""
    assert (project.folder / "Pulumi.dev.yaml").read_text(encoding="utf-8") == before
    assert not list(project.home.glob("rollback-*"))
    assert project.rollout("preview", "--expect-no-changes").code == 0
    again = project.rollout("rollback", "--gradual", "--yes")
    assert (again.code, again.out) == (0, "done: nothing was on\n")


def _killed_while_watching(project: Project, *, after: int) -> None:
    command = [*commands.COMMAND, "rollback", "--gradual", "--soak", "2s", "--yes"]
    with subprocess.Popen(
        command, cwd=project.folder, env=project._environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        while _steps(project) != list(range(1, after + 1)):
            assert running.poll() is None
            time.sleep(0.1)
        running.kill()
