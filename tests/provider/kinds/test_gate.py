"""The gate as a resource: a preview shows its table and fails nothing; `up` goes through it, or is refused."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from infra.database.ledger import is_gate_open, read_ledger
from infra.database.workspace import open_workspace
from infra.errors import RolloutErrors
from infra.provider.handler import UNKNOWN, Call, Severity, Snapshot
from infra.provider.kinds import all_handlers
from infra.provider.kinds.gate import IDENTITY, GateKind
from infra.provider.schema import package_schema
from tests.clusters import Database
from tests.phases.rollouts import Stage, staged

GATE: Final = GateKind()
OVERRIDE: Final = {"gate": 1, "by": "Ada", "why": "a drill", "until": "2999-12-31"}
#: What the database does not tell of gate 1.
WORDS: Final = [
    {"gate": "api-latency", "by": "Ben", "why": "our own monitoring", "until": "2999-12-31"},
]


@pytest.fixture
def first(database18: Database) -> Iterator[Stage]:
    with staged(database18, 1) as made:
        yield made


def run(place: Stage, inputs: dict[str, Any], *, preview: bool = False) -> tuple[Snapshot, list[tuple[Severity, str]]]:
    """Create or update the gate, and return what was logged."""
    place.deployer.lines.clear()
    snapshot = GATE.create(place.deployer.call(preview=preview), inputs)
    return snapshot, list(place.deployer.lines)


def gates(place: Stage) -> list[bool]:
    """Return what became of each attempt that the ledger has."""
    found = read_ledger(place.deployer.workspace.session, event="gate")
    return [entry.details["allowed"] for entry in found if entry.actor != "test"]


def test_a_preview_shows_the_table_and_fails_nothing(first: Stage) -> None:
    """Warnings for what keeps the gate shut; nothing is written."""
    snapshot, lines = run(first, {"phase": 2}, preview=True)
    assert (snapshot.id, snapshot.outputs) == (IDENTITY, {"phase": 2})
    assert [(severity, *text.split()[:2]) for severity, text in lines] == [
        ("warning", "gate", "1:"),
        ("info", "passed", "preflight-clean"),
        ("info", "passed", "row-security-proven"),
        ("warning", "inconclusive", "backup-restored"),
        ("warning", "inconclusive", "api-latency"),
        ("info", "passed", "database-latency"),
    ]
    _, skipping = run(first, {"phase": 3}, preview=True)
    assert skipping[-1][0] == "warning"
    assert skipping[-1][1].startswith("GATE002 phase 2 was not passed")
    assert gates(first) == []


def test_up_is_refused_and_then_let_through(first: Stage) -> None:
    """The refusal names each criterion, and both attempts are kept; the outputs tell of the one that went through."""
    with pytest.raises(RolloutErrors) as caught:
        run(first, {"phase": 2})
    assert [error.path for error in caught.value.errors] == ["gate 1 backup-restored", "gate 1 api-latency"]
    assert gates(first) == [False]
    snapshot, lines = run(first, {"phase": 2, "overrides": [OVERRIDE]})
    assert lines[0][1].startswith("gate 1: inconclusive, overridden by Ada")
    assert gates(first) == [False, True]
    assert is_gate_open(first.deployer.workspace.session, 2)
    assert (snapshot.outputs["verdict"], snapshot.outputs["from"]) == ("overridden", "1")
    assert snapshot.outputs["evidence"]["gates"][0]["gate"] == 1
    assert snapshot.outputs["measuredAt"].endswith("+00:00")
    assert snapshot.outputs["cluster"]


def test_reading_back(first: Stage) -> None:
    """A refresh after `up` changes nothing; a database whose phase fell is measured again before it goes up."""
    inputs = {"phase": 2, "overrides": [OVERRIDE], "criteria": {"api-latency": {"window": "24h"}}}
    snapshot, _ = run(first, inputs)
    half_way = GATE.read(first.deployer.call(), IDENTITY, inputs)
    assert half_way
    assert half_way.inputs == inputs | {"phase": 1}, "nothing has entered the phase yet"
    first.enter(2)
    assert GATE.read(first.deployer.call(), IDENTITY, inputs) == snapshot
    first.enter(1)
    fallen = GATE.read(first.deployer.call(), IDENTITY, inputs)
    assert fallen
    assert [change.path for change in GATE.diff(fallen.inputs, inputs)] == ["phase"]
    first.enter(3)
    assert GATE.read(first.deployer.call(), IDENTITY, inputs) == snapshot, "a higher phase is not the gate's to mend"
    assert GATE.read(first.deployer.call(), "another", None) is None
    imported = GATE.read(first.deployer.call(), IDENTITY, None)
    assert imported
    assert imported.inputs == {"phase": 3}


def test_down_and_staying_pass(first: Stage) -> None:
    """Whatever the figures are: going back needs nobody's leave."""
    first.enter(3)
    for phase in (3, 2, 1):
        snapshot, lines = run(first, {"phase": phase})
        assert (snapshot.id, lines) == (IDENTITY, [])
    GATE.delete(first.deployer.call(), IDENTITY, {"phase": 1})
    assert gates(first) == []


