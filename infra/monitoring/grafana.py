"""The guide's dashboards for Grafana: files to import or to provision, over a data source of Prometheus."""

import json
from typing import Any, Final

from infra.models.alarm import AlarmRule, AlarmSeverity, Board, Metric
from infra.models.monitoring import MonitoringSettings
from infra.monitoring.words import PREFIX, window_seconds
from infra.pipeline.alarms import alarms
from infra.pipeline.metrics import METRICS

#: The version of the schema of Grafana 10; later ones read it.
SCHEMA: Final = 38
_SOURCE: Final = {"type": "prometheus", "uid": "${source}"}
_STACK: Final = '{stack="$stack"}'
#: Of the grid of 24 columns that Grafana lays panels on.
_WIDTH: Final = 12
_HEIGHT: Final = 8
_COLOURS: Final = {
    AlarmSeverity.WARNING: "yellow",
    AlarmSeverity.CRITICAL: "orange",
    AlarmSeverity.ROLLBACK: "red",
}


def render_dashboards(settings: MonitoringSettings) -> dict[str, str]:
    """Return each dashboard under its file's name."""
    return {f"{board}.json": json.dumps(_dashboard(board, settings), indent=2) + "\n" for board in Board}


def _dashboard(board: Board, settings: MonitoringSettings) -> dict[str, Any]:
    shown = [found for found in METRICS if found.board is board]
    rules = alarms(settings.thresholds)
    return {
        "uid": f"{PREFIX}-{board}",
        "title": board.value.replace("-", " ").capitalize(),
        "tags": [PREFIX],
        "schemaVersion": SCHEMA,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "timezone": "utc",
        "templating": {"list": [_source_variable(), _stack_variable()]},
        "annotations": {"list": []},
        "panels": [
            _panel(place, found, [rule for rule in rules if rule.metric is found.name])
            for place, found in enumerate(shown)
        ],
    }


def _source_variable() -> dict[str, Any]:
    return {"name": "source", "label": "Data source", "type": "datasource", "query": "prometheus", "hide": 0}


def _stack_variable() -> dict[str, Any]:
    return {
        "name": "stack",
        "label": "Stack",
        "type": "query",
        "datasource": _SOURCE,
        "query": {"query": "label_values(pipeline_up, stack)", "refId": "stack"},
        "refresh": 2,
        "hide": 0,
    }


def _panel(place: int, found: Metric, rules: list[AlarmRule]) -> dict[str, Any]:
    legend = f"{{{{{found.label.value}}}}}" if found.label else found.title
    return {
        "id": place + 1,
        "type": "timeseries",
        "title": found.title,
        "description": f"Over {window_seconds(found)} s." if found.window else "",
        "datasource": _SOURCE,
        "gridPos": {
            "x": place % 2 * _WIDTH,
            "y": place // 2 * _HEIGHT,
            "w": _WIDTH,
            "h": _HEIGHT,
        },
        "targets": [
            {"refId": "A", "datasource": _SOURCE, "expr": f"{found.prometheus}{_STACK}", "legendFormat": legend}
        ],
        "fieldConfig": {
            "defaults": {
                "unit": found.unit.grafana,
                "min": 0,
                "thresholds": {"mode": "absolute", "steps": _steps(rules)},
                "custom": {"thresholdsStyle": {"mode": "line" if rules else "off"}},
            },
            "overrides": [],
        },
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
    }


def _steps(rules: list[AlarmRule]) -> list[dict[str, Any]]:
    """Return the colours from below upwards: of a figure that must stay high, the worst is the lowest."""
    upward = not rules or rules[0].upward
    ordered = sorted(rules, key=lambda rule: rule.condition.threshold)
    if upward:
        above = [{"color": _COLOURS[rule.severity], "value": rule.condition.threshold} for rule in ordered]
        return [{"color": "green", "value": None}, *above]
    colours = [*(_COLOURS[rule.severity] for rule in ordered), "green"]
    values = [None, *(rule.condition.threshold for rule in ordered)]
    return [{"color": colour, "value": value} for colour, value in zip(colours, values, strict=True)]
