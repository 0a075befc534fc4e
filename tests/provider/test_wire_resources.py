"""Check, Diff, Create, Read, Update and Delete on the wire, each finding about providers with its own test."""

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2

from infra.provider.values import ASSET, SENTINEL, SIGNATURE
from tests.provider.serving import ToyProvider, init_failure, refused, secret, struct, urn

NOTE = {"name": "a", "text": "hello", "size": 3.0, "password": secret("s3cr3t")}
Kind = provider_pb2.PropertyDiff


def test_check_echoes_the_inputs_with_their_secrets(provider: ToyProvider) -> None:
    """Without an echo the engine panics; a property that is always secret becomes one, one that came as one stays."""
    answer = provider.check({"name": "a", "text": secret("t"), "password": "plain"})
    assert answer.inputs == struct({"name": "a", "text": secret("t"), "password": secret("plain")})
    assert not answer.failures


def test_check_tells_every_problem_at_once(provider: ToyProvider) -> None:
    """Each problem comes with its path and its fix; a secret's without the path, or the CLI prints its value."""
    failures = provider.check({"size": "x", "password": "short"}).failures
    assert [(failure.property, failure.reason) for failure in failures] == [
        ("name", "DEF005 note.name: is missing. Fix: give it a name."),
        ("size", "DEF005 note.size: is no whole number ('x')."),
        ("", "DEF005 note.password: is too short."),
    ]


def test_check_passes_over_unknowns(provider: ToyProvider) -> None:
    """In a first preview an input may be the unknown sentinel: the handler sees UNKNOWN, not a strange text."""
    assert not provider.check({"name": "a", "size": SENTINEL}).failures


def test_check_refuses_assets(provider: ToyProvider) -> None:
    """An asset is a failure at its path, not a crash."""
    [failure] = provider.check({"name": "a", "text": {SIGNATURE: ASSET, "text": "x"}}).failures
    assert failure.property == "text"
    assert "PRV001 text: an asset" in failure.reason


def test_one_object_is_declared_once(provider: ToyProvider) -> None:
    """Two resources would take turns with it at each `up`; the refusal names both."""
    assert not provider.check({"name": "one"}, name="first").failures
    [failure] = provider.check({"name": "one", "text": "x"}, name="second").failures
    assert failure.reason.startswith(
        f"DEF003 note one: it is declared twice, as {urn('first')} and as {urn('second')}. Allowed: "
    )
    assert "Fix: remove one of the two." in failure.reason
    assert not provider.check({"name": "two"}, name="second").failures
    assert not provider.check({"name": SENTINEL}, name="third").failures


def test_one_resource_is_declared_again(provider: ToyProvider) -> None:
    """A preview and the `up` after it may be one process, a replacement is checked twice, and names may be swapped."""
    for _ in range(2):
        assert not provider.check({"name": "one"}, name="first").failures
    assert not provider.check({"name": "two"}, name="first").failures
    assert not provider.check({"name": "one"}, name="second").failures
    provider.configure()
    assert not provider.check({"name": "one"}, name="third").failures


def test_an_unknown_type_is_refused(provider: ToyProvider) -> None:
    """The answer lists the types that there are."""
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "PRV001 rollout:x:Y", "Allowed: rollout:toy:Note"):
        provider.check({}, kind="rollout:x:Y")


def test_no_change_is_none(provider: ToyProvider) -> None:
    """Inputs are compared with inputs: an output that differs from every input is no change."""
    answer = provider.diff(NOTE, NOTE)
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE
    assert answer.hasDetailedDiff
    assert not answer.detailedDiff


def test_a_diff_is_detailed(provider: ToyProvider) -> None:
    """Each property comes with its kind and as a difference of inputs; without that a preview shows old values."""
    answer = provider.diff({"name": "a", "text": "x", "size": 1}, {"name": "a", "size": 2, "tags": []})
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert {path: (change.kind, change.inputDiff) for path, change in answer.detailedDiff.items()} == {
        "text": (Kind.DELETE, True),
        "size": (Kind.UPDATE, True),
        "tags": (Kind.ADD, True),
    }
    assert sorted(answer.diffs) == ["size", "tags", "text"]
    assert not answer.replaces
    assert not answer.deleteBeforeReplace


