"""A feature-flag profile: made or taken over, deployed, waited for; urgent ones do not wait their turn."""

import json
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from infra.aws.appconfig import FlagProfile
from infra.aws.client import client
from infra.aws.feature_flags import FlagContent, render_feature_flags
from infra.errors import RolloutError
from infra.models.delivery import AppConfigDelivery
from infra.models.flag import FlagName
from tests.aws.conftest import SETTINGS
from tests.aws.fake_appconfig import FakeAppConfig

NAMES = AppConfigDelivery(application="creative", environment="prod", profile="flags")
SLOW = AppConfigDelivery(application="creative", environment="prod", profile="flags", strategy="slow")
OFF = {name.value: False for name in FlagName}
ENABLE = "ENABLE_CREATIVE_PIPELINE"
ON = OFF | {ENABLE: True}
MADE = ["CreateApplication", "CreateEnvironment", "CreateConfigurationProfile"]
TOLD = ["CreateHostedConfigurationVersion", "StartDeployment"]


@pytest.fixture
def fake() -> FakeAppConfig:
    fake = FakeAppConfig()
    for number in range(3):  # on the second page
        fake.objects.append({"kind": "strategy", "Id": f"str{number}", "Name": ["a", "b", "slow"][number]})
    return fake


def profile(fake: FakeAppConfig, names: AppConfigDelivery = NAMES) -> FlagProfile:
    return FlagProfile(fake, names, fake.time.clock)


def refused(fake: FakeAppConfig, names: AppConfigDelivery = NAMES, *, code: str = "AWS002") -> RolloutError:
    with pytest.raises(RolloutError) as caught:
        profile(fake, names).deliver(ON, ())
    assert caught.value.code == code
    assert caught.value.path == "aws appconfig creative/prod/flags"
    return caught.value


@pytest.fixture
def fake_app(fake: FakeAppConfig) -> FakeAppConfig:
    """With the application made already."""
    fake.objects.insert(0, {"kind": "application", "Id": "app0", "Name": "creative"})
    return fake


def test_everything_is_made_and_deployed_and_served(fake_app: FakeAppConfig) -> None:
    assert profile(fake_app).read() is None
    assert fake_app.calls == []
    assert profile(fake_app).deliver(ON, [ENABLE]) == 1
    assert fake_app.calls == [*MADE[1:], *TOLD]
    made = next(item for item in fake_app.objects if item["kind"] == "profile")
    assert (made["Type"], made["LocationUri"]) == ("AWS.AppConfig.FeatureFlags", "hosted")
    served = profile(fake_app).read()
    assert served is not None
    assert (served.version, served.content) == (1, FlagContent(ON, (ENABLE,)))


def test_an_application_is_made_where_there_is_none() -> None:
    fake = FakeAppConfig()
    profile(fake).deliver(OFF, ())
    assert fake.calls == [*MADE, *TOLD]


def test_what_is_served_already_is_not_deployed_again(fake_app: FakeAppConfig) -> None:
    profile(fake_app).deliver(ON, ())
    del fake_app.calls[:]
    assert profile(fake_app).deliver(ON, ()) == 1
    assert fake_app.calls == []
    assert profile(fake_app).deliver(ON, [ENABLE]) == 2
    assert fake_app.calls == TOLD


def test_of_many_the_one_with_our_name_is_taken_over(fake_app: FakeAppConfig) -> None:
    """On whatever page it is listed, and in our application."""
    for number in range(5):
        fake_app.objects.append({"kind": "application", "Id": f"oth{number}", "Name": f"other{number}"})
        fake_app.objects.append(
            {"kind": "environment", "Id": f"env{number}", "Name": "prod", "ApplicationId": f"oth{number}"}
        )
    for number, name in enumerate(["dev", "staging", "prod"]):
        fake_app.objects.append({"kind": "environment", "Id": f"own{number}", "Name": name, "ApplicationId": "app0"})
    profile(fake_app).deliver(OFF, ())
    assert fake_app.calls == ["CreateConfigurationProfile", *TOLD]
    assert fake_app.deployments[0].environment == "own2"


def test_two_of_one_name_are_told_apart_by_nobody(fake_app: FakeAppConfig) -> None:
    fake_app.objects.append({"kind": "application", "Id": "app1", "Name": "creative"})
    assert "there are 2 of the name 'creative' (app0, app1)" in str(refused(fake_app))
    assert fake_app.calls == []


