"""Rules and dashboards as files: each expression is PromQL over a metric that is served, each limit the alarm's own."""

import json
import re
from typing import Any, Final

import promql_parser
import pytest
import yaml

from infra.models.alarm import AlarmSeverity, Board, MetricName
from infra.models.monitoring import MonitoringSettings
from infra.monitoring.exposition import Exposition
from infra.monitoring.grafana import render_dashboards
from infra.monitoring.prometheus import render_rules
from infra.monitoring.publishing import data_of
from infra.monitoring.samples import Sample, Store
from infra.pipeline.alarms import ALARMS
from infra.pipeline.metrics import METRICS, metric

SETTINGS: Final = MonitoringSettings(thresholds={"alignment-warning": 65}, runbook="https://example.org/monitoring")
RULES: Final[list[dict[str, Any]]] = yaml.safe_load(render_rules(SETTINGS))["groups"][0]["rules"]
BOARDS: Final[dict[str, Any]] = {name: json.loads(text) for name, text in render_dashboards(SETTINGS).items()}
PANELS: Final = [panel for board in BOARDS.values() for panel in board["panels"]]


def served() -> set[str]:
    """The names that are served when everything is measured."""
    store = Store()
    store.keep("all", [Sample(found.name, 1.0, "x") for found in METRICS if found.name is not MetricName.UP], 60)
    text, _ = Exposition(store, "dev").render("")
    return set(re.findall(r"^(\w+)\{", text.decode(), re.MULTILINE))


def names_in(expression: str) -> set[str]:
    return set(re.findall(r"pipeline_\w+", expression))


def test_every_metric_is_served_under_its_name() -> None:
    assert served() == {found.prometheus for found in METRICS}
    assert {found.name for found in METRICS} == set(MetricName)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_each_rule_is_promql_over_what_is_served(rule: dict[str, Any]) -> None:
    promql_parser.parse(rule["expr"])
    assert names_in(rule["expr"]) <= served()
    assert rule["labels"]["severity"] in set(AlarmSeverity)
    assert rule["annotations"]["runbook_url"].startswith("https://example.org/monitoring#")


def test_a_rule_for_each_alarm_with_its_threshold() -> None:
    assert len(RULES) == len({rule["alert"] for rule in RULES}) == len(ALARMS)
    found = {rule["alert"]: rule["expr"] for rule in RULES}
    assert found["PipelineAlignmentWarning"] == "pipeline_alignment_average_points < 65"
    assert found["PipelineErrorRateRollback"] == "pipeline_error_rate_percent > 10"
    assert found["PipelineMonitorSilent"] == "pipeline_up < 1 or absent(pipeline_up)"


def test_a_broken_expression_would_be_noticed() -> None:
    with pytest.raises(ValueError, match="invalid promql query"):
        promql_parser.parse("pipeline_up < ")


def test_the_guides_three_dashboards() -> None:
    assert set(BOARDS) == {f"{board}.json" for board in Board}
    for name, board in BOARDS.items():
        ids = [panel["id"] for panel in board["panels"]]
        assert len(ids) == len(set(ids)) > 0, name
        places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]}
        assert len(places) == len(ids)
        assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in board["panels"])
    titles = {panel["title"] for panel in PANELS}
    assert titles == {found.title for found in METRICS if found.board}


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_each_panel_is_promql_over_what_is_served(panel: dict[str, Any]) -> None:
    (target,) = panel["targets"]
    promql_parser.parse(target["expr"].replace("$stack", "dev"))
    assert names_in(target["expr"]) <= served()
    steps = [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]
    assert steps[0] is None
    assert steps[1:] == sorted(steps[1:])


def test_the_lines_are_the_alarms() -> None:
    panel = next(found for found in PANELS if found["title"] == metric(MetricName.ALIGNMENT).title)
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [(step["color"], step["value"]) for step in steps] == [("orange", None), ("yellow", 40), ("green", 65)]


def test_cloudwatch_is_told_what_its_alarms_ask_for() -> None:
    """Under the name, the unit and the dimensions of the alarm; of what costs a series each, nothing."""
    samples = [Sample(found.name, 1.0, "x" if found.label else "") for found in METRICS]
    told = {datum["MetricName"]: datum for datum in data_of("prod", samples)}
    for rule in ALARMS:
        assert told[metric(rule.metric).cloudwatch]["Dimensions"] == [{"Name": "Stack", "Value": "prod"}]
    assert told["ErrorRate"]["Unit"] == "Percent"
    assert told["Creators"]["Dimensions"][1] == {"Name": "Stage", "Value": "x"}
    assert "ErrorRateByStage" not in told
