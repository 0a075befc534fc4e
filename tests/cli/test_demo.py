"""The simulated population from the command line: on the embedded database alone, asked for, and taken away again."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.cli.demo_run import ENOUGH, describe
from infra.database.demo import People, Seeded
from infra.database.rollout import State
from infra.embedded.postgres import ensure_running
from infra.models.criterion import Measure, SqlSource
from infra.pipeline.gates import criteria
from infra.pipeline.phases import PHASES
from tests.cli.commands import Project
from tests.cli.kept import put_home
from tests.cli.on_server import on_server
from tests.clusters import Database
from tests.database.entering import document_of
from tests.deploying import deploy


def test_it_is_only_for_the_embedded_database(project: Project, database18: Database) -> None:
    """However the database is reached: real people may be in any other."""
    on_server(project, database18, deployed=False)
    for arguments in (["--yes"], ["--yes", "--remove"]):
        done = project.rollout("demo", *arguments, "--stack", "mine")
        assert done.code == 2
        assert "CLI001 demo: the database of stack mine is not the embedded one" in done.err


def test_it_asks_before_it_changes_anything(project: Project) -> None:
    for arguments in ([], ["--remove"], ["--json"]):
        done = project.rollout("demo", *arguments)
        assert done.code == 2
        assert "CLI004 demo" in done.err


@pytest.mark.parametrize("arguments", [["--creators", "-1"], ["--phase-ready", "6"], ["--creators", "9999"]])
def test_figures_out_of_range_are_refused(project: Project, arguments: list[str]) -> None:
    done = project.rollout("demo", "--yes", *arguments)
    assert done.code == 2
    assert "CLI001" in done.err


def test_from_nothing_to_a_phase_and_back(project: Project, kept: Path) -> None:
    """In phase 1 people are invited and wait; in phase 3 they are in, once; and then they are gone."""
    assert "EMB002" in project.rollout("demo", "--yes").err
    put_home(kept, "served", project.home)
    database = ensure_running(project.home)
    empty = project.rollout("demo", "--yes")
    assert (empty.code, "DB008 stack dev: nothing is deployed" in empty.err) == (1, True)
    deploy(database.deployer).close()
    project.psql(_entering(1))
    closed = project.rollout("demo", "--yes", "--phase-ready", "3")
    assert closed.code == 0
    assert "33 simulated users added, 33 let into the cohort, 0 signed up" in closed.out
    assert "not done: 33 are let in and cannot sign up, as phase 1 lets nobody sign up; gate 1 needs no" in closed.out
    project.psql(_entering(3))
    added = project.rollout("demo", "--yes", "--json").document
    assert (added["phase"], added["users"], added["creators"], added["waiting"]) == (3, 0, 33, "")
    again = project.rollout("demo", "--yes")
    assert "0 simulated users added, 0 let into the cohort, 0 signed up" in again.out
    refused = project.on_terminal("demo", "--remove", answers=[("[y/N]", "n\n")])
    assert refused.code == 1
    assert "Delete every simulated user" in refused.said
    removed = project.on_terminal("demo", "--remove", answers=[("[y/N]", "y\n")])
    assert removed.code == 0
    assert "33 simulated users are gone, with everything of theirs" in removed.said
    assert project.psql("SELECT count(*) FROM public.creator_profiles;", "--admin").strip() == "0"
    few = project.rollout("demo", "--yes", "--creators", "2", "--json").document
    assert few["people"] == {"users": 5, "creators": 5, "waiting_beta": 0, "waiting_team": 0, "real_creators": 0}


@pytest.mark.parametrize("number", [phase.number for phase in PHASES])
def test_there_are_enough_for_each_gate_and_no_more_than_places(number: int) -> None:
    asked = [
        criterion.success.threshold
        for criterion in criteria(number)
        if isinstance(criterion.source, SqlSource) and criterion.source.measure is Measure.BETA_CREATORS
    ]
    assert all(ENOUGH[number] >= threshold for threshold in asked)
    cap = PHASES[max(number, 2) - 1].beta_cap
    assert cap is None or ENOUGH[number] <= cap


def test_real_creators_beside_them_are_named() -> None:
    """The gates measure everybody who is there."""
    state = State(3, "cohort", 50, False, None, None, None, datetime.now(UTC), "ada", {})  # noqa: FBT003 - a row's values
    seeded = Seeded(0, 0, 0, {}, "", People(33, 33, 0, 0, real_creators=4))
    last = describe(seeded, state)[-1]
    assert last == "4 creators here are not simulated: gates measure them together with 33 simulated ones"


def _entering(number: int) -> str:
    return f"SELECT pipeline_private.set_rollout('{document_of(number)}', 'phase', 'test', '', 'a test', '{{}}');"
