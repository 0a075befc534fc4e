"""What the page says, as data: each part of what stands, what is wrong first, and nothing that is secret."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.cli.output import Output
from infra.cli.page_stacks import make_page
from infra.cli.serve_run import Kept
from infra.cli.status_watch import watch_status
from infra.report.page.drawing import HEIGHT, WIDTH, bar, sparkline
from infra.report.page.keeping import keep
from infra.report.page.model import Environment, Level, PageDocument, Point, Series, Verdict
from infra.report.page.render import to_html, to_markdown
from infra.report.page.standing import commands
from tests.cli.places import STACK, MovedClock
from tests.cluster_state import connect
from tests.clusters import Database
from tests.report.page.scene import CREATORS, DEAD, HOSTILE, lay_out, populate


@pytest.fixture
def scene(database18: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    lay_out(database18, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PGPASSWORD", database18.deployer.password or "")
    return database18


def only(page: PageDocument) -> Environment:
    (one,) = page.environments
    return one


def test_all_that_stands_is_told_and_what_is_wrong_comes_first(
    scene: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """From an empty database to one in phase 3 that somebody weakens, and turns off, and that dies."""
    empty = only(make_page([STACK]))
    assert (empty.verdict.level, empty.verdict.title) == (Level.WAITING, "nothing is deployed yet")
    assert [line.command for line in empty.commands] == [f"rollout up --stack {STACK}"]
    populate(scene)
    page = make_page([STACK, DEAD])
    _check_standing(page.environments[0])
    _check_access(page)
    assert page.environments[1].verdict.title == "cannot be looked at"
    assert "DB001" in page.environments[1].problems[0].text
    _check_watched(capsys)
    kept = Kept(lambda: make_page([STACK]), 60)
    kept.refresh()
    _weaken(scene)
    kept.refresh()
    _check_weakened(only(kept.page))
    _refuse_everybody(scene)
    kept.refresh()
    _check_dead(kept)
    for text in (to_html(page), to_markdown(page), kept.body("/report.json")):
        assert (scene.deployer.password or "") not in str(text)


def _check_standing(one: Environment) -> None:
    assert (one.phase, one.phase_name, one.file_phase) == (3, "limited beta", 3)
    assert [step.state for step in one.phases] == ["passed", "passed", "here", "ahead", "ahead"]
    assert all(step.since for step in one.phases[:3])
    assert one.gate is not None
    assert [line.name for line in one.gate.criteria] == [
        "beta-creators",
        "beta-completion",
        "alignment-trend",
        "stage-time",
    ]
    assert all(line.series and line.series.points for line in one.gate.criteria)
    _check_series(one)
    assert one.cohort is not None
    assert (one.cohort.team, one.cohort.beta, one.cohort.beta_in, one.cohort.cap) == (3, CREATORS, CREATORS, 50)
    assert one.cohort.stages[0].reached == one.cohort.creators == CREATORS + 3
    assert sum(stage.here for stage in one.cohort.stages) == one.cohort.creators
    assert sum(band.creators for band in one.cohort.alignment) == one.cohort.creators
    assert {flag.name: flag.audience for flag in one.flags if flag.on}["CREATOR_AGENT_ECONOMICS"] == "cohort"
    assert (one.drift, one.drift_looked, one.firing) == ((), True, ())
    assert [line.verified for line in one.backups] == [False, True], "only what says true is proven"
    assert one.timeline[0].subject == "CREATOR_AGENT_ECONOMICS"
    assert any(line.reason == HOSTILE for line in one.timeline)
    assert [line.command for line in one.commands][:2] == [
        f"rollout advance --stack {STACK}",
        f"rollout rollback --to 2 --stack {STACK}",
    ]


def _check_watched(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal it is a line each time, with --json a document each time, until somebody ends it."""

    def end(waits: int) -> None:
        if waits == 2:
            raise KeyboardInterrupt

    for as_json in (False, True):
        capsys.readouterr()
        clock = MovedClock(meanwhile=end)
        with pytest.raises(SystemExit) as ended:
            watch_status(STACK, "7s", Output(as_json=as_json), clock)
        assert (ended.value.code, clock.waits) == (130, [7, 7])
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == 2
        if as_json:
            assert [only(PageDocument.model_validate_json(line)).phase for line in lines] == [3, 3]
        else:
            assert all(f"  {STACK}  " in line and "phase 3  gate 3 failed  creators 35" in line for line in lines)


def _check_series(one: Environment) -> None:
    """Six days of figures; the sum of their samples is what the gate has counted, and sign-ups only rise."""
    assert one.gate is not None
    lines = {line.name: line for line in one.gate.criteria}
    creators, completion = lines["beta-creators"].series, lines["beta-completion"].series
    assert creators is not None
    assert completion is not None
    assert len(completion.points) >= 6
    assert sum(point.samples for point in completion.points) == lines["beta-completion"].samples
    rising = [point.value for point in creators.points]
    assert rising == sorted(rising)
    assert rising[-1] == CREATORS
    assert (completion.threshold, completion.allowed) == (85, "> 85 %")


def _check_access(page: PageDocument) -> None:
    """Once for each way in which environments have it; what reaches no row is not listed."""
    opened, closed = page.matrices
    assert (opened.stacks, opened.sign_up, closed.stacks, closed.sign_up) == ((STACK,), True, (DEAD,), False)
    cells = {(row.object, cell.role): cell.summary for row in opened.rows for cell in row.cells}
    assert cells["public.assessment_scores", "authenticated"] == "select"
    assert cells["public.assessment_scores", "pipeline_owner"] == ""
    assert {summary for (_, role), summary in cells.items() if role == "anon"} == {""}
    assert "insert" in cells["public.creator_profiles", "authenticated"]
    shut = {(row.object, cell.role): cell.summary for row in closed.rows for cell in row.cells}
    assert "insert" not in shut["public.creator_profiles", "authenticated"]


