"""The alarms and dashboards that the program declares where the stack file asks for them."""

import json

from infra.pipeline.alarms import ALARMS
from tests.program.graph import CONFIG, run_program


def test_alarms_and_dashboards_are_declared_when_asked_for() -> None:
    """One resource each; the alarm on the others comes after all of them; a threshold of the stack file arrives."""
    asked = {"monitoring": {"cloudwatch": {}, "thresholds": {"alignment-warning": 65}}, "aws": {"region": "eu-west-1"}}
    graph = run_program(CONFIG | {key: json.dumps(value) for key, value in asked.items()})
    alarms = graph.of_kind("Alarm")
    assert {item.name for item in alarms if not item.inputs.get("rule")} == {
        f"creative-pipeline-test-{rule.name}" for rule in ALARMS
    }
    together = "Alarm creative-pipeline-test-rollback"
    assert {item.key for item in alarms} - {together} <= graph.before(together)
    changed = graph.resource("Alarm creative-pipeline-test-alignment-warning").inputs
    assert (changed["threshold"], changed["aws"]) == (65, {"region": "eu-west-1"})
    assert len(graph.of_kind("Dashboard")) == 3
    assert not graph.log
