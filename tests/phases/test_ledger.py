"""The ledger: everything that happens to the rollout, only ever added to, and there after all else is gone."""

import psycopg
import pytest

from infra.database.ledger import Entry, append, is_kept, read_ledger
from infra.database.session import open_session
from tests.phases.rollouts import ACTOR, Stage


def entries(stage: Stage, event: str | None = None) -> list[Entry]:
    with open_session(stage.database.deployer, application_name="tests") as session:
        return read_ledger(session, event=event)


def test_phases_flags_and_the_switch_are_recorded(first_everywhere: Stage) -> None:
    """Who, when, from what to what; a change that changes nothing is none."""
    stage = first_everywhere
    before = len(entries(stage))
    stage.enter(3)
    stage.enter(3)
    stage.kill("errors over 10 %")
    stage.enter(1)
    new = entries(stage)[before:]
    told = [(entry.event, entry.subject, entry.from_value, entry.to_value) for entry in new if entry.event != "gate"]
    chain = ("CREATIVE_PIPELINE_ASSESSMENT", "CREATOR_AGENT_ECONOMICS", "ENABLE_CREATIVE_PIPELINE")
    assert told[:4] == [("phase", "phase", "1", "3"), *(("flag", name, "off", "on") for name in chain)]
    assert told[4] == ("latch", "kill switch", "off", "on")
    assert sorted(told[5:8]) == [("flag", name, "on", "off") for name in chain]
    assert told[8:] == [("phase", "phase", "3", "1")]
    assert all(entry.actor and entry.login == stage.database.deployer.user and entry.recorded_at for entry in new)
    assert [entry.reason for entry in new if entry.event == "latch"] == ["errors over 10 %"]
    assert [entry.actor for entry in new if entry.event == "latch"] == [ACTOR]


@pytest.mark.parametrize("login", ["deployer", "admin"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pipeline_private.rollout_ledger SET actor = 'somebody else'",
        "UPDATE pipeline_private.rollout_ledger SET actor = 'nobody' WHERE false",
        "DELETE FROM pipeline_private.rollout_ledger",
        "TRUNCATE pipeline_private.rollout_ledger",
    ],
)
def test_it_is_only_ever_added_to(first: Stage, login: str, statement: str) -> None:
    """Whoever deploys, and even a superuser, is refused: there is no exception for anybody."""
    before = entries(first)
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="it is only ever added to"),
        first.database.connect(user=login) as connection,
    ):
        connection.execute(statement.encode())
    assert entries(first) == before


def test_it_outlives_everything_else(first: Stage) -> None:
    """Everything is taken away: the ledger is there, says so, is still closed, and goes on with the next deployment."""
    first.enter(2)
    before = entries(first)
    first.deployer.down()
    after = entries(first)
    assert after[: len(before)] == before
    assert after[len(before)].event == "removal"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        first.run("DELETE FROM pipeline_private.rollout_ledger")
    with open_session(first.database.deployer, application_name="tests") as session:
        append(session, Entry("backup", "tests", details={"file": "x"}))
    first.run("ALTER SCHEMA pipeline_archive RENAME TO elsewhere")
    first.deployer.definition = first.deployer.definition.model_copy(update={"rollout": None})
    first.deployer.up()
    assert len(entries(first)) == len(after) + 1
    assert first.deployer.drift() == {}


def test_entries_are_read_by_event_and_the_newest_of_them(first: Stage) -> None:
    first.enter(2)
    with open_session(first.database.deployer, application_name="tests") as session:
        for number in range(3):
            append(session, Entry("backup", "tests", reason=str(number), details={"verified": True}))
        assert [entry.reason for entry in read_ledger(session, event="backup", limit=2)] == ["1", "2"]
        assert read_ledger(session, event="backup")[-1].details == {"verified": True}
        assert [entry.recorded_at for entry in read_ledger(session)] == sorted(
            entry.recorded_at for entry in read_ledger(session) if entry.recorded_at
        )


def test_a_database_without_one_says_so(first: Stage) -> None:
    with open_session(first.database.admin, application_name="tests") as session:
        assert is_kept(session)
        session.execute("DROP TABLE pipeline_private.rollout_ledger")
        assert not is_kept(session)
        assert read_ledger(session) == []
