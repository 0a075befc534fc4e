"""What a stack file may say of delivery, and what the four resources take: refusals name the value and the fix."""

from typing import Any

import pytest
from pydantic import ValidationError

from infra.errors import RolloutError
from infra.models.base import Model, faults_of
from infra.models.delivery import AwsSettings, DeliverySettings, EnvFile, FlagConfiguration, FlagdFile, Parameters
from infra.models.flag import FlagName

ALL = dict.fromkeys(FlagName, False)
ANN = "00000000-0000-4000-8000-00000000000A"
BEA = "00000000-0000-4000-8000-000000000001"


def _faults(model: type[Model], given: dict[str, Any]) -> list[RolloutError]:
    with pytest.raises(ValidationError) as caught:
        model.load(given)
    return faults_of(caught.value, "", model)


def test_everything_may_be_left_out_and_everything_may_be_there() -> None:
    whole = {
        "envFile": "deploy/flags.env",
        "flagd": "deploy/flags.json",
        "ssm": {"prefix": "/creative-pipeline/prod"},
        "appConfig": {
            "application": "creative-pipeline",
            "environment": "prod",
            "profile": "flags",
            "strategy": "slow",
        },
    }
    assert DeliverySettings.load(whole).dump() == whole
    assert DeliverySettings.load({}).dump() == {}
    assert [DeliverySettings.load({key: value}).needs_aws for key, value in whole.items()] == [False, False, True, True]


@pytest.mark.parametrize(
    "path",
    ["/etc/flags", "../flags.env", "a/../../b", "", "~/flags", "a\\b", "a/", ".", "a\nb", "a\x00b", "x" * 401],
)
def test_a_path_stays_below_the_project(path: str) -> None:
    (error,) = _faults(EnvFile, {"path": path, "flags": ALL})
    assert (error.code, error.path) == ("DLV001", "path")
    assert "Allowed: a path below the project's folder" in str(error)


def test_a_path_has_one_spelling() -> None:
    assert EnvFile.load({"path": "./deploy//flags.env", "flags": ALL}).path == "deploy/flags.env"


def test_two_files_are_two() -> None:
    (error,) = _faults(DeliverySettings, {"envFile": "flags", "flagd": "./flags"})
    assert error.code == "DLV001"


def test_an_unknown_flag_is_told_with_the_known_ones() -> None:
    """Wherever it stands, and together with every other fault."""
    given = {"path": "f", "flags": {"NO_SUCH": True, "CREATOR_AGENT_LAUNCH": "yes"}, "cohortOnly": ["NOR_THIS", ["x"]]}
    errors = _faults(FlagdFile, given)
    assert [error.code for error in errors] == ["FLAG001", "DEF005", "FLAG001", "FLAG001"]
    assert all(name in str(errors[0]) for name in FlagName)


@pytest.mark.parametrize("model", [FlagdFile, FlagConfiguration])
def test_for_the_cohort_alone_are_only_flags_that_are_told(model: type[Model]) -> None:
    given = {"flags": {"ENABLE_CREATIVE_PIPELINE": True}, "cohortOnly": ["CREATOR_AGENT_LAUNCH"]}
    places = {"path": "f"} if model is FlagdFile else _PLACE
    (error,) = _faults(model, given | places)
    assert error.code == "FLAG001"


_PLACE = {"application": "a", "environment": "e", "profile": "p", "aws": {"region": "eu-central-1"}}


def test_no_flag_at_all_is_a_mistake() -> None:
    (error,) = _faults(EnvFile, {"path": "f", "flags": {}})
    assert (error.code, error.path) == ("DEF005", "flags")


def test_flags_and_members_have_one_order() -> None:
    """So that another order in the program is no difference."""
    backwards = dict(reversed(ALL.items()))
    names = list(FlagName)
    one = FlagdFile.load({"path": "f", "flags": backwards, "cohortOnly": names[::-1], "members": [ANN, BEA, ANN]})
    assert list(one.flags) == names
    assert list(one.cohort_only) == names
    assert one.members == (BEA, ANN.lower())


def test_a_member_is_a_user() -> None:
    (error,) = _faults(FlagdFile, {"path": "f", "flags": ALL, "members": ["ann@example.org"]})
    assert error.code == "COH001"


@pytest.mark.parametrize("prefix", ["creative", "/", "/a/", "/a b", "/aws/flags", "/SSM", "/a" * 9, "/ä", "/a\n"])
def test_a_prefix_is_what_ssm_takes(prefix: str) -> None:
    (error,) = _faults(Parameters, {"prefix": prefix, "flags": ALL, "aws": {"region": "eu-central-1"}})
    assert error.path == "prefix"


@pytest.mark.parametrize("region", ["eu-central-1", "us-gov-west-1", "cn-north-1", "ap-southeast-3"])
def test_regions(region: str) -> None:
    assert AwsSettings.load({"region": region}).region == region


@pytest.mark.parametrize("endpoint", ["localhost:4566", "http://user:pw@localhost", "file:///x", "http://a b", ""])
def test_an_endpoint_is_an_address_without_a_login(endpoint: str) -> None:
    (error,) = _faults(AwsSettings, {"region": "eu-central-1", "endpoint": endpoint})
    assert error.path == "endpoint"
    assert "pw" not in str(error)


@pytest.mark.parametrize("name", ["", "a/b", "a:b", " a", "x" * 65, "ä"])
def test_names_of_appconfig_can_stand_in_an_id(name: str) -> None:
    (error,) = _faults(FlagConfiguration, {**_PLACE, "environment": name, "flags": ALL})
    assert error.path == "environment"
