"""Credentials that are good for nothing, and an SSM of moto's."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from infra.aws.client import client
from infra.models.delivery import AwsSettings

SETTINGS = AwsSettings(region="eu-central-1")


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the environment gives them; nobody's own are read, and no metadata service is asked."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.delenv("AWS_PROFILE", raising=False)


@pytest.fixture
def ssm() -> Iterator[Any]:
    with mock_aws():
        yield client("ssm", SETTINGS)