def test_a_first_deploy(database18: Database) -> None:
    """Nothing is there: a preview says so, phase 1 is free, and a later one has nowhere to keep its override."""
    workspace = open_workspace(database18.deployer, application_name="rollout test")
    lines: list[str] = []

    def call(*, preview: bool = False) -> Call:
        return Call("urn", lambda: workspace, preview, lambda _, text: lines.append(text))

    assert GATE.create(call(preview=True), {"phase": 1}).id == IDENTITY
    assert lines == []
    assert GATE.create(call(), {"phase": 1}).outputs["verdict"] == ""
    GATE.create(call(preview=True), {"phase": 2})
    assert lines[0].startswith("GATE002 phase 1 was not passed")
    with pytest.raises(RolloutErrors, match="GATE002 phase 1 was not passed"):
        GATE.create(call(), {"phase": 2})
    with pytest.raises(Exception, match="DB008 gate: there is no ledger to keep the override in"):
        GATE.create(call(), {"phase": 2, "overrides": [OVERRIDE]})
    fresh = GATE.read(call(), IDENTITY, {"phase": 1})
    assert fresh
    assert [change.path for change in GATE.diff(fresh.inputs, {"phase": 1})] == ["phase"]
    workspace.close()


def test_every_problem_at_once() -> None:
    """Without a database, each under its own path; what is not known yet is passed over."""
    problems = GATE.check(
        {
            "phase": 6,
            "criteria": {"api-latency": {"threshold": float("nan")}, "speed": {}},
            "attestations": [{"gate": "api-latency", "by": "", "why": "x", "until": "soon"}],
            "overrides": [{"gate": 9, "by": "x", "why": "x", "until": "2030-01-01"}],
        }
    )
    assert [(problem.error.code, problem.path) for problem in problems] == [
        ("GATE005", "criteria.api-latency.threshold"),
        ("GATE005", "criteria.speed.[key]"),
        ("GATE003", "attestations.0.by"),
        ("GATE003", "attestations.0.until"),
        ("GATE003", "overrides.0.gate"),
        ("CFG001", "phase"),
    ]
    assert GATE.check({"phase": 2, "overrides": UNKNOWN, "criteria": {"satisfaction": {"url": "http://a/"}}})
    assert GATE.check({"phase": UNKNOWN}) == []


def test_an_expired_override_is_no_problem_of_the_inputs() -> None:
    """Else nobody could go back with the stack file that they have."""
    expired = OVERRIDE | {"until": "2001-01-01"}
    assert GATE.check({"phase": 1, "overrides": [expired], "attestations": [WORDS[0] | {"until": "2001-01-01"}]}) == []


def test_differences_by_property() -> None:
    old: dict[str, Any] = {"phase": 1, "criteria": {"api-latency": {"window": "24h"}}}
    new: dict[str, Any] = {"phase": 2, "criteria": {"api-latency": {"window": "1d"}}, "overrides": [OVERRIDE]}
    assert [change.path for change in GATE.diff(old, new)] == ["overrides", "phase"], "24h is 1d"


def test_unknown_inputs_are_not_measured() -> None:
    """A preview whose settings come from another resource."""
    inputs = {"phase": UNKNOWN}
    call = Call("urn", lambda: pytest.fail("the database was asked"), preview=True)
    assert GATE.create(call, inputs).inputs == inputs
    assert GATE.identify(inputs) is None
    assert GATE.identify({"phase": 1}) == IDENTITY


def test_the_schema_refers_to_what_is_there() -> None:
    """Every reference has its type, and inputs are outputs too."""
    schema = package_schema(all_handlers(), "1.0.0")
    gate = schema["resources"]["rollout:gate:Gate"]
    assert gate["requiredInputs"] == ["phase"]
    assert gate["inputProperties"]["criteria"]["type"] == "object"
    assert {"phase", "verdict", "evidence", "cluster"} <= gate["properties"].keys()
    used = {part for part in _references(schema) if part.startswith("#/types/")}
    assert used <= {f"#/types/{name}" for name in schema["types"]}
    assert {"rollout:gate:Override", "rollout:gate:Attestation"} <= schema["types"].keys()


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for item in value.values() for found in _references(item)]
    return [found for item in value for found in _references(item)] if isinstance(value, list) else []
