"""The kill switch: one statement, and nothing turns a flag on again until somebody lifts it."""

import threading

import psycopg
import pytest

from infra.errors import RolloutErrors
from infra.models.flag import FlagName
from infra.pipeline.flags import FLAGS
from infra.pipeline.phases import rollout
from tests.phases.rollouts import Stage

PIPELINE = {flag.name.value for flag in FLAGS if flag.obeys_latch}


def on(stage: Stage) -> set[str]:
    return {name for name, enabled in stage.flags().items() if enabled}


def test_five_flags_go_off_and_monitoring_stays(first_everywhere: Stage) -> None:
    stage = first_everywhere
    stage.enter(5, ready=set(FlagName))
    assert stage.kill()
    assert on(stage) == {*FlagName} - PIPELINE
    assert not stage.kill("again"), "it was set already"
    ((by, why),) = stage.run("SELECT latched_by, latched_reason FROM pipeline_private.rollout_state")
    assert (by, why) == ("tests@example.org", "errors"), "the first to set it is the one who is told of"


def test_every_way_of_turning_a_flag_on_obeys_it(first: Stage) -> None:
    """By hand, by the function, by an `up` of the old stack file: each is refused, and says how to lift it."""
    first.enter(5)
    first.kill()
    for statement in (
        "UPDATE pipeline_private.feature_flags SET enabled = true WHERE name = 'ENABLE_CREATIVE_PIPELINE'",
        """INSERT INTO pipeline_private.feature_flags (name, enabled, updated_by)
           VALUES ('ENABLE_CREATIVE_PIPELINE', true, 'me') ON CONFLICT (name) DO UPDATE SET enabled = true""",
    ):
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="FLAG005 the kill switch is set"):
            first.run(statement)
    with pytest.raises(RolloutErrors, match=r"FLAG005 rollout: the kill switch is set since .* by tests@example.org"):
        first.enter(5)
    with pytest.raises(RolloutErrors, match="FLAG005"):
        first.deployer.create(rollout(5), preview=True)
    assert not on(first) & PIPELINE


def test_phase_one_is_entered_while_it_is_set_and_it_stays_set(first: Stage) -> None:
    """Going down always works; going up again does not, before somebody lifts it."""
    first.enter(4)
    first.kill()
    first.enter(1)
    with pytest.raises(RolloutErrors, match="FLAG005"):
        first.enter(2)
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        first.run("SELECT pipeline_private.lift_kill_switch('me', ' ')")
    assert first.run("SELECT pipeline_private.lift_kill_switch('me', 'mended')") == [(True,)]
    assert not on(first) & PIPELINE, "lifting turns nothing on"
    assert first.run("SELECT pipeline_private.lift_kill_switch('me', 'mended')") == [(False,)]
    first.enter(2)
    assert on(first) & PIPELINE == {"ENABLE_CREATIVE_PIPELINE", "CREATIVE_PIPELINE_ASSESSMENT"}


def test_an_up_that_is_under_way_waits_and_then_finds_it_set(first: Stage) -> None:
    """Whichever of the two is first: the flags are off in the end, and stay off."""
    first.enter(5)
    outcome: list[str] = []

    def turn_on() -> None:
        try:
            first.run("UPDATE pipeline_private.feature_flags SET enabled = true")
            outcome.append("on")
        except psycopg.Error as error:
            outcome.append(error.diag.message_primary or "")

    with first.database.connect() as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT pipeline_private.kill_switch('me', 'errors')")
        writer = threading.Thread(target=turn_on)
        writer.start()
        writer.join(0.3)
        assert writer.is_alive(), "it waits for the switch"
        connection.execute("COMMIT")
        writer.join()
    assert outcome[0].startswith("FLAG005")
    assert not on(first) & PIPELINE


def test_a_first_deploy_that_races_with_it_does_not_slip_through(first: Stage) -> None:
    """A flag's row that is not there yet cannot be turned off: inserting it looks at the switch first."""
    first.enter(5)
    first.run("DELETE FROM pipeline_private.feature_flags")
    with first.database.connect() as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT pipeline_private.kill_switch('me', 'errors')")
        refused: list[str] = []

        def insert() -> None:
            try:
                first.run(
                    "INSERT INTO pipeline_private.feature_flags (name, enabled, updated_by)"
                    " VALUES ('ENABLE_CREATIVE_PIPELINE', true, 'me')"
                )
            except psycopg.Error as error:
                refused.append(error.diag.message_primary or "")

        writer = threading.Thread(target=insert)
        writer.start()
        writer.join(0.3)
        connection.execute("COMMIT")
        writer.join()
    assert refused
    assert not on(first) & PIPELINE


def test_where_nothing_is_rolled_out_it_says_so(first: Stage) -> None:
    first.run("DELETE FROM pipeline_private.rollout_state")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="nothing is rolled out here"):
        first.kill()


def test_it_needs_somebody(first: Stage) -> None:
    """Nobody is nobody: the ledger keeps who did it."""
    with pytest.raises(psycopg.errors.CheckViolation):
        first.run("SELECT pipeline_private.kill_switch('', 'errors')")
    with pytest.raises(psycopg.errors.NotNullViolation):
        first.run("SELECT pipeline_private.kill_switch(NULL, 'errors')")
    assert first.run("SELECT latched FROM pipeline_private.rollout_state") == [(False,)]
