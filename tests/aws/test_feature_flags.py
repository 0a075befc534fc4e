"""AppConfig's flag JSON: valid by its type reference, and read back as it is."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from infra.aws.client import client
from infra.aws.feature_flags import (
    FlagContent,
    feature_flag_problems,
    key_of,
    parse_feature_flags,
    render_feature_flags,
)
from infra.models.flag import FlagName
from tests.aws.conftest import SETTINGS

NAMES = [name.value for name in FlagName]
ENABLE = NAMES[0]
KEY = "enableCreativePipeline"
PHASE_2 = {name: name in NAMES[:2] for name in NAMES}


def test_keys_are_what_appconfig_takes() -> None:
    """A small letter first, then letters and digits; each flag has its own."""
    keys = [key_of(name) for name in FlagName]
    assert keys[0] == KEY
    assert all(key.isalnum() and key[0].islower() and len(key) <= 64 for key in keys)
    assert len(set(keys)) == len(FlagName)


def test_a_configuration_tells_name_value_and_audience() -> None:
    document = json.loads(render_feature_flags(PHASE_2, [ENABLE]))
    assert document["version"] == "1"
    assert [one["name"] for one in document["flags"].values()] == NAMES
    assert document["values"][KEY] == {"enabled": True, "audience": "cohort"}
    assert document["values"]["creatorAgentLaunch"] == {"enabled": False, "audience": "everyone"}
    assert document["flags"][KEY]["attributes"]["audience"]["constraints"]["enum"] == ["cohort", "everyone"]
    assert feature_flag_problems(document) == []


@given(st.dictionaries(st.sampled_from(NAMES), st.booleans()), st.sets(st.sampled_from(NAMES)))
def test_what_is_written_is_read(flags: dict[str, bool], cohort_only: set[str]) -> None:
    told = tuple(name for name in NAMES if name in cohort_only and name in flags)
    assert parse_feature_flags(render_feature_flags(flags, cohort_only)) == FlagContent(flags, told)


def test_what_appconfig_adds_by_itself_is_no_change() -> None:
    """The moments of creation and change, in definitions and values."""
    document = json.loads(render_feature_flags(PHASE_2, []))
    for part in ("flags", "values"):
        for one in document[part].values():
            one |= {"_createdAt": "2026-01-01T00:00:00Z", "_updatedAt": "2026-01-01T00:00:00Z"}
    assert parse_feature_flags(json.dumps(document).encode()) == FlagContent(PHASE_2)


def test_values_that_we_would_not_give_show_as_missing() -> None:
    """Such as a variant with a rule, by which a flag that reads as off would be on for some."""
    document = json.loads(render_feature_flags(PHASE_2, []))
    document["values"][KEY]["_variants"] = [{"name": "x", "enabled": True, "rule": "true"}]
    document["values"]["creatorAgentLaunch"]["enabled"] = "no"
    document["values"]["theirs"] = {"enabled": True}
    content = parse_feature_flags(json.dumps(document).encode())
    assert set(PHASE_2) - set(content.flags) == {ENABLE, "CREATOR_AGENT_LAUNCH"}
    assert content.others == ("theirs",)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"values": [1], "flags": null}'])
def test_what_is_no_configuration_has_no_flags(content: bytes) -> None:
    assert parse_feature_flags(content) == FlagContent({})


WRONG: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
    ("version", lambda given: given.pop("version")),
    ("key", lambda given: given["flags"].update({"Big": {}})),
    ("name is longer", lambda given: given["flags"][KEY].update(name="x" * 65)),
    ("description is longer", lambda given: given["flags"][KEY].update(description="x" * 1025)),
    ("more than 25", lambda given: given["flags"][KEY].update(attributes={f"a{n}": {} for n in range(26)})),
    ("no definition", lambda given: given["flags"].pop(KEY)),
    ("enabled", lambda given: given["values"][KEY].update(enabled="true")),
    ("has no definition", lambda given: given["values"][KEY].update(other=1)),
    ("audience is missing", lambda given: given["values"][KEY].pop("audience")),
    ("none of cohort, everyone", lambda given: given["values"][KEY].update(audience="all")),
]


@pytest.mark.parametrize(("said", "break_"), WRONG, ids=[said for said, _ in WRONG])
def test_what_appconfig_would_refuse_is_found_before(said: str, break_: Callable[[dict[str, Any]], Any]) -> None:
    document = json.loads(render_feature_flags(PHASE_2, [ENABLE]))
    break_(document)
    assert any(said in problem for problem in feature_flag_problems(document)), feature_flag_problems(document)


def test_a_text_that_is_too_long_is_found() -> None:
    document = json.loads(render_feature_flags(PHASE_2, []))
    document["flags"][KEY]["attributes"]["audience"]["constraints"] = {"type": "string"}
    document["values"][KEY]["audience"] = "x" * 1025
    assert feature_flag_problems(document) == [f"values.{KEY}: audience is longer than 1024"]


def test_it_passes_through_a_hosted_version() -> None:
    """By moto, which keeps applications, profiles and versions: bytes in, the same bytes out."""
    with mock_aws():
        service = client("appconfig", SETTINGS)
        application = service.create_application(Name="a")["Id"]
        profile = service.create_configuration_profile(
            ApplicationId=application, Name="p", LocationUri="hosted", Type="AWS.AppConfig.FeatureFlags"
        )["Id"]
        place = {"ApplicationId": application, "ConfigurationProfileId": profile}
        content = render_feature_flags(PHASE_2, [ENABLE])
        service.create_hosted_configuration_version(**place, Content=content, ContentType="application/json")
        answer = service.get_hosted_configuration_version(**place, VersionNumber=1)
        assert parse_feature_flags(answer["Content"].read()) == FlagContent(PHASE_2, (ENABLE,))
