"""A provider plugin over gRPC."""

import json
from collections.abc import Callable
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc

from infra.embedded.engine.grpc_answers import checked_of, diff_of, is_cancelled, partial_of
from infra.embedded.engine.plugins import PluginProcess
from infra.embedded.engine.provider import (
    Changes,
    Checked,
    CheckFailure,
    Diff,
    Existing,
    Made,
    ProviderError,
    Subject,
)
from infra.embedded.engine.values import Properties, as_secret, reveal
from infra.embedded.engine.wire import decode, encode
from infra.errors import RolloutError

_MAX_MESSAGE: Final = 400 * 1024 * 1024
_ENDED_FIX: Final = "run the same command again: what is done already is kept, and what was half done is repaired"


class GrpcProvider:
    """One plugin process as a provider. It connects with the first call; `let_go` is given the process at the end.

    `compares_inputs` says of the plugin that its Diff looks at nothing but old and new inputs.
    """

    def __init__(
        self,
        process: PluginProcess,
        engine_address: str,
        folder: str,
        let_go: Callable[[PluginProcess], None] = PluginProcess.stop,
        *,
        compares_inputs: bool = False,
    ) -> None:
        self._process = process
        self._compares_inputs = compares_inputs
        self._encoded: dict[int, tuple[Properties, Struct]] = {}
        self._let_go = let_go
        self._channel: grpc.Channel | None = None
        self._engine_address = engine_address
        self._folder = folder
        self._handshaken = False
        self._accepts_secrets = True
        self._supports_preview = True

    def check_config(self, subject: Subject, old: Properties, new: Properties) -> Checked:
        """See `Provider`. A plugin without the method takes everything."""
        request = pb.CheckRequest(
            urn=subject.urn, name=subject.name, type=subject.type, olds=encode(old), news=encode(new)
        )
        response = self._optional("CheckConfig", request)
        return checked_of(response) if response is not None else Checked(new)

    def diff_config(self, subject: Subject, old: Existing, new: Properties) -> Diff:
        """See `Provider`. A plugin without the method leaves it to the engine."""
        response = self._optional("DiffConfig", self._diff_request(subject, old, new, ()))
        return diff_of(response) if response is not None else Diff()

    def configure(self, subject: Subject, inputs: Properties) -> None:
        """See `Provider`."""
        package = subject.type.rpartition(":")[2]
        known = {name: reveal(value) for name, value in inputs.items() if name != "version"}
        response = self._call(
            "Configure",
            pb.ConfigureRequest(
                urn=subject.urn,
                name=subject.name,
                type=subject.type,
                id=subject.id,
                acceptSecrets=True,
                acceptResources=True,
                sends_old_inputs=True,
                sends_old_inputs_to_delete=True,
                variables={f"{package}:config:{name}": _variable(value) for name, value in known.items()},
                args=encode(inputs),
            ),
        )
        if not self._handshaken:
            self._accepts_secrets = response.acceptSecrets
            self._supports_preview = response.supportsPreview

    def check(self, subject: Subject, old: Properties, new: Properties) -> Checked:
        """See `Provider`."""
        olds = self._encode_known(old)
        news = olds if new == old else self._encode(new)
        request = pb.CheckRequest(urn=subject.urn, name=subject.name, type=subject.type, olds=olds, news=news)
        checked = checked_of(self._call("Check", request))
        return Checked(self._annotated(checked.inputs, new), checked.failures)

    def diff(self, subject: Subject, old: Existing, new: Properties, ignore: tuple[str, ...]) -> Diff:
        """See `Provider`. One that compares inputs with inputs alone is not asked about equal ones."""
        if self._compares_inputs and new == old.inputs:
            return Diff(Changes.NONE)
        return diff_of(self._call("Diff", self._diff_request(subject, old, new, ignore)))

    def create(self, subject: Subject, inputs: Properties, *, preview: bool) -> Made:
        """See `Provider`."""
        if preview and not self._supports_preview:
            return Made("", inputs)
        request = pb.CreateRequest(
            urn=subject.urn,
            name=subject.name,
            type=subject.type,
            properties=self._encode(inputs),
            preview=preview,
        )
        response = self._call("Create", request, tolerate_partial=True)
        return self._made(response, inputs)

    def read(self, subject: Subject, existing: Existing | None) -> Made | None:
        """See `Provider`."""
        request = pb.ReadRequest(id=subject.id, urn=subject.urn, name=subject.name, type=subject.type)
        if existing is not None:
            request.properties.CopyFrom(self._encode_known(existing.outputs))
            request.inputs.CopyFrom(self._encode_known(existing.inputs))
        response = self._call("Read", request, tolerate_partial=True)
        if not response.id or not response.HasField("properties"):
            return None
        return self._made(response, existing.inputs if existing else {})

    def update(
        self, subject: Subject, old: Existing, new: Properties, ignore: tuple[str, ...], *, preview: bool
    ) -> Made:
        """See `Provider`."""
        if preview and not self._supports_preview:
            return Made(subject.id, new)
        request = pb.UpdateRequest(
            id=subject.id,
            urn=subject.urn,
            name=subject.name,
            type=subject.type,
            olds=self._encode_known(old.outputs),
            old_inputs=self._encode_known(old.inputs),
            news=self._encode(new),
            ignoreChanges=ignore,
            preview=preview,
        )
        made = self._made(self._call("Update", request, tolerate_partial=True), new)
        return Made(subject.id, made.outputs, init_errors=made.init_errors)

    def delete(self, subject: Subject, existing: Existing) -> None:
        """See `Provider`."""
        self._call(
            "Delete",
            pb.DeleteRequest(
                id=subject.id,
                urn=subject.urn,
                name=subject.name,
                type=subject.type,
                properties=self._encode_known(existing.outputs),
                old_inputs=self._encode_known(existing.inputs),
            ),
        )

    def invoke(self, token: str, arguments: Properties, *, preview: bool) -> tuple[Properties, list[CheckFailure]]:
        """See `Provider`."""
        request = pb.InvokeRequest(tok=token, args=self._encode(arguments), preview=preview)
        response = self._call("Invoke", request)
        returned = decode(getattr(response, "return"))
        return returned, [CheckFailure(failure.property, failure.reason) for failure in response.failures]

    def cancel(self) -> None:
        """See `Provider`."""
        if self._channel is not None:
            self._optional("Cancel", empty_pb2.Empty())

    def close(self) -> None:
        """See `Provider`."""
        if self._channel is not None:
            self._channel.close()
        self._let_go(self._process)

    def _diff_request(
        self, subject: Subject, old: Existing, new: Properties, ignore: tuple[str, ...]
    ) -> pb.DiffRequest:
        return pb.DiffRequest(
            id=subject.id,
            urn=subject.urn,
            name=subject.name,
            type=subject.type,
            olds=self._encode_known(old.outputs),
            old_inputs=self._encode_known(old.inputs),
            news=self._encode(new),
            ignoreChanges=ignore,
        )

    def _encode(self, properties: Properties) -> Struct:
        return encode(properties, keep_secrets=self._accepts_secrets)

    def _encode_known(self, properties: Properties) -> Struct:
        """Return properties of the state, which are sent with each call about their resource: encoded once a run."""
        kept = self._encoded.get(id(properties))
        if kept is None:
            kept = self._encoded[id(properties)] = properties, self._encode(properties)
        return kept[1]

    def _annotated(self, given: Properties, like: Properties) -> Properties:
        """Mark again what was secret, for a provider that sees plain values."""
        if self._accepts_secrets:
            return given
        hidden = {name for name, value in like.items() if value is not reveal(value)}
        return {name: as_secret(value) if name in hidden else value for name, value in given.items()}

    def _made(self, response: Any, inputs: Properties) -> Made:
        has_inputs = "inputs" in response.DESCRIPTOR.fields_by_name and response.HasField("inputs")
        return Made(
            id=getattr(response, "id", ""),
            outputs=self._annotated(decode(response.properties), inputs),
            inputs=self._annotated(decode(response.inputs), inputs) if has_inputs else None,
            init_errors=tuple(getattr(response, "reasons", ())),
        )

    def _stub(self) -> Any:
        if self._channel is None:
            options = [
                ("grpc.max_receive_message_length", _MAX_MESSAGE),
                ("grpc.max_send_message_length", _MAX_MESSAGE),
            ]
            self._channel = grpc.insecure_channel(self._process.address(), options=options)
            self._client = provider_pb2_grpc.ResourceProviderStub(self._channel)
            self._handshake()
        return self._client

    def _handshake(self) -> None:
        request = pb.ProviderHandshakeRequest(
            engine_address=self._engine_address,
            root_directory=self._folder,
            program_directory=self._folder,
            configure_with_urn=True,
        )
        response = self._optional("Handshake", request)
        if response is not None:
            self._handshaken = True
            self._accepts_secrets = response.accept_secrets

    def _optional(self, method: str, request: Any) -> Any:
        try:
            return getattr(self._stub(), method)(request)
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.UNIMPLEMENTED:
                return None
            raise ProviderError(error.details() or str(error.code())) from None

    def _call(self, method: str, request: Any, *, tolerate_partial: bool = False) -> Any:
        call: Callable[[Any], Any] = getattr(self._stub(), method)
        try:
            return call(request)
        except grpc.RpcError as error:
            partial = partial_of(error) if tolerate_partial else None
            if partial is not None:
                return partial
            raise ProviderError(self._describe(error), cancelled=is_cancelled(error)) from None

    def _describe(self, error: grpc.RpcError) -> str:
        if error.code() is grpc.StatusCode.UNAVAILABLE:
            return str(RolloutError("ENG003", f"plugin {self._process.name}", "it has ended", fix=_ENDED_FIX))
        return error.details() or str(error.code())


def _variable(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
