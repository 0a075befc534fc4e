"""The key `monitoring` of a stack file: laid over the defaults, and every fault with its path."""

import datetime as dt
from typing import Any, Final

import pytest

from infra.models.monitoring import MonitoringSettings
from infra.pipeline.alarms import ALARMS, alarms
from infra.pipeline.gates import CRITERIA
from infra.pipeline.triggers_for_rollback import TriggerName, trigger
from tests.test_config import GOOD, read, refused

AWS: Final = {"aws": {"region": "eu-central-1"}}


def test_a_stack_that_says_nothing_declares_nothing_in_cloudwatch() -> None:
    found = read(GOOD).monitoring
    assert found == MonitoringSettings()
    assert found.cloudwatch is None


def test_what_is_said_is_laid_over_the_defaults() -> None:
    given = {"cloudwatch": {}, "thresholds": {"alignment-warning": 65}, "interval": "10s"}
    found = read(GOOD | AWS | {"monitoring": given}).monitoring
    assert found.cloudwatch is not None
    assert found.cloudwatch.namespace == "CreativePipeline"
    assert found.interval == dt.timedelta(seconds=10)
    changed = {rule.name: rule.condition.threshold for rule in alarms(found.thresholds)}
    usual = {rule.name: rule.condition.threshold for rule in ALARMS}
    assert {name for name in usual if usual[name] != changed[name]} == {"alignment-warning"}
    assert changed["alignment-warning"] == 65


GUIDE: Final = {
    "api-p95": (300, 500),
    "stage-completion": (70, 50),
    "error-rate": (2, 5),
    "alignment": (60, 40),
}


@pytest.mark.parametrize("name", GUIDE)
def test_the_alarms_are_the_guides(name: str) -> None:
    """Its alert thresholds, warning and critical."""
    found = {rule.name: rule.condition.threshold for rule in ALARMS}
    assert (found[f"{name}-warning"], found[f"{name}-critical"]) == GUIDE[name]


def test_gates_and_triggers_say_the_same_as_the_alarms() -> None:
    """What a gate fails at is what somebody is warned of; what a trigger fires at is the alarm for a rollback."""
    found = {rule.name: rule.condition.threshold for rule in ALARMS}
    warned = {"%": {2.0, 70.0}, "ms": {300.0}, "points": {60.0}}
    for criterion in CRITERIA:
        if criterion.failure is not None:
            assert criterion.failure.threshold in warned[criterion.failure.unit], criterion.name
    assert found["error-rate-rollback"] == trigger(TriggerName.ERROR_RATE).limit == 10
    assert found["error-rate-warning"] == trigger(TriggerName.ERROR_RATE).recovered


REFUSALS: Final = [
    ({"cloudwatch": {}}, "CFG004 aws: it is missing, and `monitoring` names CloudWatch."),
    ({"thresholds": {"error-rate": 3}}, "MON001 monitoring.thresholds: there is no alarm 'error-rate'; did you mean '"),
    ({"thresholds": {"error-rate-warning": -1}}, "GATE005 monitoring.thresholds.error-rate-warning: '-1' must be fin"),
    ({"thresholds": {"error-rate-warning": "x"}}, "GATE005 monitoring.thresholds.error-rate-warning: 'x' must be fin"),
    (
        {"thresholds": {"error-rate-rollback": 101}},
        "MON001 monitoring.thresholds.error-rate-rollback: 101 % is never reached. Allowed: 0 to 100 %.",
    ),
    (
        {"thresholds": {"error-rate-critical": 1}},
        "MON001 monitoring.thresholds: error-rate-critical (1 %) comes before error-rate-warning (2 %). Allowed: warn",
    ),
    (
        {"thresholds": {"alignment-critical": 61}},
        "MON001 monitoring.thresholds: alignment-critical (61 points) comes before alignment-warning (60 points).",
    ),
    ({"interval": "1s"}, "MON001 monitoring.interval: 1 s is not how often the monitor may look. Allowed: 5s to 1m"),
    ({"interval": 30}, "GATE005 monitoring.interval: '30' is not a window."),
    ({"api": "ftp://x"}, "GATE005 monitoring.api: it is not an address that can be asked."),
    ({"api": "https://me@x/health"}, "GATE005 monitoring.api: it is not an address that can be asked."),
    ({"metrics": {}}, "CFG003 monitoring: unknown key 'metrics'"),
    ([], "CFG002 monitoring: a list where a map is expected ([])."),
]


@pytest.mark.parametrize(("given", "said"), REFUSALS, ids=lambda value: str(value)[:50])
def test_refuses(given: Any, said: str) -> None:
    (text,) = refused(GOOD | {"monitoring": given})
    assert text.startswith(said)


IN_AWS: Final = [
    ({"namespace": "AWS/Mine"}, "MON001 monitoring.cloudwatch.namespace: 'AWS/Mine' is AWS's own."),
    ({"namespace": "a b"}, "CFG002 monitoring.cloudwatch.namespace: a value that is not allowed"),
    ({"actions": {"warning": "on-call"}}, "CFG002 monitoring.cloudwatch.actions.warning.0: a value that is not allow"),
    ({"actions": {"page": []}}, "CFG003 monitoring.cloudwatch.actions: unknown key 'page'"),
]


@pytest.mark.parametrize(("given", "said"), IN_AWS, ids=lambda value: str(value)[:50])
def test_refuses_for_cloudwatch(given: Any, said: str) -> None:
    (text,) = refused(GOOD | AWS | {"monitoring": {"cloudwatch": given}})
    assert text.startswith(said)
