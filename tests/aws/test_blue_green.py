"""A blue/green deployment is found by the address of the database, on moto's RDS."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from infra.aws.blue_green import region_of, require_no_switch
from infra.aws.client import client
from infra.errors import RolloutError
from tests.aws.conftest import SETTINGS


@pytest.fixture
def rds() -> Iterator[Any]:
    with mock_aws():
        yield client("rds", SETTINGS)


def _instance(rds: Any, name: str) -> tuple[str, str]:
    made = rds.create_db_instance(
        DBInstanceIdentifier=name, Engine="postgres", DBInstanceClass="db.t4g.micro", AllocatedStorage=20,
        MasterUsername="postgres", MasterUserPassword="not-a-secret",
    )["DBInstance"]  # fmt: skip
    found = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    return made["DBInstanceArn"], found["Endpoint"]["Address"]


def test_a_running_deployment_is_refused_and_another_databases_is_not(rds: Any) -> None:
    arn, host = _instance(rds, "eden")
    _, other = _instance(rds, "other")
    require_no_switch(host, SETTINGS)
    made = rds.create_blue_green_deployment(BlueGreenDeploymentName="to-18", Source=arn)["BlueGreenDeployment"]
    with pytest.raises(
        RolloutError, match=rf"^DB014 database {host}: the blue/green deployment to-18 is running.*Fix: "
    ):
        require_no_switch(host, SETTINGS)
    require_no_switch(other, SETTINGS)
    rds.delete_blue_green_deployment(BlueGreenDeploymentIdentifier=made["BlueGreenDeploymentIdentifier"])
    require_no_switch(host, SETTINGS)


def test_aws_that_cannot_be_asked_is_a_named_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(RolloutError, match=r"^AWS001 aws rds: .*credentials"):
        require_no_switch("eden.abc.eu-central-1.rds.amazonaws.com", SETTINGS)


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("eden.c9akciq32.eu-central-1.rds.amazonaws.com", "eu-central-1"),
        ("eden.cluster-c9akciq32.us-gov-west-1.rds.amazonaws.com", "us-gov-west-1"),
        ("eden.c9akciq32.cn-north-1.rds.amazonaws.com.cn", "cn-north-1"),
        ("db.abcdefgh.supabase.co", ""),
        ("eden.c9akciq32.eu-central-1.rds.amazonaws.com.evil.example", ""),
        ("127.0.0.1", ""),
    ],
)
def test_the_region_is_in_the_name(host: str, region: str) -> None:
    assert region_of(host) == region
