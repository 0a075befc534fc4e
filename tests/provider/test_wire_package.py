"""What the provider says of itself: version, protocol, settings, schema, and what it has no use for."""

import importlib.metadata
import json
from collections.abc import Iterator
from typing import Any, get_args

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from infra.database.target import SslMode
from infra.provider import configuration
from infra.provider.values import SENTINEL
from tests.provider.serving import SETTINGS, Engine, ToyProvider, refused, secret, struct


def test_plugin_info_is_answered(bare: ToyProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine insists on it; a checkout that is not installed has a version too."""
    assert bare.stub.GetPluginInfo(Empty()).version == importlib.metadata.version("creative-pipeline-rollout")

    def missing(_: str) -> str:
        raise importlib.metadata.PackageNotFoundError

    monkeypatch.setattr("importlib.metadata.version", missing)
    assert bare.stub.GetPluginInfo(Empty()).version == "0.1.0"


def test_handshake_and_configure_agree(bare: ToyProvider) -> None:
    """Both say the same of secrets, resources and outputs, as the protocol asks."""
    shaken = bare.stub.Handshake(provider_pb2.ProviderHandshakeRequest())
    configured = bare.configure()
    assert shaken.accept_secrets
    assert configured.acceptSecrets
    assert configured.supportsPreview
    assert (shaken.accept_resources, shaken.accept_outputs) == (configured.acceptResources, configured.acceptOutputs)


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("Parameterize", provider_pb2.ParameterizeRequest()),
        ("Invoke", provider_pb2.InvokeRequest(tok="rollout:x:f")),
        ("Call", provider_pb2.CallRequest(tok="rollout:x:f")),
        ("Construct", provider_pb2.ConstructRequest(type="rollout:x:C")),
    ],
)
def test_what_is_not_there_is_unimplemented(bare: ToyProvider, method: str, request_: Any) -> None:
    """A status that the engine knows and a sentence, not an exception."""
    with refused(grpc.StatusCode.UNIMPLEMENTED, "the provider rollout"):
        getattr(bare.stub, method)(request_)


def test_there_are_no_mappings(bare: ToyProvider) -> None:
    """Converters ask; the answer is empty."""
    assert not bare.stub.GetMappings(provider_pb2.GetMappingsRequest(key="terraform")).providers
    assert bare.stub.GetMapping(provider_pb2.GetMappingRequest(key="terraform")).data == b""


def test_check_config_marks_the_password(bare: ToyProvider) -> None:
    """What engines add for themselves passes, unknowns pass, and the password leaves secret."""
    given = {**SETTINGS, "port": "5432", "host": SENTINEL, "version": "1.0.0", "__internal": {}}
    answer = bare.stub.CheckConfig(provider_pb2.CheckRequest(news=struct(given)))
    assert answer.inputs == struct({**given, "password": secret("hunter2")})
    assert not answer.failures


def test_check_config_tells_every_problem_at_once(bare: ToyProvider) -> None:
    """Missing, wrong and unheard-of settings in one answer, each with what is allowed."""
    given = {"host": "", "port": 70000, "sslmode": "maybe", "name": "d", "password": 1}
    answer = bare.stub.CheckConfig(provider_pb2.CheckRequest(news=struct(given)))
    reasons = {failure.property: failure.reason for failure in answer.failures if failure.property}
    assert set(reasons) == {"database", "user", "host", "port", "sslmode", "name"}
    assert "Allowed: 1 to 65535" in reasons["port"]
    assert "Allowed: host, port, database" in reasons["name"]
    [password] = [failure.reason for failure in answer.failures if not failure.property]
    assert "provider.password" in password


def test_ssl_modes_are_those_of_a_target() -> None:
    """The list is written twice, for a start without pydantic."""
    assert get_args(SslMode) == configuration.SSL_MODES


def _diff_config(provider: ToyProvider, old: dict[str, Any], new: dict[str, Any]) -> provider_pb2.DiffResponse:
    request = provider_pb2.DiffRequest(olds=struct(old), old_inputs=struct(old), news=struct(new))
    answer = provider.stub.DiffConfig(request)
    assert isinstance(answer, provider_pb2.DiffResponse)
    return answer


def test_diff_config_tells_changes_and_never_replaces(bare: ToyProvider) -> None:
    """A change of the provider is seen, property by property; another host or database makes no object anew."""
    new = {**SETTINGS, "host": "h2", "port": 5433, "database": "d2", "password": secret("other"), "sslmode": "disable"}
    answer = _diff_config(bare, SETTINGS, new)
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert {path: change.kind for path, change in answer.detailedDiff.items()} == {
        "host": provider_pb2.PropertyDiff.UPDATE,
        "port": provider_pb2.PropertyDiff.UPDATE,
        "database": provider_pb2.PropertyDiff.UPDATE,
        "password": provider_pb2.PropertyDiff.UPDATE,
        "sslmode": provider_pb2.PropertyDiff.ADD,
    }
    assert not answer.replaces
    assert not answer.deleteBeforeReplace


def test_diff_config_of_the_same_is_none(bare: ToyProvider) -> None:
    """A port as text and a secret mark are no change."""
    same = {**SETTINGS, "port": "5432", "password": secret("hunter2")}
    assert _diff_config(bare, SETTINGS, same).changes == provider_pb2.DiffResponse.DIFF_NONE
    unknown = _diff_config(bare, SETTINGS, {**SETTINGS, "host": SENTINEL})
    assert unknown.detailedDiff["host"].kind == provider_pb2.PropertyDiff.UPDATE


def test_configure_refuses_what_check_would(bare: ToyProvider) -> None:
    """An engine that skips CheckConfig gets the same words."""
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "PRV002 provider.port: is not a port"):
        bare.configure(port="x")


def test_attach_turns_the_log_to_another_engine(bare: ToyProvider) -> None:
    """With PULUMI_DEBUG_PROVIDERS the engine's address comes by Attach; without the method its start fails."""
    with Engine() as other:
        bare.stub.Attach(plugin_pb2.PluginAttach(address=other.address))
        bare.configure()
        bare.create({"name": "a"})
        assert [line.message for line in other.lines] == ["writing a with None"]


def test_the_schema_holds_together(bare: ToyProvider) -> None:
    """Every reference resolves, what is required exists, secrets are flagged: what package add needs."""
    schema = json.loads(bare.stub.GetSchema(provider_pb2.GetSchemaRequest()).schema)
    assert (schema["name"], schema["version"]) == ("rollout", "0.1.0")
    assert schema["provider"]["inputProperties"]["password"]["secret"] is True
    assert schema["config"]["variables"]["password"]["secret"] is True
    for reference in _references(schema):
        assert reference.removeprefix("#/types/") in schema["types"]
    for token, resource in schema["resources"].items():
        assert token.count(":") == 2
        assert set(resource["requiredInputs"]) <= set(resource["inputProperties"])
        assert set(resource["required"]) <= set(resource["properties"])
        assert set(resource["inputProperties"]) <= set(resource["properties"])
    for kind in schema["types"].values():
        assert set(kind.get("required", [])) <= set(kind["properties"])
    note = schema["resources"]["rollout:toy:Note"]
    assert note["inputProperties"]["password"]["secret"] is note["properties"]["password"]["secret"] is True
    assert note["inputProperties"]["size"]["default"] == 1
    assert "default" not in note["properties"]["size"]
    assert "willReplaceOnChanges" not in note["properties"]["name"]
    assert note["required"] == ["length", "name"]


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
