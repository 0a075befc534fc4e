"""The flags told everywhere at once: one target that fails keeps none of the others from being told."""

import json
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from infra.aws.appconfig import FlagProfile
from infra.aws.client import client
from infra.aws.feature_flags import FlagContent, parse_feature_flags
from infra.aws.ssm import put_parameters, read_parameters
from infra.delivery import Outcome, push
from infra.delivery.env_text import parse_env
from infra.delivery.flagd_text import parse_flagd
from infra.models.delivery import AwsSettings, DeliverySettings
from infra.models.flag import FlagName
from tests.aws.fake_appconfig import FakeAppConfig

AWS = AwsSettings(region="eu-central-1")
OFF = {name.value: name.value.startswith("PIPELINE") for name in FlagName}
ON = dict.fromkeys(OFF, True)
ANN = "00000000-0000-4000-8000-00000000000a"
PREFIX = "/creative-pipeline/prod"
EVERYWHERE = DeliverySettings.load(
    {
        "envFile": "flags.env",
        "flagd": "deploy/flags.json",
        "ssm": {"prefix": PREFIX},
        "appConfig": {"application": "creative", "environment": "prod", "profile": "flags", "strategy": "slow"},
    }
)
TARGETS = ["envFile flags.env", "flagd deploy/flags.json", f"ssm {PREFIX}", "appConfig creative/prod/flags"]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeAppConfig:
    """AppConfig in memory, in the place of the real one; SSM stays moto's."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    fake = FakeAppConfig()
    monkeypatch.setattr(
        "infra.delivery.pushing.FlagProfile", lambda _, names: FlagProfile(fake, names, fake.time.clock)
    )
    return fake


def _ok(outcomes: list[Outcome]) -> list[bool]:
    assert [outcome.target for outcome in outcomes] == TARGETS
    assert [outcome.error is None for outcome in outcomes] == [outcome.ok for outcome in outcomes]
    return [outcome.ok for outcome in outcomes]


def _delivered(folder: Path, fake: FakeAppConfig) -> list[Any]:
    flagd = parse_flagd((folder / "deploy/flags.json").read_text())
    return [
        parse_env((folder / "flags.env").read_text()),
        flagd.flags if flagd else None,
        read_parameters(client("ssm", AWS), PREFIX),
        parse_feature_flags(fake.versions[-1]["Content"]).flags,
    ]


@mock_aws
def test_every_target_is_told(tmp_path: Path, fake: FakeAppConfig) -> None:
    fake.objects.append({"kind": "strategy", "Id": "str0", "Name": "slow"})
    first = push(EVERYWHERE, AWS, ON, tmp_path, cohort_only=["ENABLE_CREATIVE_PIPELINE"], members=[ANN], urgent=False)
    assert _ok(first) == [True] * 4
    assert _delivered(tmp_path, fake) == [ON] * 4
    assert json.loads((tmp_path / "deploy/flags.json").read_text())["$evaluators"]["cohort"]["in"][1] == [ANN]
    assert parse_feature_flags(fake.versions[-1]["Content"]) == FlagContent(ON, ("ENABLE_CREATIVE_PIPELINE",))
    assert _ok(push(EVERYWHERE, AWS, OFF, tmp_path)) == [True] * 4
    assert _delivered(tmp_path, fake) == [OFF] * 4
    assert [one.strategy for one in fake.deployments] == ["str0", "AppConfig.AllAtOnce"]


@mock_aws
def test_it_may_be_repeated(tmp_path: Path, fake: FakeAppConfig) -> None:
    push(EVERYWHERE, AWS, OFF, tmp_path)
    del fake.calls[:]
    assert _ok(push(EVERYWHERE, AWS, OFF, tmp_path)) == [True] * 4
    assert fake.calls == []


@mock_aws
def test_a_target_that_fails_keeps_none_waiting(tmp_path: Path, fake: FakeAppConfig) -> None:
    """Somebody else's file, and a parameter that cannot be written: the others have the flags, and these say why."""
    (tmp_path / "flags.env").write_text("THEIRS=1\n")
    put_parameters(client("ssm", AWS), PREFIX, ON)
    client("ssm", AWS).delete_parameter(Name=f"{PREFIX}/CREATOR_AGENT_LAUNCH")
    client("ssm", AWS).put_parameter(Name=f"{PREFIX}/CREATOR_AGENT_LAUNCH", Value="x", Type="SecureString")
    outcomes = push(EVERYWHERE, AWS, OFF, tmp_path)
    assert _ok(outcomes) == [False, True, False, True]
    assert [str(outcome.error)[:6] for outcome in outcomes] == ["DLV001", "None", "AWS002", "None"]
    assert fake.state_of(fake.deployments[-1]) == "BAKING"


def test_a_failure_that_nobody_expects_is_one_as_well(
    tmp_path: Path, fake: FakeAppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("infra.delivery.pushing.put_parameters", broken)
    outcomes = push(EVERYWHERE, AWS, OFF, tmp_path)
    assert _ok(outcomes) == [True, True, False, True]
    assert "PRV003" in str(outcomes[2].error)
    assert "secret" not in str(outcomes[2].error)
    assert fake.deployments


def test_without_a_region_aws_is_told_to_be_missing(tmp_path: Path) -> None:
    outcomes = push(EVERYWHERE, None, OFF, tmp_path)
    assert _ok(outcomes) == [True, True, False, False]
    assert all("CFG004 aws.region" in str(outcome.error) for outcome in outcomes[2:])


def test_nowhere_is_nothing_to_do(tmp_path: Path) -> None:
    assert push(DeliverySettings(), None, OFF, tmp_path) == []
    assert list(tmp_path.iterdir()) == []