def test_a_replacement_is_told_and_deletes_first(provider: ToyProvider) -> None:
    """Create adopts what is there: made first, the new object would be the old one, and then be deleted."""
    answer = provider.diff({"name": "a"}, {"name": "b"})
    assert answer.detailedDiff["name"].kind == Kind.UPDATE_REPLACE
    assert list(answer.replaces) == ["name"]
    assert answer.deleteBeforeReplace


def test_an_unknown_new_value_is_an_update(provider: ToyProvider) -> None:
    """What is not known yet may differ: a preview says so, where the handler passes over it too."""
    answer = provider.diff({"name": "a", "text": "x"}, {"name": "a", "text": SENTINEL, "tags": [{"key": SENTINEL}]})
    assert {path: change.kind for path, change in answer.detailedDiff.items()} == {
        "text": Kind.UPDATE,
        "tags": Kind.ADD,
    }


def test_ignored_changes_are_no_changes(provider: ToyProvider) -> None:
    """A property, or a part of one, that is ignored keeps its old value."""
    old = {"name": "a", "text": "x", "tags": [{"key": "k"}]}
    new = {"name": "a", "text": "y", "tags": [{"key": "l"}]}
    assert provider.diff(old, new, "text", "tags[0].key").changes == provider_pb2.DiffResponse.DIFF_NONE
    assert list(provider.diff(old, new, "text").diffs) == ["tags"]


def test_secrets_do_not_differ_by_their_mark(provider: ToyProvider) -> None:
    """A value that became secret is the same value."""
    assert provider.diff({"name": "a", "text": "x"}, {"name": "a", "text": secret("x")}).diffs == []


def test_old_engines_send_outputs_only(provider: ToyProvider) -> None:
    """Without old inputs the outputs that repeat them are compared."""
    request = provider_pb2.DiffRequest(urn=urn(), olds=struct({"name": "a", "length": 0}), news=struct({"name": "a"}))
    assert provider.stub.Diff(request).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_create_returns_id_and_outputs(provider: ToyProvider) -> None:
    """Outputs repeat the inputs, with whole numbers, and what came secret or always is leaves secret."""
    answer = provider.create({**NOTE, "text": secret("hello")})
    assert answer.id == "a"
    assert answer.properties == struct({**NOTE, "text": secret("hello"), "length": 5.0})
    assert (provider.folder / "a.json").exists()


def test_create_in_a_preview_has_no_id_and_makes_nothing(provider: ToyProvider) -> None:
    """The id is empty and outputs are what is known; unknown inputs come back unknown."""
    answer = provider.create({"name": "a", "text": SENTINEL, "password": secret(SENTINEL)}, preview=True)
    assert answer.id == ""
    assert answer.properties == struct(
        {"name": "a", "text": SENTINEL, "password": secret(SENTINEL), "length": SENTINEL}
    )
    assert not (provider.folder / "a.json").exists()


def test_an_unknown_input_is_refused_before_anything_is_made(provider: ToyProvider) -> None:
    """Outside of a preview an unknown would be found out only after the object was made."""
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "PRV001 tags[0].key, text: is still unknown outside of a preview"):
        provider.create({"name": "a", "text": SENTINEL, "tags": [{"key": SENTINEL}]})
    assert not (provider.folder / "a.json").exists()


def test_an_unknown_output_is_stored_as_a_failure(provider: ToyProvider) -> None:
    """An object that was made is never lost from the state, whatever its handler returned."""
    with refused(grpc.StatusCode.UNKNOWN, "PRV003 length: the value is still unknown") as caught:
        provider.create({"name": "a", "mishap": "unknown output"})
    detail = init_failure(caught)
    assert detail.id == "a"
    assert detail.properties == struct({"name": "a", "mishap": "unknown output"})


def test_a_partial_failure_is_stored(provider: ToyProvider) -> None:
    """The engine gets id, outputs, inputs and reasons, secrets marked and taken out of the text."""
    with refused(grpc.StatusCode.UNKNOWN, "DB007 note: half: [secret]") as caught:
        provider.create({**NOTE, "mishap": "partial"})
    detail = init_failure(caught)
    assert (detail.id, list(detail.reasons)) == ("a", ["DB007 note: half: [secret]."])
    assert detail.properties == struct({**NOTE, "mishap": "partial", "length": 5.0})
    assert detail.inputs == struct({**NOTE, "mishap": "partial"})


