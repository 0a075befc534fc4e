"""From one phase to another: down freely, up through the gate, over a phase only by a person's word for each."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from infra.database.ledger import is_gate_open, read_ledger
from infra.database.provenance import Provenance
from infra.database.session import open_session
from infra.gates.report import Outcome
from infra.gates.transition import Transition, record, transition
from infra.models.gate import GateSettings
from infra.pipeline.names import STAGES
from tests.clusters import Database
from tests.gates.ground import NONE, Ground, settings

WHO: Final = Provenance("ada@example.org", "abc123")
FAR: Final = "2999-12-31"


def override(gate: int | str, until: str = FAR, by: str = "Ada") -> dict[str, Any]:
    return {"gate": gate, "by": by, "why": "a drill", "until": until}


def attest(gate: str) -> dict[str, Any]:
    return {"gate": gate, "by": "Ben", "why": "figures of our monitoring", "until": FAR}


#: Everything of gate 1 that the database does not tell.
MEASURED_ELSEWHERE: Final = settings(attestations=[attest("api-latency")])


def go(ground: Ground, wanted: int, given: GateSettings = NONE) -> Transition:
    return transition(ground.session, wanted, given, ground.now)


def codes(found: Transition) -> list[str]:
    return [error.code for error in found.errors]


def test_gate_1_opens_once_everything_is_shown(ground: Ground) -> None:
    """The deployer, a verified backup and a person's figures open it; a line tells of each criterion."""
    shut = go(ground, 2)
    assert (shut.before, shut.after, shut.verdict) == (1, 2, Outcome.INCONCLUSIVE)
    assert "\n".join(str(error) for error in shut.errors) == (
        "GATE001 gate 1 backup-restored: backup restored and checked is inconclusive: no data; in 1d."
        " Allowed: ≥ 1 backups. Fix: run `rollout backup take`, or add to overrides"
        " {gate: backup-restored, by: <who>, why: <why>, until: <date>}.\n"
        "GATE001 gate 1 api-latency: API p95 is inconclusive: nobody measures it: set gates.api-latency.url or"
        " .cloudwatch, or add {gate: api-latency, by: …, why: …, until: …} to attestations."
        " Allowed: < 200 ms. Fix: add it to attestations once somebody stands for it, or add to overrides"
        " {gate: api-latency, by: <who>, why: <why>, until: <date>}."
    )
    ground.ledger("backup", details={"verified": True})
    found = go(ground, 2, MEASURED_ELSEWHERE)
    assert (found.verdict, found.errors, found.used) == (Outcome.PASSED, [], ())
    assert [line.split()[:2] for line in found.lines()] == [
        ["gate", "1:"],
        ["passed", "preflight-clean"],
        ["passed", "row-security-proven"],
        ["passed", "backup-restored"],
        ["attested", "api-latency"],
        ["passed", "database-latency"],
    ]


def test_every_attempt_is_kept(ground: Ground) -> None:
    """A refused one too; the overrides that were used stand before the gate that they opened."""
    record(ground.session, go(ground, 2), WHO)
    assert not is_gate_open(ground.session, 2)
    given = settings(overrides=[override("backup-restored"), override("api-latency"), override("satisfaction")])
    found = go(ground, 2, given)
    assert found.verdict is Outcome.OVERRIDDEN
    record(ground.session, found, WHO)
    assert is_gate_open(ground.session, 2)
    refused, first, second, gate = read_ledger(ground.session)[-4:]
    assert (refused.event, refused.details["allowed"]) == ("gate", False)
    assert "GATE001 gate 1 backup-restored" in refused.reason
    assert [(entry.event, entry.subject, entry.reason) for entry in (first, second)] == [
        ("override", "backup-restored", "a drill"),
        ("override", "api-latency", "a drill"),
    ]
    assert first.details == override("backup-restored")
    assert (gate.event, gate.actor, gate.commit_id, gate.from_value, gate.to_value, gate.subject) == (
        "gate",
        WHO.actor,
        WHO.commit,
        "1",
        "2",
        "overridden",
    )
    assert [row["outcome"] for row in gate.details["gates"][0]["criteria"]] == [
        "passed",
        "passed",
        "overridden",
        "overridden",
        "passed",
    ]


def test_an_override_of_the_gate(ground: Ground) -> None:
    """It opens the gate, which is measured all the same; one that has expired opens nothing, and the table says so."""
    found = go(ground, 2, settings(overrides=[override(1)]))
    assert (found.verdict, codes(found)) == (Outcome.OVERRIDDEN, [])
    assert found.lines()[0] == f"gate 1: inconclusive, overridden by Ada, until {FAR}: a drill"
    stale = go(ground, 2, settings(overrides=[override(1, "2020-01-01"), override("api-latency", "2020-01-01")]))
    assert codes(stale) == ["GATE001", "GATE001"]
    assert stale.lines()[-2:] == [
        "GATE003 the override of gate 1 by Ada held until 2020-01-01: it does not count",
        "GATE003 the override of api-latency by Ada held until 2020-01-01: it does not count",
    ]
    assert codes(go(ground, 2, settings(overrides=[override(2)]))) == ["GATE001", "GATE001"], "of another gate"


