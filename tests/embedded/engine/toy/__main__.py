"""A provider for the tests: each object is a JSON file in a folder, each call a line in a log.

Inputs steer it: `replaceBy` is replaced when it changes, `fail` fails that operation, `initErrors` makes it half-made,
`secretOut` is returned as a secret output, `slow` waits that many seconds or until it is cancelled.
"""
# ruff: noqa: N802, ARG002 - the wire's own names and arguments

import json
import os
import threading
import time
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import any_pb2, empty_pb2, struct_pb2
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, plugin_pb2, provider_pb2_grpc, status_pb2
from pulumi.runtime.proto import provider_pb2 as pb

#: A protobuf message, or a JSON value of one.
Message = Any

SECRET = "1b47061264138c4ac30d75fd1eb44270"
SIGNATURE = "4dabf18193072939515e22adb298388d"


def plain(value: Message) -> Message:
    if isinstance(value, dict):
        return plain(value["value"]) if value.get(SIGNATURE) == SECRET else {k: plain(v) for k, v in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def read_struct(struct: Message) -> dict[str, Message]:
    found: dict[str, Message] = MessageToDict(struct)
    return found


def struct(value: Message) -> struct_pb2.Struct:
    result = struct_pb2.Struct()
    result.update(value)
    return result


class Toy(provider_pb2_grpc.ResourceProviderServicer):
    def __init__(self) -> None:
        self.engine: Message = None
        self.cancelled = threading.Event()
        self.lock = threading.Lock()
        self.config: dict[str, Message] = {}

    def log(self, *words: object) -> None:
        with self.lock, (self.folder / "calls.log").open("a") as log:
            log.write(" ".join(map(str, words)) + "\n")

    @property
    def folder(self) -> Path:
        return Path(self.config["folder"])

    def path(self, identity: str) -> Path:
        return self.folder / f"{identity}.json"

    def GetPluginInfo(self, request: Message, context: Message) -> Message:
        return plugin_pb2.PluginInfo(version="")

    def Handshake(self, request: Message, context: Message) -> Message:
        self.engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(request.engine_address))
        return pb.ProviderHandshakeResponse(accept_secrets=True)

    def CheckConfig(self, request: Message, context: Message) -> Message:
        return pb.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Message, context: Message) -> Message:
        old, new = plain(read_struct(request.old_inputs)), plain(read_struct(request.news))
        replaces = ["folder"] if old.get("folder") != new.get("folder") else []
        changes = pb.DiffResponse.DIFF_SOME if old != new else pb.DiffResponse.DIFF_NONE
        return pb.DiffResponse(changes=changes, replaces=replaces)

    def Configure(self, request: Message, context: Message) -> Message:
        self.config = plain(read_struct(request.args))
        return pb.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    def Check(self, request: Message, context: Message) -> Message:
        news = read_struct(request.news)
        failures = [pb.CheckFailure(property="refuse", reason=str(r)) for r in plain(news.get("refuse", []))]
        return pb.CheckResponse(inputs=struct(news), failures=failures)

    def Diff(self, request: Message, context: Message) -> Message:
        self.log("diff", request.name)
        old, new = plain(read_struct(request.old_inputs)), plain(read_struct(request.news))
        detailed = {}
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key) and key not in request.ignoreChanges:
                kind = pb.PropertyDiff.UPDATE_REPLACE if key == "replaceBy" else pb.PropertyDiff.UPDATE
                detailed[key] = pb.PropertyDiff(kind=kind, inputDiff=True)
        changes = pb.DiffResponse.DIFF_SOME if detailed else pb.DiffResponse.DIFF_NONE
        first = bool(new.get("deleteFirst"))
        return pb.DiffResponse(
            changes=changes,
            detailedDiff=detailed,
            hasDetailedDiff=True,
            diffs=list(detailed),
            deleteBeforeReplace=first,
        )

    def Create(self, request: Message, context: Message) -> Message:
        inputs = read_struct(request.properties)
        values = plain(inputs)
        if request.preview:
            return pb.CreateResponse(properties=struct(inputs))
        self.engine.Log(
            engine_pb2.LogRequest(
                severity=engine_pb2.INFO, message=f"making with {values.get('secret')}", urn=request.urn
            )
        )
        if values.get("fail") == "create":
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"TOY001 cannot make it with {values.get('secret')}")
        self.wait(values, context)
        identity = values.get("id") or f"{request.name}-{time.monotonic_ns()}"
        self.log("create", request.name, identity)
        return self.finish(context, identity, inputs, pb.CreateResponse)

    def Update(self, request: Message, context: Message) -> Message:
        inputs = read_struct(request.news)
        if request.preview:
            return pb.UpdateResponse(properties=struct(inputs))
        if plain(inputs).get("fail") == "update":
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "TOY002 cannot change it")
        self.log("update", request.name)
        return self.finish(context, request.id, inputs, pb.UpdateResponse)

    def Read(self, request: Message, context: Message) -> Message:
        self.log("read", request.id)
        path = self.path(request.id)
        if not path.exists():
            return pb.ReadResponse()
        values = json.loads(path.read_text())
        known = read_struct(request.inputs)
        inputs = {k: known[k] if k in known and plain(known[k]) == v else v for k, v in values.items()}
        return pb.ReadResponse(
            id=request.id, inputs=struct(inputs), properties=struct(self.outputs(request.id, inputs))
        )

    def Delete(self, request: Message, context: Message) -> Message:
        if plain(read_struct(request.properties)).get("fail") == "delete":
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "TOY003 cannot delete it")
        self.log("delete", request.name, request.id)
        self.path(request.id).unlink(missing_ok=True)
        return empty_pb2.Empty()

    def Cancel(self, request: Message, context: Message) -> Message:
        self.cancelled.set()
        return empty_pb2.Empty()

    def Invoke(self, request: Message, context: Message) -> Message:
        response = pb.InvokeResponse()
        getattr(response, "return").update({"echo": read_struct(request.args)})
        return response

    def wait(self, values: Message, context: Message) -> None:
        if values.get("slow"):
            (self.folder / "waiting").touch()
        if values.get("slow") and self.cancelled.wait(values["slow"]):
            context.abort(grpc.StatusCode.CANCELLED, "TOY004 cancelled")

    def outputs(self, identity: str, inputs: Message) -> dict[str, Message]:
        outputs = {**inputs, "made": f"made-{identity}"}
        if "secretOut" in plain(inputs):
            outputs["secretOut"] = plain(inputs)["secretOut"]
        return outputs

    def finish(self, context: Message, identity: str, inputs: Message, response: Message) -> Message:
        values = plain(inputs)
        self.path(identity).write_text(json.dumps(values))
        properties = struct(self.outputs(identity, inputs))
        if values.get("initErrors"):
            failed = pb.ErrorResourceInitFailed(id=identity, properties=properties, reasons=values["initErrors"])
            detail = any_pb2.Any()
            detail.Pack(failed)
            status = status_pb2.Status(code=2, message="half made", details=[detail])
            context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
            context.abort(grpc.StatusCode.UNKNOWN, "half made")
        if response is pb.CreateResponse:
            return response(id=identity, properties=properties)
        return response(properties=properties)


def main() -> None:
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Toy(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)  # noqa: T201 - the plugin's handshake
    parent = os.getppid()
    while os.getppid() == parent:  # a plugin must not outlive an engine that was killed
        server.wait_for_termination(timeout=0.5)


if __name__ == "__main__":
    main()
