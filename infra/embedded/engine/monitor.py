"""What the Pulumi SDK talks to: the resource monitor and the engine, as plain objects in this process."""

from dataclasses import replace
from typing import Any, Final

from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, resource_pb2

from infra.embedded.engine.engine_service import log_line
from infra.embedded.engine.events import EventLog
from infra.embedded.engine.goals import Goal, read_goal
from infra.embedded.engine.records import STACK_TYPE, Record
from infra.embedded.engine.registration import Registrar
from infra.embedded.engine.run import Run
from infra.embedded.engine.values import Properties, has_unknown
from infra.embedded.engine.wire import decode, encode
from infra.errors import RolloutError

#: Without output values inputs stay plain, and without alias specs the SDK turns aliases into URNs.
FEATURES: Final = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
)


class ProgramMonitor:
    """Answers the program's registrations; its methods are called from the SDK's threads, by their wire names."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._registrar = Registrar(run)

    def GetDeploymentInfo(self, _request: Any) -> resource_pb2.DeploymentInfo:  # noqa: N802
        """Say which of the SDK's features are supported."""
        project = self._run.project
        return resource_pb2.DeploymentInfo(
            project=project.name, stack=project.stack, dryRun=self._run.preview, supportedFeatures=FEATURES
        )

    def SupportsFeature(self, _request: Any) -> resource_pb2.SupportsFeatureResponse:  # noqa: N802
        """Say no: the SDK that asks one by one is older than what is supported."""
        return resource_pb2.SupportsFeatureResponse(hasSupport=False)

    def RegisterResource(self, request: Any) -> resource_pb2.RegisterResourceResponse:  # noqa: N802
        """Bring one resource to what the program wants; a failure is told in the result, and siblings go on."""
        if request.remote:
            raise _unsupported("components of other languages", request.name)
        goal = read_goal(self._run.project, request)
        record = self._registrar.register(goal)
        if record is None:
            return resource_pb2.RegisterResourceResponse(urn=goal.urn, result=resource_pb2.FAIL)
        outputs = encode(record.outputs) if record.custom else None
        return resource_pb2.RegisterResourceResponse(urn=goal.urn, id=record.id, object=outputs)

    def RegisterResourceOutputs(self, request: Any) -> empty_pb2.Empty:  # noqa: N802
        """Keep the outputs of a component or of the stack."""
        outputs = decode(request.outputs)
        run = self._run
        if (known := self._registrar.component(request.urn)) is not None:
            run.ledger.put(_with_outputs(known.record, outputs, preview=run.preview), known.key)
        run.events.hide(outputs.values())
        if f"::{STACK_TYPE}::" in request.urn:
            run.outputs.update(outputs)
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> resource_pb2.ResourceInvokeResponse:  # noqa: N802
        """Call a provider's function."""
        run = self._run
        goal = Goal("", request.tok, request.tok, custom=True, inputs={}, provider=request.provider)
        provider = run.registry.need(self._registrar.reference(goal))
        returned, failures = provider.invoke(request.tok, decode(request.args), preview=run.preview)
        problems = [provider_pb2.CheckFailure(property=item.property, reason=item.reason) for item in failures]
        response = resource_pb2.ResourceInvokeResponse(failures=problems)
        getattr(response, "return").CopyFrom(encode(returned))
        return response

    def ReadResource(self, request: Any) -> None:  # noqa: N802
        """Refuse: the program has no resource that it only reads."""
        raise _unsupported("resources that are read with `get`", request.name)

    def SignalAndWaitForShutdown(self, _request: Any) -> empty_pb2.Empty:  # noqa: N802
        """Let the program end: it offers the engine no callbacks."""
        return empty_pb2.Empty()


class ProgramEngine:
    """Takes the log lines of the program."""

    def __init__(self, events: EventLog) -> None:
        self._events = events

    def Log(self, request: Any) -> empty_pb2.Empty:  # noqa: N802
        """Pass a line on as an event."""
        log_line(self._events, request)
        return empty_pb2.Empty()

    def RequirePulumiVersion(self, _request: Any) -> empty_pb2.Empty:  # noqa: N802
        """Accept: the requirement is about Pulumi's CLI."""
        return empty_pb2.Empty()


def _with_outputs(record: Record, outputs: Properties, *, preview: bool) -> Record:
    """Return the record with its outputs; those that a failure has left unknown stay as they were."""
    known = {
        name: record.outputs.get(name) if has_unknown(value) and not preview else value
        for name, value in outputs.items()
    }
    return replace(record, outputs={name: value for name, value in known.items() if value is not None})


def _unsupported(what: str, name: str) -> RolloutError:
    return RolloutError("ENG001", name, f"the embedded engine does not support {what}", fix="use Pulumi's CLI")