def test_an_override_that_was_not_needed_is_not_recorded(ground: Ground) -> None:
    ground.ledger("backup", details={"verified": True})
    given = settings(attestations=[attest("api-latency")], overrides=[override(1), override("preflight-clean")])
    found = go(ground, 2, given)
    assert (found.verdict, found.used) == (Outcome.PASSED, ())
    assert found.lines()[0] == "gate 1: passed"


def test_a_failure_is_told_from_what_is_open(ground: Ground) -> None:
    ground.run("GRANT SELECT ON public.pipeline_metrics TO anon")
    found = go(ground, 2, MEASURED_ELSEWHERE)
    assert found.verdict is Outcome.FAILED
    assert "preflight clean is failed: 1 findings is not ≤ 0 findings" in str(found.errors[0])


def test_skipped_phases(ground: Ground) -> None:
    """1 to 4 passes gate 1, and needs somebody's word for each phase that nobody lived in."""
    ground.ledger("backup", details={"verified": True})
    found = go(ground, 4, MEASURED_ELSEWHERE)
    assert (found.verdict, codes(found)) == (Outcome.INCONCLUSIVE, ["GATE002"])
    said = str(found.errors[0])
    assert said.startswith("GATE002 phases 2, 3 were not passed; missing is the evidence of gate 2: stages-completed, ")
    assert "gate 3: beta-creators, beta-completion, alignment-trend, stage-time." in said
    assert said.endswith(
        "Fix: set phase to 2, or add to overrides [{gate: 2, by: <who>, why: <why>, until: <date>},"
        " {gate: 3, by: <who>, why: <why>, until: <date>}]."
    )
    given = {"attestations": [attest("api-latency")]}
    one = go(ground, 4, settings(**given, overrides=[override(2), override(3, "2020-01-01")]))
    assert str(one.errors[0]).startswith("GATE002 phase 3 was not passed; ")
    assert one.lines()[-1] == "GATE003 the override of gate 3 by Ada held until 2020-01-01: it does not count"
    both = go(ground, 4, settings(**given, overrides=[override(2), override(3)]))
    assert (both.verdict, both.errors, len(both.used)) == (Outcome.OVERRIDDEN, [], 2)
    record(ground.session, both, WHO)
    assert is_gate_open(ground.session, 4)
    assert [entry.subject for entry in read_ledger(ground.session, event="override")] == ["gate 2", "gate 3"]


def test_a_shut_gate_and_skipped_phases_are_told_together(ground: Ground) -> None:
    assert codes(go(ground, 4)) == ["GATE001", "GATE001", "GATE002"]


@pytest.mark.parametrize("wanted", [1, 2, 3])
def test_down_and_staying_are_always_open(ground: Ground, wanted: int) -> None:
    """Nothing is measured, nothing is recorded, whatever the stack file's overrides say."""
    ground.stage.enter(3)
    before = len(read_ledger(ground.session))
    found = go(ground, wanted, settings(overrides=[override(1, "2020-01-01")]))
    record(ground.session, found, WHO)
    assert (found.verdict, found.lines(), found.errors) == (Outcome.PASSED, [], [])
    assert len(read_ledger(ground.session)) == before


def test_gate_2_counts_what_the_cohort_did(ground: Ground) -> None:
    """A gate of figures: from the first to the last criterion."""
    ground.stage.enter(2)
    words = settings(attestations=[attest("internal-api-latency"), attest("cultural-messaging")])
    assert [error.path for error in go(ground, 3, words).errors] == [
        "gate 2 stages-completed",
        "gate 2 no-critical-errors",
    ]
    ground.sessions(ground.creator("team"), STAGES)
    assert go(ground, 3, words).verdict is Outcome.PASSED


def test_a_first_deploy(database18: Database) -> None:
    """Nothing is there to be measured: the first phase is free, a later one needs a word for each before it."""
    with open_session(database18.deployer, application_name="rollout test") as session:
        now = datetime.now(UTC)
        first = transition(session, 1, NONE, now)
        assert (first.before, first.is_open, first.lines(), first.errors) == (0, True, [], [])
        later = transition(session, 3, NONE, now)
        assert str(later.errors[0]).startswith("GATE002 phases 1, 2 were not passed; ")
        told = transition(session, 3, settings(overrides=[override(1), override(2)]), now)
        assert (told.verdict, len(told.used)) == (Outcome.OVERRIDDEN, 2)
