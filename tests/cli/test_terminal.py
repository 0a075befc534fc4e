"""What a person at a terminal sees, is asked and can stop."""

import re

import pytest

from tests.cli.commands import ESCAPE, Project

RED = f"{ESCAPE}[31m"
GREEN = f"{ESCAPE}[32m"


def test_up_shows_its_plan_asks_and_shows_its_progress(served: Project) -> None:
    done = served.on_terminal("up", answers=[("[y/N]", "y\n")])
    assert done.code == 0, done.out
    assert f"{GREEN}+ create    Table public.creator_profiles" in done.out
    assert "Make these changes? [y/N]" in done.out
    plan, _, after = done.out.partition("[y/N]")
    assert re.search(r"0/\d\d\d\b", after), "how far it is"
    assert "+ created   Table public.creator_profiles" in after
    assert "+ created " not in plan


@pytest.mark.full
def test_anything_but_a_yes_changes_nothing(served: Project) -> None:
    done = served.on_terminal("up", answers=[("[y/N]", "\n")])
    assert done.code == 1
    assert "nothing was changed" in done.out
    assert served.rollout("status", "--json").document["resources"] == {}


@pytest.mark.full
def test_no_color_is_honoured_on_a_terminal(deployed: Project) -> None:
    """The display still redraws itself; its letters are plain."""
    deployed.psql("ALTER TABLE public.creator_profiles DISABLE ROW LEVEL SECURITY", "--admin")
    coloured = deployed.on_terminal("preview")
    plain = deployed.on_terminal("preview", NO_COLOR="1")
    assert f"{ESCAPE}[33m~ update" in coloured.out
    assert f"{ESCAPE}[33m" not in plain.out
    assert "~ update    Table public.creator_profiles" in plain.out


@pytest.mark.full
def test_json_on_a_terminal_is_json_alone(served: Project) -> None:
    done = served.on_terminal("preview", "--json")
    assert done.code == 0
    assert ESCAPE not in done.out
    assert done.document["summary"] == {"create": len(done.document["steps"])}


def test_the_first_ctrl_c_cancels_orderly_and_the_next_run_goes_on(served: Project) -> None:
    done = served.on_terminal("up", "--yes", answers=[("+ created   Schema", "\x03")])
    assert done.code == 130, done.out
    assert "cancelling: what is under way ends first" in done.out
    assert "ENG001 the run was cancelled" in done.out
    assert "were not tried" in done.out
    assert "PRV004" not in done.out, "what the cancel ended is counted, not told one by one"
    assert "canceling statement" not in done.out
    assert served.rollout("up", "--yes").code == 0


def test_ctrl_c_at_the_question_stops(served: Project) -> None:
    done = served.on_terminal("up", answers=[("[y/N]", "\x03")])
    assert done.code == 130
    assert "stopped" in done.out


def test_an_error_is_red_on_a_terminal(project: Project) -> None:
    done = project.on_terminal("preview", "--stack", "nope")
    assert done.code == 2
    assert f"{RED}CLI002 stack nope: " in done.out


def test_the_state_with_its_secrets_is_not_written_to_a_terminal(deployed: Project) -> None:
    done = deployed.on_terminal("state", "export")
    assert done.code == 2
    assert "CLI001 state export: the deployment holds secrets" in done.out