def test_a_large_partial_failure_is_stored(provider: ToyProvider) -> None:
    """The detail travels in the trailing metadata; a table with its inputs may pass gRPC's usual eight kilobytes."""
    with refused(grpc.StatusCode.UNKNOWN) as caught:
        provider.create({**NOTE, "text": "x" * 100_000, "mishap": "partial"})
    assert init_failure(caught).inputs["text"] == "x" * 100_000


def test_update(provider: ToyProvider) -> None:
    """The handler gets old and new inputs, ignored changes already undone; secrets leave as secrets."""
    provider.create(NOTE)
    answer = provider.update(NOTE, {**NOTE, "text": "longer text", "size": 4.0}, "size")
    assert answer.properties == struct({**NOTE, "text": "longer text", "length": 11.0})


def test_update_in_a_preview_changes_nothing(provider: ToyProvider) -> None:
    """The outputs are told, the file is as it was."""
    provider.create(NOTE)
    before = (provider.folder / "a.json").read_text()
    provider.update(NOTE, {**NOTE, "text": SENTINEL}, preview=True)
    assert (provider.folder / "a.json").read_text() == before


def test_refresh_reads_inputs_and_outputs_with_their_secrets(provider: ToyProvider) -> None:
    """A plain value from Read would stand in the state for all to see: both sets are marked again."""
    provider.create({**NOTE, "text": "drifted"})
    answer = provider.read("a", {**NOTE, "text": secret("hello")})
    assert answer.id == "a"
    assert answer.inputs == struct({**NOTE, "text": secret("drifted")})
    assert answer.properties == struct({**NOTE, "text": secret("drifted"), "length": 7.0})


def test_refresh_of_a_missing_object_says_it_is_gone(provider: ToyProvider) -> None:
    """An empty id, no properties: the engine takes the resource out of the state."""
    answer = provider.read("gone", NOTE)
    assert answer.id == ""
    assert not answer.HasField("properties")


def test_import_marks_secrets(provider: ToyProvider) -> None:
    """An import has no old inputs to learn secrets from: the kind's own are marked."""
    provider.create(NOTE)
    answer = provider.read("a")
    assert answer.inputs == struct(NOTE)
    assert answer.properties["password"] == struct(NOTE)["password"]


def test_import_of_a_missing_object_fails(provider: ToyProvider) -> None:
    """Answered like a refresh, it would succeed and leave a protected ghost in the state."""
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "DB008 rollout:toy:Note 'ghost': there is nothing to import"):
        provider.read("ghost")


def test_delete(provider: ToyProvider) -> None:
    """The object is taken away by its old inputs."""
    provider.create(NOTE)
    assert provider.stub.Delete(provider_pb2.DeleteRequest(id="a", urn=urn(), old_inputs=struct(NOTE))) == Empty()
    assert not (provider.folder / "a.json").exists()


@pytest.mark.parametrize(
    ("mishap", "status", "text"),
    [
        ("refused", grpc.StatusCode.FAILED_PRECONDITION, "DB003 note: the server said no to [secret]. Fix: ask again."),
        ("several", grpc.StatusCode.INVALID_ARGUMENT, "DEF001 a: one.\nDEF002 b: two."),
    ],
)
def test_named_errors_arrive_as_they_are(
    provider: ToyProvider, mishap: str, status: grpc.StatusCode, text: str
) -> None:
    """One error or several, with no class name, no traceback and no secret."""
    with refused(status) as caught:
        provider.create({**NOTE, "mishap": mishap})
    assert caught.value.details() == text


def test_an_unexpected_failure_says_where(provider: ToyProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    """A type, a place, the first line without secrets; the traceback goes to the debug log alone."""
    log = provider.folder / "debug.log"
    with refused(grpc.StatusCode.INTERNAL, "PRV003 rollout:toy:Note a: ZeroDivisionError at toy.py:", "by [secret]."):
        provider.create({**NOTE, "mishap": "bug"})
    assert not log.exists()
    monkeypatch.setenv("ROLLOUT_DEBUG", str(log))
    with refused(grpc.StatusCode.INTERNAL, "PRV003"):
        provider.create({**NOTE, "mishap": "bug"})
    assert "Traceback" in log.read_text()
    assert "s3cr3t" not in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600