def _weaken(database: Database) -> None:
    with database.connect(user="admin") as admin:
        admin.execute("ALTER TABLE public.assessment_scores DISABLE ROW LEVEL SECURITY")
        admin.execute("DROP INDEX public.assessment_scores_dimension_idx")
        admin.execute("SELECT pipeline_private.kill_switch('eve', 'too many errors')")


def _check_weakened(one: Environment) -> None:
    assert one.verdict.level is Level.BAD
    told = "\n".join(one.verdict.reasons)
    assert "the kill switch is set by eve: too many errors" in told
    assert "incident: row security is off on public.assessment_scores" in told
    assert "calls for a rollback: Tables on which row security is off" in told
    assert "1 object changed out of band" in told
    assert [flag.name for flag in one.flags if flag.on] == [
        "PIPELINE_MONITORING_ENABLED",
        "PIPELINE_PERFORMANCE_ALERTS",
    ]
    assert one.commands[0].command.startswith("rollout rollback --clear")


def _refuse_everybody(database: Database) -> None:
    with connect(database.server.admin) as admin:
        admin.execute(f"ALTER DATABASE {database.name} ALLOW_CONNECTIONS false".encode())


def _check_dead(kept: Kept) -> None:
    """What was found last stays, with its age and the reason."""
    one = only(kept.page)
    assert (one.verdict.level, one.phase) == (Level.UNKNOWN, 3)
    assert one.verdict.reasons[0].startswith("these are the figures of 20")
    assert "is not currently accepting connections" in one.verdict.reasons[1]
    assert one.drift
    assert "these are the figures of" in str(kept.body("/"))


def test_an_attempt_that_breaks_down_leaves_the_page_and_says_why() -> None:
    def broken() -> PageDocument:
        raise ZeroDivisionError("by hand")

    page = page_of(Environment(stack="dev", verdict=Verdict(level=Level.GOOD, title="ready"), server="PostgreSQL 18.6"))
    kept = Kept(broken, 60, page=page, note="")
    kept.refresh()
    assert kept.page is page
    assert "ZeroDivisionError: by hand" in kept.note
    assert "by hand" in str(kept.body("/"))
    assert kept.body("/etc/passwd") is None


def page_of(*environments: Environment, **more: Any) -> PageDocument:
    at = datetime(2026, 11, 27, 12, tzinfo=UTC)
    return PageDocument(**({"at": at, "project": "demo", "phases": (), "environments": environments} | more))


def test_figures_grow_old_from_when_they_were_taken() -> None:
    """A third page that cannot reach the database tells the age of the first."""
    good = Environment(stack="dev", verdict=Verdict(level=Level.GOOD, title="ready"), server="PostgreSQL 18.6", phase=2)
    gone = Environment(stack="dev", verdict=Verdict(level=Level.UNKNOWN, title="cannot be looked at"))
    first = page_of(good)
    second = keep(first, page_of(gone, at=first.at + timedelta(minutes=5)))
    third = keep(second, page_of(gone, at=first.at + timedelta(minutes=12)))
    assert only(third).phase == 2
    assert "12 minutes ago" in only(third).verdict.reasons[0]
    assert only(keep(third, page_of(good))).verdict.title == "ready"


def test_what_people_wrote_is_no_markup_in_markdown() -> None:
    wrote = "a|b <img src=x> [x](http://evil.example) `code`\n# head \u202e"
    one = Environment(stack=wrote, verdict=Verdict(level=Level.BAD, title=wrote, reasons=(wrote,)))
    text = to_markdown(page_of(one))
    assert "<img" not in text
    assert r"\[x\](http" in text, "no link"
    assert "\u202e" not in text
    assert r"a\|b" in text
    assert not [line for line in text.splitlines() if line.startswith("# head")]


def test_a_page_without_anything_says_so() -> None:
    assert "no stack whose database could be looked at" in to_html(page_of())
    assert page_of().level is Level.UNKNOWN


def test_a_command_can_be_pasted_whatever_the_stack_is_called() -> None:
    assert [line.command for line in commands("a; rm -rf ~", None)] == ["rollout up --stack 'a; rm -rf ~'"]


def series(*values: float, threshold: float | None = None) -> Series:
    points = tuple(Point(age=len(values) - 1 - place, value=value, samples=1) for place, value in enumerate(values))
    return Series(title="t", unit="%", points=points, threshold=threshold, allowed="> 85 %", days=14)


def test_a_line_stays_in_its_box_with_its_threshold() -> None:
    drawn = sparkline(series(10, 90, 50, threshold=85))
    assert drawn is not None
    assert drawn.threshold is not None
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in (*drawn.dots, (0, drawn.threshold)))
    assert drawn.dots[1][1] < drawn.threshold < drawn.dots[2][1] < drawn.dots[0][1], "more is higher"
    assert drawn.words == "3 of the last 14 days have figures: from 10 % to 90 %, the newest 50 %; wanted is > 85 %"
    flat = sparkline(series(5, 5))
    assert flat is not None
    assert {y for _, y in flat.dots} == {HEIGHT / 2}
    assert sparkline(series()) is None


@pytest.mark.parametrize(("part", "whole", "length"), [(0, 10, 0), (10, 10, 100), (1, 100_000, 0.6), (1, 0, 0)])
def test_a_bar_that_is_there_is_seen(part: float, whole: float, length: float) -> None:
    assert bar(part, whole) == length
