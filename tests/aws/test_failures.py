"""AWS's failures: named by call and code, with a fix, and without a secret."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ProfileNotFound,
)

from infra.aws.client import client
from infra.aws.failures import aws_errors
from infra.errors import RolloutError
from infra.models.delivery import AwsSettings
from tests.aws.conftest import SETTINGS


def _client_error(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "PutParameter")


def _told(raised: Exception) -> RolloutError:
    with pytest.raises(RolloutError) as caught, aws_errors("aws ssm"):
        raise raised
    assert caught.value.code == "AWS001"
    assert caught.value.__cause__ is None
    assert caught.value.fix
    return caught.value


CASES: list[tuple[Exception, str, str]] = [
    (_client_error("AccessDeniedException", "no"), "refused with AccessDeniedException: no", "the action PutParameter"),
    (_client_error("ThrottlingException", "slow"), "ThrottlingException", "in a minute"),
    (_client_error("ExpiredTokenException"), "ExpiredTokenException", "log in again"),
    (_client_error("BadRequestException", "a\nb"), "BadRequestException: a b", "see what AWS says"),
    (NoCredentialsError(), "no credentials that work (NoCredentialsError)", "a profile, the environment, or a role"),
    (ProfileNotFound(profile="x"), "no credentials that work (ProfileNotFound)", "a profile"),
    (EndpointConnectionError(endpoint_url="https://x"), "EndpointConnectionError", "aws.endpoint"),
    (ConnectTimeoutError(endpoint_url="https://x"), "ConnectTimeoutError", "aws.region"),
]


@pytest.mark.parametrize(
    ("raised", "said", "fix"), CASES, ids=[type(case[0]).__name__ + case[1][-9:] for case in CASES]
)
def test_each_is_told_with_its_fix(raised: Exception, said: str, fix: str) -> None:
    error = _told(raised)
    assert said in str(error)
    assert fix in error.fix


@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "InvalidSignatureException", "InvalidToken"])
def test_no_session_token_is_shown(code: str) -> None:
    """AWS quotes the request that was signed, headers and all."""
    assert "FwoGZXIv" not in str(_told(_client_error(code, "x-amz-security-token:FwoGZXIv")))


def test_no_id_of_a_key_is_shown_and_no_message_is_endless() -> None:
    error = _told(_client_error("AccessDenied", "AKIAIOSFODNN7EXAMPLE " + "x" * 999))
    assert "AKIA" not in str(error)
    assert len(error.problem) < 400


def test_what_is_not_of_aws_passes() -> None:
    def mine() -> None:
        raise RolloutError("AWS002", "x", "y")

    with pytest.raises(RolloutError, match="AWS002"), aws_errors("aws"):
        mine()
    with pytest.raises(KeyError), aws_errors("aws"):
        raise KeyError


def test_a_client_gives_up_in_time_and_tries_again_within_bounds() -> None:
    service = client("appconfig", SETTINGS)
    assert service.meta.region_name == "eu-central-1"
    assert service.meta.config.connect_timeout <= 5
    assert service.meta.config.read_timeout <= 20
    assert service.meta.config.retries == {"total_max_attempts": 4, "mode": "standard"}


def test_an_endpoint_leads_elsewhere() -> None:
    service = client("ssm", AwsSettings(region="eu-central-1", endpoint="http://localhost:4566"))
    assert service.meta.endpoint_url == "http://localhost:4566"


def test_without_credentials_the_chain_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    ask: Callable[[], Any] = lambda: client("ssm", SETTINGS).get_parameters(Names=["/a"])  # noqa: E731 - one call
    with pytest.raises(RolloutError, match=r"AWS001 .*no credentials"), aws_errors("aws ssm"):
        ask()


def test_a_broken_profile_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(RolloutError, match=r"AWS001 aws ssm: .*ProfileNotFound"):
        client("ssm", SETTINGS)


def test_an_endpoint_that_is_no_address_is_told() -> None:
    """The stack file's is checked before; somebody else's program may give any."""
    with pytest.raises(RolloutError, match=r"AWS002 aws.endpoint: it is no address \(nonsense\)"):
        client("ssm", AwsSettings.model_construct(region="eu-central-1", endpoint="nonsense"))
