"""The kill switch by script: at once, whoever deploys, and what the other scripts do while it is set."""

from contextlib import closing
from pathlib import Path

from tests import deploying
from tests.clusters import Database
from tests.ddl.phasing import BY_AND_WHY, OVERRIDE, SCRIPTS, climb, down, entries, fail, run, standing, up

IMMEDIATE, CLEAR = "rollback/immediate.sql", "rollback/clear.sql"


def flags_on(database: Database) -> set[str]:
    return {name for name, values in standing(database).flags.items() if values[0]}


MONITORING = {"PIPELINE_MONITORING_ENABLED", "PIPELINE_PERFORMANCE_ALERTS"}


def test_it_turns_off_what_obeys_it_while_somebody_deploys_and_twice(database: Database, tmp_path: Path) -> None:
    climb(database, 3, tmp_path)
    with closing(deploying.Deployer(database.deployer)) as other:
        other.workspace.lock()
        assert "The kill switch is set: " in run(database, IMMEDIATE, tmp_path, *BY_AND_WHY)
        kept = entries(database)
        assert "was set already" in run(database, IMMEDIATE, tmp_path, *BY_AND_WHY)
    assert entries(database) == kept
    assert kept[-1] == ("latch", "kill switch", "off", "on", "Ada")
    assert flags_on(database) == MONITORING
    assert standing(database).state == (3, "cohort", 50, True)


def test_it_is_lifted_with_who_and_why_and_the_flags_stay_off(database18: Database, tmp_path: Path) -> None:
    climb(database18, 2, tmp_path)
    assert "was not set" in run(database18, CLEAR, tmp_path, *BY_AND_WHY)
    run(database18, IMMEDIATE, tmp_path, *BY_AND_WHY)
    for name in (IMMEDIATE, CLEAR):
        assert "who and why must be said" in fail(database18, name, tmp_path, "-v", "by=Ada")
    run(database18, CLEAR, tmp_path, *BY_AND_WHY)
    assert flags_on(database18) == MONITORING
    assert entries(database18)[-1] == ("unlatch", "kill switch", "on", "off", "Ada")


def test_up_waits_until_it_is_lifted_and_down_to_one_does_not(database18: Database, tmp_path: Path) -> None:
    """And after that the way up begins anew."""
    climb(database18, 3, tmp_path)
    run(database18, IMMEDIATE, tmp_path, *BY_AND_WHY)
    said = fail(database18, "deploy/phase-4.sql", tmp_path, *OVERRIDE)
    assert "FLAG005" in said
    assert "clear.sql" in said
    assert "phase-3-to-1.sql works while it is set" in fail(
        database18, "rollback/phase-3-to-2.sql", tmp_path, *BY_AND_WHY
    )
    down(database18, 3, 1, tmp_path)
    assert standing(database18).state == (1, "nobody", 0, True)
    assert "FLAG005" in fail(database18, "deploy/phase-2.sql", tmp_path, *OVERRIDE)
    run(database18, CLEAR, tmp_path, *BY_AND_WHY)
    up(database18, 2, tmp_path)
    assert flags_on(database18) == MONITORING | {"ENABLE_CREATIVE_PIPELINE", "CREATIVE_PIPELINE_ASSESSMENT"}


def test_it_is_one_statement_without_the_deploy_lock() -> None:
    for name, function in ((IMMEDIATE, "kill_switch"), (CLEAR, "lift_kill_switch")):
        text = SCRIPTS[name]
        assert text.count("SELECT pipeline_private.") == text.count(f"SELECT pipeline_private.{function}(") == 1
        assert "advisory_lock" not in text