@pytest.mark.parametrize(
    "other", [{"Type": "AWS.Freeform", "LocationUri": "hosted"}, {"Type": "AWS.AppConfig.FeatureFlags"}]
)
def test_a_profile_of_another_type_is_refused(fake_app: FakeAppConfig, other: dict[str, str]) -> None:
    fake_app.objects.append({"kind": "profile", "Id": "prof", "Name": "flags", "ApplicationId": "app0", **other})
    assert "Fix: give ours another name" in str(refused(fake_app))
    with pytest.raises(RolloutError, match="AWS002"):
        profile(fake_app).read()


def test_flags_of_others_are_not_taken_away(fake_app: FakeAppConfig) -> None:
    profile(fake_app).deliver(OFF, ())
    document = json.loads(fake_app.versions[0]["Content"])
    document["flags"]["theirs"], document["values"]["theirs"] = {"name": "Theirs"}, {"enabled": True}
    fake_app.versions[0]["Content"] = json.dumps(document).encode()
    assert "version 1 has flags of others (theirs)" in str(refused(fake_app))


def test_a_strategy_is_found_by_name_or_id(fake_app: FakeAppConfig) -> None:
    profile(fake_app, SLOW).deliver(OFF, ())
    by_id = SLOW.model_copy(update={"strategy": "str1"})
    profile(fake_app, by_id).deliver(ON, ())
    assert [one.strategy for one in fake_app.deployments] == ["str2", "str1"]


def test_a_strategy_that_is_not_there_is_told_before_anything_is_made(fake_app: FakeAppConfig) -> None:
    text = str(refused(fake_app, NAMES.model_copy(update={"strategy": "slwo"})))
    assert "Allowed: a, b, slow" in text
    assert fake_app.calls == []


@pytest.mark.parametrize(("names", "seconds"), [(NAMES, 10), (SLOW, 600)], ids=["at once", "slow"])
def test_a_deployment_is_waited_for_until_everybody_has_it(
    fake_app: FakeAppConfig, names: AppConfigDelivery, seconds: int
) -> None:
    """Its growth, and not the time in which AppConfig watches the alarms: nothing else is deployed meanwhile."""
    said: list[str] = []
    FlagProfile(fake_app, names, fake_app.time.clock, said.append).deliver(ON, ())
    assert seconds <= fake_app.time.seconds <= seconds + 10
    assert fake_app.state_of(fake_app.deployments[0]) == "BAKING"
    watched = "AppConfig watches the alarms for 10 minutes, and the next refresh shows a rollback"
    assert said == [f"everybody has deployment 1; {watched}"]


def test_the_next_one_waits_for_the_watch_to_end_and_says_so(fake_app: FakeAppConfig) -> None:
    """AppConfig has one deployment at a time in an environment; to stop the first would bring back what was before."""
    profile(fake_app).deliver(ON, ())
    said: list[str] = []
    FlagProfile(fake_app, NAMES, fake_app.time.clock, said.append).deliver(OFF, ())
    assert said[0] == "waits for deployment 1, which is BAKING: there is one at a time in an environment"
    assert [fake_app.state_of(one) for one in fake_app.deployments] == ["COMPLETE", "BAKING"]
    assert 600 <= fake_app.time.seconds <= 620
    assert "StopDeployment" not in fake_app.calls


def test_what_is_rolled_back_after_we_have_left_is_no_longer_served(fake_app: FakeAppConfig) -> None:
    """A refresh sees the version before, so that it shows as drift; the next run deploys ours again."""
    profile(fake_app).deliver(OFF, ())
    fake_app.time.seconds += 10_000
    profile(fake_app).deliver(ON, ())
    fake_app.deployments[0].ended = ("COMPLETE", 0)
    for state in ("ROLLING_BACK", "ROLLED_BACK"):
        fake_app.deployments[1].ended = (state, fake_app.time.seconds + 60)
        served = profile(fake_app).read()
        assert served is not None
        assert (served.version, served.content.flags) == (1, OFF)
    assert profile(fake_app).deliver(ON, ()) == 2
    assert len(fake_app.deployments) == 3


def test_an_urgent_one_counts_as_soon_as_everybody_has_it(fake_app: FakeAppConfig) -> None:
    """And goes to everybody at once, whatever the strategy of the stack file."""
    profile(fake_app, SLOW).deliver(OFF, (), urgent=True)
    assert fake_app.deployments[0].strategy == "AppConfig.AllAtOnce"
    assert fake_app.time.seconds <= 15
    assert fake_app.state_of(fake_app.deployments[0]) == "BAKING"


