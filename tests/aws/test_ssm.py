"""Flags as parameters, on moto's SSM: only what differs is written, in an order in which no flag outruns another."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import Stubber

from infra.aws.client import client
from infra.aws.ssm import delete_parameters, put_parameters, read_parameters
from infra.errors import RolloutError, RolloutErrors
from infra.models.flag import FlagName
from tests.aws.conftest import SETTINGS

PREFIX = "/creative-pipeline/dev"
NAMES = [name.value for name in FlagName]
OFF = dict.fromkeys(NAMES, False)
ON = dict.fromkeys(NAMES, True)


def test_what_is_written_is_read(ssm: Any) -> None:
    assert read_parameters(ssm, PREFIX) == {}
    assert put_parameters(ssm, PREFIX, OFF | {NAMES[0]: True}) == [*reversed(NAMES[1:]), NAMES[0]]
    assert read_parameters(ssm, PREFIX) == OFF | {NAMES[0]: True}
    parameter = ssm.get_parameter(Name=f"{PREFIX}/{NAMES[0]}")["Parameter"]
    assert (parameter["Type"], parameter["Value"], parameter["Version"]) == ("String", "true", 1)


def test_only_what_differs_is_written(ssm: Any) -> None:
    """The versions tell: a parameter that is as it should be gets no new one."""
    put_parameters(ssm, PREFIX, OFF)
    assert put_parameters(ssm, PREFIX, OFF | {NAMES[2]: True}) == [NAMES[2]]
    assert put_parameters(ssm, PREFIX, OFF | {NAMES[2]: True}) == []
    found = ssm.get_parameters_by_path(Path=PREFIX)["Parameters"]
    versions = {parameter["Name"].rpartition("/")[2]: parameter["Version"] for parameter in found}
    assert versions == dict.fromkeys(NAMES, 1) | {NAMES[2]: 2}


def test_no_flag_is_on_while_the_one_before_it_is_off(ssm: Any) -> None:
    """Going off begins at the end of the chain, going on at its beginning: killed halfway, what stands is a chain."""
    put_parameters(ssm, PREFIX, OFF)
    assert put_parameters(ssm, PREFIX, ON) == NAMES
    assert put_parameters(ssm, PREFIX, OFF) == NAMES[::-1]


def test_a_value_of_somebody_elses_is_shown_and_written_over(ssm: Any) -> None:
    put_parameters(ssm, PREFIX, OFF)
    ssm.put_parameter(Name=f"{PREFIX}/{NAMES[0]}", Value="yes " * 20, Type="String", Overwrite=True)
    assert read_parameters(ssm, PREFIX) == OFF | {NAMES[0]: ("yes " * 20)[:40]}
    assert put_parameters(ssm, PREFIX, OFF) == [NAMES[0]]


def test_a_secret_parameter_is_refused_and_its_value_never_shown(ssm: Any) -> None:
    """AWS lets nobody change a parameter's type. The others go off all the same, and nothing goes on."""
    ssm.put_parameter(Name=f"{PREFIX}/{NAMES[1]}", Value="hunter2", Type="SecureString")
    assert read_parameters(ssm, PREFIX) == {NAMES[1]: "(SecureString)"}
    with pytest.raises(RolloutErrors, match=r"AWS002 .*SecureString.*aws ssm delete-parameter") as caught:
        put_parameters(ssm, PREFIX, OFF | {NAMES[6]: True})
    assert "hunter2" not in str(caught.value)
    assert read_parameters(ssm, PREFIX) == dict.fromkeys(NAMES[:6], False) | {NAMES[1]: "(SecureString)"}
    with pytest.raises(RolloutError, match="AWS002"):
        put_parameters(ssm, PREFIX, {NAMES[1]: True})


def test_only_our_parameters_are_deleted(ssm: Any) -> None:
    put_parameters(ssm, PREFIX, OFF)
    ssm.put_parameter(Name=f"{PREFIX}/DATABASE_URL", Value="theirs", Type="String")
    delete_parameters(ssm, PREFIX, NAMES[:2])
    assert read_parameters(ssm, PREFIX) == dict.fromkeys(NAMES[2:], False)
    delete_parameters(ssm, PREFIX, NAMES)
    delete_parameters(ssm, PREFIX, [])
    assert [one["Name"] for one in ssm.get_parameters_by_path(Path=PREFIX)["Parameters"]] == [f"{PREFIX}/DATABASE_URL"]


@pytest.fixture
def stubbed() -> Iterator[tuple[Any, Stubber]]:
    service = client("ssm", SETTINGS)
    with Stubber(service) as stubber:
        yield service, stubber
        stubber.assert_no_pending_responses()


def test_a_missing_permission_is_told_by_its_call(stubbed: tuple[Any, Stubber]) -> None:
    service, stubber = stubbed
    stubber.add_response("get_parameters", {"Parameters": []})
    stubber.add_client_error("put_parameter", "AccessDeniedException", "User: x is not authorized", 400)
    with pytest.raises(RolloutError) as caught:
        put_parameters(service, PREFIX, {NAMES[0]: True})
    text = str(caught.value)
    assert text.startswith(f"AWS001 aws ssm {PREFIX}/{NAMES[0]}: PutParameter was refused with AccessDeniedException")
    assert "Fix: allow whoever deploys the action PutParameter" in text


def test_what_was_written_before_a_refusal_stays_and_the_rest_follows(
    ssm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run writes what is missing and nothing else."""
    original = ssm.put_parameter

    def refuse_third(**arguments: Any) -> Any:
        if arguments["Name"].endswith(NAMES[2]):
            return ssm.get_parameter(Name="/no/such")
        return original(**arguments)

    monkeypatch.setattr(ssm, "put_parameter", refuse_third)
    with pytest.raises(RolloutError, match="AWS001"):
        put_parameters(ssm, PREFIX, ON)
    monkeypatch.undo()
    assert put_parameters(ssm, PREFIX, ON) == NAMES[2:]
