"""The gate's table from the command: its exit codes, what it shows, and that it writes nothing."""

import json
from pathlib import Path

import pytest

from infra.cli.gate_commands import gate
from infra.cli.rollback_connection import Place
from infra.errors import RolloutError, RolloutErrors
from tests.cli.places import STACK, make_place, say
from tests.clusters import Database
from tests.phases.rollouts import Stage

#: Everything of gate 1 that nobody can measure here.
WORDS = """\
  creative-pipeline:attestations:
    - {gate: api-latency, by: ops@example.org, why: the dashboard says 120 ms, until: '2999-01-01'}
  creative-pipeline:overrides:
    - {gate: backup-restored, by: ops@example.org, why: the platform keeps its own, until: '2999-01-01'}
"""
WHOLE = "  creative-pipeline:overrides: [{gate: 1, by: ops@example.org, why: a rehearsal, until: '2999-01-01'}]\n"
GONE = "  creative-pipeline:overrides: [{gate: 1, by: ops@example.org, why: a rehearsal, until: 2020-01-01}]\n"


def test_a_gate_that_is_not_passed_ends_with_three_and_records_nothing(
    first: Stage, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded = "SELECT count(*) FROM pipeline_private.rollout_ledger"
    before = first.run(recorded), place.file.read_bytes()
    assert gate(stack=STACK) == 3
    assert (first.run(recorded), place.file.read_bytes()) == before
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "gate 1: inconclusive"
    assert lines[1].split() == ["outcome", "criterion", "measured", "target", "samples", "why"]
    found = {line.split()[1]: line.split()[0] for line in lines[2:]}
    assert found == {
        "preflight-clean": "passed",
        "row-security-proven": "passed",
        "backup-restored": "inconclusive",
        "api-latency": "inconclusive",
        "database-latency": "passed",
    }


def test_what_persons_say_opens_it(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    say(place, WORDS)
    assert gate(stack=STACK, json=True) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["ok"], document["verdict"], document["gate"]) == (True, "overridden", 1)
    outcomes = {entry["criterion"]: (entry["outcome"], entry["why"]) for entry in document["criteria"]}
    assert outcomes["api-latency"][0] == "attested"
    assert "by ops@example.org" in outcomes["backup-restored"][1]


def test_an_override_of_the_whole_gate_is_shown_with_who_and_why(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    say(place, WHOLE)
    assert gate(stack=STACK) == 0
    assert capsys.readouterr().out.startswith("gate 1: inconclusive, overridden by ops@example.org")


def test_an_override_of_yesterday_opens_nothing_and_is_told(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """Its date stands without quotes, which YAML takes for a date of its own."""
    say(place, GONE)
    assert gate(stack=STACK) == 3
    assert "GATE003" in capsys.readouterr().out


def test_another_gate_can_be_asked_for(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """The last one shows how the success criteria stand."""
    assert place.stack == STACK
    assert gate(number=5, stack=STACK) == 3
    told = capsys.readouterr().out
    assert told.startswith("gate 5: inconclusive")
    assert "satisfaction" in told


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (
            "  creative-pipeline:gates: {database-latency: {threshold: .nan}}\n",
            "GATE005 gates.database-latency.threshold",
        ),
        ("  creative-pipeline:gates: {api-latency: {threshold: -1}}\n", "GATE005 gates.api-latency.threshold"),
        ("  creative-pipeline:gates: {speed: {threshold: 1}}\n", "GATE005 "),
        ("  creative-pipeline:overrides: [{gate: 1}]\n", "GATE003 overrides.0."),
        ("  creative-pipeline:overrides: [{gate: 9, by: a, why: b, until: 2999-01-01}]\n", "GATE003 overrides.0.gate"),
    ],
)
def test_a_wrong_word_on_gates_is_refused(place: Place, text: str, code: str) -> None:
    say(place, text)
    with pytest.raises(RolloutErrors) as refused:
        gate(stack=STACK)
    assert str(refused.value.errors[0]).startswith(code)


def test_where_nothing_is_rolled_out(database18: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PGPASSWORD", database18.deployer.password or "")
    make_place(tmp_path, database18.deployer, 1)
    with pytest.raises(RolloutError, match=r"DB008 gate: nothing is rolled out in database"):
        gate(stack=STACK)