def _begin(fake: FakeAppConfig, flags: dict[str, bool]) -> None:
    """Leave a slow deployment of ours under way, with others before it."""
    profile(fake, SLOW).deliver(OFF, ())
    fake.time.seconds += 10_000
    with pytest.raises(InterruptedError):
        FlagProfile(fake, SLOW, fake.time.clock.__class__(lambda: 0.0, _interrupt)).deliver(flags, ())


def _interrupt(_: float) -> None:
    raise InterruptedError


def test_what_was_interrupted_is_taken_up(fake_app: FakeAppConfig) -> None:
    """The deployment went on without us: it is waited for, not started again."""
    _begin(fake_app, ON)
    assert fake_app.state_of(fake_app.deployments[1]) == "DEPLOYING"
    profile(fake_app, SLOW).deliver(ON, ())
    assert len(fake_app.deployments) == 2
    assert fake_app.state_of(fake_app.deployments[1]) == "BAKING"


def test_one_under_way_is_waited_for(fake_app: FakeAppConfig) -> None:
    _begin(fake_app, ON)
    profile(fake_app, SLOW).deliver(OFF, ())
    assert [fake_app.state_of(one) for one in fake_app.deployments] == ["COMPLETE", "COMPLETE", "BAKING"]
    assert "StopDeployment" not in fake_app.calls


@pytest.mark.parametrize("age", [0, 700], ids=["deploying", "baking"])
def test_an_urgent_one_stops_ours_that_is_under_way(fake_app: FakeAppConfig, age: int) -> None:
    """The kill switch while a rollout to more people is being deployed."""
    _begin(fake_app, ON)
    fake_app.time.seconds += age
    before = fake_app.time.seconds
    profile(fake_app, SLOW).deliver(OFF | {"PIPELINE_MONITORING_ENABLED": True}, (), urgent=True)
    assert fake_app.calls[-3:] == ["CreateHostedConfigurationVersion", "StopDeployment", "StartDeployment"]
    assert [fake_app.state_of(one) for one in fake_app.deployments] == ["COMPLETE", "ROLLED_BACK", "BAKING"]
    assert fake_app.time.seconds - before < 60


def test_an_urgent_one_twice_is_deployed_once(fake_app: FakeAppConfig) -> None:
    """Stopping the first would bring the flags back for a moment."""
    _begin(fake_app, ON)
    profile(fake_app, SLOW).deliver(OFF, (), urgent=True)
    del fake_app.calls[:]
    profile(fake_app, SLOW).deliver(OFF, (), urgent=True)
    assert fake_app.calls == []


def test_an_urgent_one_never_stops_somebody_elses(fake_app: FakeAppConfig) -> None:
    """They share the environment: it is waited for, within bounds, and told."""
    _begin(fake_app, ON)
    fake_app.deployments[1].profile = "other"
    with pytest.raises(RolloutError, match=r"AWS002 .*deployment 2 is still DEPLOYING, at 40 %"):
        profile(fake_app, SLOW).deliver(OFF | {"CREATOR_AGENT_LAUNCH": True}, (), urgent=True)
    assert "StopDeployment" not in fake_app.calls


def test_somebody_elses_deployment_is_not_ours(fake_app: FakeAppConfig) -> None:
    """The newest one of the environment is another profile's: what ours serves is still seen, and not repeated."""
    profile(fake_app).deliver(ON, ())
    fake_app.deployments += [
        type(fake_app.deployments[0])(number, fake_app.deployments[0].environment, "other", "9", "x", -1e6)
        for number in (2, 3)
    ]
    served = profile(fake_app).read()
    assert served is not None
    assert served.content.flags == ON
    del fake_app.calls[:]
    profile(fake_app).deliver(ON, ())
    assert fake_app.calls == []


def test_an_alarm_that_rolls_back_is_told_and_the_next_run_tries_again(fake_app: FakeAppConfig) -> None:
    """What is served is the version before; the one that failed is not written a second time."""
    profile(fake_app).deliver(OFF, ())
    fake_app.time.seconds += 10_000
    fake_app.deployments[0].ended = ("COMPLETE", 0)
    fake_app.fails = True
    assert "deployment 2 is ROLLED_BACK: an alarm went off" in str(refused(fake_app))
    served = profile(fake_app).read()
    assert served is not None
    assert (served.version, served.content.flags) == (1, OFF)
    fake_app.fails = False
    fake_app.deployments[1].ended = ("ROLLED_BACK", 0)
    assert profile(fake_app).deliver(ON, ()) == 2
    assert len(fake_app.versions) == 2


