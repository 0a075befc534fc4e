"""The provider asks AWS of a host of RDS's before it connects, and nobody of any other host."""

import asyncio

import pytest
from moto import mock_aws

from infra.aws.client import client
from infra.database.target import Target
from infra.errors import RolloutError
from infra.models.delivery import AwsSettings
from infra.provider.configuration import Configuration
from infra.provider.lane import Lane
from infra.provider.switching import switch_warnings


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def test_a_running_deployment_keeps_the_lane_from_connecting() -> None:
    with mock_aws():
        rds = client("rds", AwsSettings(region="eu-central-1"))
        made = rds.create_db_instance(
            DBInstanceIdentifier="eden", Engine="postgres", DBInstanceClass="db.t4g.micro", AllocatedStorage=20,
            MasterUsername="postgres", MasterUserPassword="not-a-secret",
        )["DBInstance"]  # fmt: skip
        rds.create_blue_green_deployment(BlueGreenDeploymentName="to-18", Source=made["DBInstanceArn"])
        host = rds.describe_db_instances()["DBInstances"][0]["Endpoint"]["Address"]
        with pytest.raises(RolloutError, match=r"^DB014 .*to-18"):
            asyncio.run(_connect(host))


async def _connect(host: str) -> None:
    lane = Lane()
    await lane.configure(Configuration(Target(host=host, port=5432, name="eden_academy", user="postgres")))
    try:
        await lane.run(lambda: lane.database("prod"))
    finally:
        await lane.close()


def test_where_aws_cannot_be_asked_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    (warning,) = switch_warnings("eden.c9akciq32.eu-central-1.rds.amazonaws.com")
    assert warning.startswith("AWS001 aws rds: ")
    assert warning.endswith("nobody knows whether a blue/green deployment is running.")
    assert switch_warnings("db.abcdefgh.supabase.co") == []
