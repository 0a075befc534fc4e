"""Figures told to CloudWatch, by moto."""

from typing import Any

import pytest
from botocore.stub import Stubber
from moto import mock_aws

from infra.aws.client import client
from infra.aws.publishing import MOST, datum, put_metrics
from infra.errors import RolloutError
from infra.models.alarm import MetricName
from infra.models.delivery import AwsSettings
from infra.monitoring.publishing import Publisher
from infra.monitoring.samples import Sample

AWS = AwsSettings(region="eu-central-1")


def test_figures_arrive_under_the_stacks_name() -> None:
    with mock_aws():
        service = client("cloudwatch", AWS)
        publish = Publisher(lambda: service, "Ours", "prod")
        publish([Sample(MetricName.ERRORS, 7.5), Sample(MetricName.CREATORS, 4, "completed")])
        found = {
            metric["MetricName"]: metric["Dimensions"] for metric in service.list_metrics(Namespace="Ours")["Metrics"]
        }
    assert found == {
        "ErrorRate": [{"Name": "Stack", "Value": "prod"}],
        "Creators": [{"Name": "Stack", "Value": "prod"}, {"Name": "Stage", "Value": "completed"}],
    }


def test_as_many_calls_as_it_takes_and_none_for_nothing() -> None:
    service = client("cloudwatch", AWS)
    data = [datum("One", float(number), "Count", {}) for number in range(MOST + 1)]
    with Stubber(service) as stub:
        for part in (data[:MOST], data[MOST:]):
            expected: dict[str, Any] = {"Namespace": "Ours", "MetricData": part}
            stub.add_response("put_metric_data", {}, expected)
        assert put_metrics(service, "Ours", data) == MOST + 1
        assert put_metrics(service, "Ours", []) == 0
        stub.assert_no_pending_responses()


def test_a_refusal_is_told_without_a_traceback() -> None:
    service = client("cloudwatch", AWS)
    with Stubber(service) as stub:
        stub.add_client_error("put_metric_data", "Throttling", "slow down")
        with pytest.raises(RolloutError, match="AWS001 aws cloudwatch Ours: PutMetricData was refused with Throttling"):
            put_metrics(service, "Ours", [datum("One", 1.0, "Count", {})])