def test_one_that_never_ends_is_given_up(fake_app: FakeAppConfig) -> None:
    """After what its strategy takes, and five minutes."""
    profile(fake_app).deliver(OFF, ())
    fake_app.time.seconds += 10_000
    fake_app.deployments[0].ended = ("VALIDATING", 0)
    began = fake_app.time.seconds
    assert "deployment 1 is still VALIDATING" in str(refused(fake_app))
    assert 900 <= fake_app.time.seconds - began <= 905


def test_a_version_that_somebody_wrote_and_nobody_deployed_is_not_what_is_served(fake_app: FakeAppConfig) -> None:
    profile(fake_app).deliver(OFF, ())
    fake_app.versions.append({**fake_app.versions[0], "VersionNumber": 2, "Content": render_feature_flags(ON, ())})
    served = profile(fake_app).read()
    assert served is not None
    assert served.content.flags == OFF
    assert profile(fake_app).deliver(OFF, ()) == 3


def test_turned_off_everything_stays_where_it_is(fake_app: FakeAppConfig) -> None:
    assert not profile(fake_app).turn_off()
    profile(fake_app).deliver(ON, [ENABLE])
    assert profile(fake_app).turn_off()
    served = profile(fake_app).read()
    assert served is not None
    assert served.content == FlagContent(OFF)
    assert not [call for call in fake_app.calls if call.startswith("Delete")]


@pytest.mark.parametrize("operation", [*MADE, *TOLD, "ListApplications", "ListDeployments", "GetDeployment"])
def test_a_refusal_is_told_by_its_call(operation: str) -> None:
    fake = FakeAppConfig(refuses={operation: "AccessDeniedException"})
    text = str(refused(fake, code="AWS001"))
    assert f"{operation} was refused with AccessDeniedException: because" in text


def test_the_calls_are_what_the_service_takes() -> None:
    """The real client and the service's own model, by botocore's Stubber: read, write, deploy, look."""
    service = client("appconfig", SETTINGS)
    ids = {"ApplicationId": "app0", "EnvironmentId": "env0"}
    place = {"ApplicationId": "app0", "ConfigurationProfileId": "pro0"}
    told = {"DeploymentNumber": 4, "State": "COMPLETE"}
    with Stubber(service) as stub:
        stub.add_response("list_applications", {"Items": [{"Id": "app0", "Name": "creative"}]}, {})
        stub.add_response("list_environments", {"Items": [{"Id": "env0", "Name": "prod"}]}, {"ApplicationId": "app0"})
        stub.add_response("list_configuration_profiles", {"Items": []}, {"ApplicationId": "app0"})
        stub.add_response(
            "create_configuration_profile",
            {"Id": "pro0"},
            {
                "ApplicationId": "app0",
                "Name": "flags",
                "Description": ANY,
                "Type": "AWS.AppConfig.FeatureFlags",
                "LocationUri": "hosted",
            },
        )
        stub.add_response("list_hosted_configuration_versions", {"Items": []}, place)
        stub.add_response(
            "create_hosted_configuration_version",
            {"VersionNumber": 1},
            place | {"Content": render_feature_flags(ON, ()), "ContentType": "application/json"},
        )
        stub.add_response("list_deployments", {"Items": []}, ids)
        stub.add_response("list_deployments", {"Items": []}, ids)
        start = ids | {"ConfigurationProfileId": "pro0", "ConfigurationVersion": "1"}
        stub.add_response("start_deployment", told, start | {"DeploymentStrategyId": "AppConfig.AllAtOnce"})
        stub.add_response("get_deployment", told, ids | {"DeploymentNumber": 4})
        assert FlagProfile(service, NAMES).deliver(ON, ()) == 1
        stub.assert_no_pending_responses()


def test_the_fake_holds_calls_against_the_service(fake: FakeAppConfig) -> None:
    """Or it would prove nothing."""
    unchecked: Any = fake
    with pytest.raises(AssertionError, match="Missing required parameter"):
        unchecked.create_environment(Name="x")
    with pytest.raises(AssertionError, match="has no"):
        unchecked.list_applications(Nonsense=1)
