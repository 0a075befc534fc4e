"""The Pulumi provider protocol, spoken for the handlers: messages in, handlers' calls, messages out."""
# ruff: noqa: N802 - the protocol names its methods so

import functools
import importlib.metadata
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from infra.errors import RolloutError
from infra.provider.calling import Calls, decode_settled, init_failed, kind_of, marks
from infra.provider.configuration import SECRETS, check_configuration, diff_configuration, read_configuration
from infra.provider.diffs import diff_response, resource_changes, without_ignored
from infra.provider.handler import Problem, Properties
from infra.provider.partial import PartialFailure
from infra.provider.paths import parse_path
from infra.provider.refusal import Unimplemented
from infra.provider.schema import package_schema
from infra.provider.values import Decoded, decode, encode, is_marked, mark_secrets

Result = TypeVar("Result")
DISTRIBUTION: Final = "creative-pipeline-rollout"
FALLBACK_VERSION: Final = "0.1.0"


def version() -> str:
    """Return the version of the installed package; a checkout that is not installed has the first."""
    try:
        return importlib.metadata.version(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        return FALLBACK_VERSION


def answers(method: Callable[[Any, Any], Awaitable[Result]]) -> Callable[[Any, Any, Any], Awaitable[Result]]:
    """Make a method of the protocol of one that takes a request and raises what went wrong."""

    @functools.wraps(method)
    async def answer(self: "RolloutProvider", request: Any, context: Any) -> Result:
        try:
            return await method(self, request)
        except Exception as error:  # noqa: BLE001 - the edge: whatever happened is told to the engine
            refusal = self.calls.refusal(error, request)
        await context.abort(refusal.status, refusal.text, refusal.metadata)
        raise AssertionError  # abort does not return

    return answer


class RolloutProvider(provider_pb2_grpc.ResourceProviderServicer):
    """Answers the engine, with the handlers behind `calls`."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    # The package as a whole

    @answers
    async def GetPluginInfo(self, _request: Empty) -> plugin_pb2.PluginInfo:
        """Tell the version."""
        return plugin_pb2.PluginInfo(version=version())

    @answers
    async def Handshake(self, request: provider_pb2.ProviderHandshakeRequest) -> provider_pb2.ProviderHandshakeResponse:
        """Agree on the protocol: secrets come marked; resources and outputs come as their plain values."""
        if request.engine_address:
            await self.calls.log.attach(request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    @answers
    async def Attach(self, request: plugin_pb2.PluginAttach) -> Empty:
        """Take the address of an engine that found us running (PULUMI_DEBUG_PROVIDERS)."""
        await self.calls.log.attach(request.address)
        return Empty()

    @answers
    async def GetSchema(self, _request: provider_pb2.GetSchemaRequest) -> provider_pb2.GetSchemaResponse:
        """Return the package schema."""
        kinds = await self.calls.kinds()
        return provider_pb2.GetSchemaResponse(schema=json.dumps(package_schema(kinds.values(), version())))

    @answers
    async def GetMapping(self, _request: provider_pb2.GetMappingRequest) -> provider_pb2.GetMappingResponse:
        """There is no other tool's provider that this one maps to."""
        return provider_pb2.GetMappingResponse()

    @answers
    async def GetMappings(self, _request: provider_pb2.GetMappingsRequest) -> provider_pb2.GetMappingsResponse:
        """As GetMapping."""
        return provider_pb2.GetMappingsResponse()

    @answers
    async def Parameterize(self, _request: provider_pb2.ParameterizeRequest) -> provider_pb2.ParameterizeResponse:
        """The package is as it is."""
        raise Unimplemented("the provider rollout takes no parameters")

    @answers
    async def Invoke(self, request: provider_pb2.InvokeRequest) -> provider_pb2.InvokeResponse:
        """There are no functions."""
        raise Unimplemented(f"the provider rollout has no function {request.tok}")

    @answers
    async def Call(self, request: provider_pb2.CallRequest) -> provider_pb2.CallResponse:
        """There are no methods."""
        raise Unimplemented(f"the provider rollout has no method {request.tok}")

    @answers
    async def Construct(self, request: provider_pb2.ConstructRequest) -> provider_pb2.ConstructResponse:
        """Components are the program's own."""
        raise Unimplemented(f"the provider rollout has no component {request.type}")

    # The provider's settings

    @answers
    async def CheckConfig(self, request: provider_pb2.CheckRequest) -> provider_pb2.CheckResponse:
        """Refuse wrong settings, all at once."""
        return _check_response(request.news, SECRETS, check_configuration)

    @answers
    async def DiffConfig(self, request: provider_pb2.DiffRequest) -> provider_pb2.DiffResponse:
        """Tell which settings differ; none of them replaces anything."""
        return diff_response(diff_configuration(_old_inputs(request).properties, decode(request.news).properties))

    @answers
    async def Configure(self, request: provider_pb2.ConfigureRequest) -> provider_pb2.ConfigureResponse:
        """Take the settings; nothing is connected yet."""
        self.calls.declared.clear()
        await self.calls.lane.configure(read_configuration(decode(request.args).properties))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @answers
    async def Cancel(self, _request: Empty) -> Empty:
        """End what runs within five seconds and refuse what waits."""
        await self.calls.lane.cancel()
        return Empty()

    # Resources

    @answers
    async def Check(self, request: provider_pb2.CheckRequest) -> provider_pb2.CheckResponse:
        """Return the inputs as they came, with their secrets, and every problem at once."""
        handler = await self.calls.handler(request.urn)

        def check(inputs: Properties) -> list[Problem]:
            return handler.check(inputs) or self.calls.declared.problems(handler, request.urn, inputs)

        return _check_response(request.news, handler.secrets, check)

    @answers
    async def Diff(self, request: provider_pb2.DiffRequest) -> provider_pb2.DiffResponse:
        """Compare inputs with inputs, property by property."""
        handler = await self.calls.handler(request.urn)
        old, new = _old_inputs(request).properties, decode(request.news).properties
        deletes_first = getattr(handler, "deletes_first", None)
        return diff_response(
            resource_changes(handler, old, new, request.ignoreChanges),
            deletes_first=deletes_first(old, new) if deletes_first else True,
        )

    @answers
    async def Create(self, request: provider_pb2.CreateRequest) -> provider_pb2.CreateResponse:
        """Create or adopt; a preview returns no id, and as outputs what is known."""
        handler = await self.calls.handler(request.urn)
        given = decode_settled(request.properties, preview=request.preview)
        identity, outputs = await self.calls.change(
            request, given, marks(handler, given), lambda call: handler.create(call, given.properties)
        )
        return provider_pb2.CreateResponse(id=identity, properties=outputs)

    @answers
    async def Update(self, request: provider_pb2.UpdateRequest) -> provider_pb2.UpdateResponse:
        """Change in place."""
        handler = await self.calls.handler(request.urn)
        old, given = _old_inputs(request).properties, decode_settled(request.news, preview=request.preview)
        new = without_ignored(old, given.properties, [parse_path(text) for text in request.ignoreChanges])
        _, outputs = await self.calls.change(
            request, given, marks(handler, given), lambda call: handler.update(call, request.id, old, new)
        )
        return provider_pb2.UpdateResponse(properties=outputs)

    @answers
    async def Read(self, request: provider_pb2.ReadRequest) -> provider_pb2.ReadResponse:
        """Read for a refresh, where a missing object is told by an empty id, or for an import, where it is an error."""
        handler = await self.calls.handler(request.urn)
        inputs, outputs = decode(request.inputs), decode(request.properties)
        known = inputs.properties if request.HasField("inputs") else None
        secrets = marks(handler, inputs, outputs)
        try:
            snapshot = await self.calls.in_lane(request, lambda call: handler.read(call, request.id, known))
        except PartialFailure as failure:
            raise init_failed(failure.snapshot, failure.errors, secrets) from None
        if snapshot is not None:
            return provider_pb2.ReadResponse(
                id=snapshot.id, properties=encode(snapshot.outputs, secrets), inputs=encode(snapshot.inputs, secrets)
            )
        if not inputs.properties and not outputs.properties:
            raise _nothing_to_import(request)
        return provider_pb2.ReadResponse()

    @answers
    async def Delete(self, request: provider_pb2.DeleteRequest) -> Empty:
        """Take the object away."""
        handler = await self.calls.handler(request.urn)
        inputs = decode(request.old_inputs if request.HasField("old_inputs") else request.properties).properties
        await self.calls.in_lane(request, lambda call: handler.delete(call, request.id, inputs))
        return Empty()


def _old_inputs(request: provider_pb2.DiffRequest | provider_pb2.UpdateRequest) -> Decoded:
    """Return the inputs before; an engine too old to send them sends the outputs, which repeat them."""
    if request.HasField("old_inputs"):
        return decode(request.old_inputs)
    olds = decode(request.olds)
    return Decoded({key: value for key, value in olds.properties.items() if key in request.news.fields}, olds.secrets)


def _check_response(
    news: Struct, secrets: frozenset[str], check: Callable[[Properties], list[Problem]]
) -> provider_pb2.CheckResponse:
    """Echo the inputs as they were spelled, secrets marked, with a failure for each problem."""
    echoed = mark_secrets(news, secrets)
    try:
        problems = check(decode(news).properties)
    except RolloutError as error:  # an asset or an archive: the rest cannot be judged
        problems = [Problem(error.path, error)]
    return provider_pb2.CheckResponse(inputs=echoed, failures=[_failure(problem, echoed) for problem in problems])


def _failure(problem: Problem, echoed: Struct) -> provider_pb2.CheckFailure:
    """Return a problem for the engine, which prints the property's value beside it: so none for a secret."""
    top = str(parse_path(problem.path)[0]) if problem.path else ""
    is_secret = top in echoed.fields and is_marked(echoed.fields[top])
    return provider_pb2.CheckFailure(property="" if is_secret else problem.path, reason=str(problem.error))


def _nothing_to_import(request: provider_pb2.ReadRequest) -> RolloutError:
    fix = "correct the id, or leave the import out and let `up` create the object"
    return RolloutError("DB008", f"{kind_of(request.urn)} {request.id!r}", "there is nothing to import", fix=fix)
