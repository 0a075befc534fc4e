"""The ledger from the command line: what happened, who did it, and on what evidence."""

from datetime import UTC, datetime

import pytest

from infra.cli.history_run import evidence_lines, line_of, short
from infra.database.ledger import Entry, append
from infra.database.session import open_session
from tests.cli.commands import Project
from tests.cli.on_server import document, on_server, run
from tests.clusters import Database
from tests.database.entering import enter

CRITERION = {"values": [91.5], "unit": "%", "samples": 40, "source": "", "severity": "blocking"}
EVIDENCE = {
    "allowed": True,
    "skipped": [],
    "gates": [
        {
            "gate": 3,
            "verdict": "passed",
            "criteria": [
                CRITERION | {"criterion": "beta-completion", "outcome": "passed", "target": "> 85 %", "why": "91.5 %"},
                CRITERION | {"criterion": "satisfaction", "outcome": "attested", "target": "> 90 %", "why": ""},
            ],
        }
    ],
}


def record(database: Database, *entries: Entry) -> None:
    with open_session(database.deployer, application_name="test") as session:
        for entry in entries:
            append(session, entry)


def test_it_is_told_in_order_with_who_and_why(project: Project, database18: Database) -> None:
    """One line each, the newest last; the evidence only when it is asked for."""
    on_server(project, database18)
    enter(database18, 2)
    gate = Entry("gate", "ada", "c0ffee1234567890", "2", "3", "all is\nwell", EVIDENCE, subject="gate 2")
    record(database18, gate, Entry("latch", "eve", "", "off", "on", "smoke", subject="kill switch"))
    done = run(project, "history")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[-1].endswith("  latch     kill switch  off → on  by eve  smoke")
    assert lines[-2].endswith("  gate      gate 2  2 → 3  by ada  c0ffee12  all is well")
    assert lines[-1].startswith(f"{datetime.now(UTC):%Y-%m-}")
    assert any("phase     phase" in line and "→ 2" in line for line in lines)
    detailed = run(project, "history", "--event", "gate", "--details", "--limit", "1").out.splitlines()
    assert set(detailed[1:]) == {
        "    gates:",
        "        gate: 3",
        "        verdict: passed",
        "        criteria:",
        "            passed  beta-completion  > 85 %  91.5 %",
        "            attested  satisfaction  > 90 %",
        "    allowed: true",
    }


def test_the_newest_are_shown_and_the_rest_is_named(project: Project, database18: Database) -> None:
    on_server(project, database18)
    record(database18, *(Entry("backup", "ada", to_value=str(number)) for number in range(5)))
    done = run(project, "history", "--event", "backup", "--limit", "2", "--json")
    assert [entry["to_value"] for entry in done.document["entries"]] == ["3", "4"]
    assert "there are older ones: --limit shows more than 2" in done.err
    assert not run(project, "history", "--event", "backup", "--limit", "5").err
    entry = document(project, "history", "--event", "backup")["entries"][0]
    assert entry["login"] == "deployer"
    assert datetime.fromisoformat(entry["recorded_at"]).tzinfo is not None


def test_it_outlives_everything_else(project: Project, database18: Database) -> None:
    """With the tables, the flags and the cohort gone, what happened can still be read."""
    on_server(project, database18)
    record(database18, Entry("removal", "ada", reason="the end"))
    with database18.connect() as connection:
        connection.execute("DROP TABLE pipeline_private.feature_flags, pipeline_private.rollout_state CASCADE")
        connection.execute("DROP TABLE pipeline_private.cohort_members, public.creator_profiles CASCADE")
    assert run(project, "history").out.endswith("removal   by ada  the end\n")


def test_a_database_without_a_ledger_says_so(project: Project, database18: Database) -> None:
    on_server(project, database18, deployed=False)
    assert run(project, "history").out == "this database has never had a ledger\n"
    assert document(project, "history") == {"ok": True, "kept": False, "entries": []}
    on_server(project, database18)
    assert run(project, "history", "--event", "unlatch").out == "nothing of this kind has happened\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--event", "party"], "CLI001 --event: 'party' is no event. Allowed: phase, flag"), (["--limit", "0"], "CLI001")],
    ids=["event", "limit"],
)
def test_what_cannot_be_asked_is_refused(project: Project, arguments: list[str], said: str) -> None:
    done = project.rollout("history", *arguments)
    assert done.code == 2
    assert said in done.err


def test_a_server_that_does_not_run_is_named(project: Project) -> None:
    done = project.rollout("history")
    assert done.code == 1
    assert "EMB002" in done.err


def test_lines_leave_out_what_is_not_there() -> None:
    at = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (
        line_of(Entry("phase", "ada", to_value="1", recorded_at=at))
        == "2030-01-02 03:04:05Z  phase     none → 1  by ada"
    )
    assert short("0123456789abcdef-dirty") == "01234567-dirty"
    assert short("") == ""


def test_nothing_in_the_ledger_reaches_the_terminal_as_a_command() -> None:
    """Whoever may write an entry may not paint over what others see; a long reason is cut, and whole in the details."""
    line = line_of(Entry("latch", "e\x1b[2Jve", reason="x" * 500))
    assert "\x1b" not in line
    assert line.endswith("x…")
    assert len(line) < 200
    assert line_of(Entry("latch", "eve", reason="x" * 500), whole=True).endswith("x" * 500)
    assert list(evidence_lines({"note": "a\x1bb", "none": [], "plain": [1, 2]})) == ["note: a\ufffdb", "plain: [1, 2]"]
