"""Exceptions as the engine is told of them: a code and a text for people, never a traceback, never a secret."""

import os
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from pulumi.runtime.proto import provider_pb2, status_pb2

from infra.errors import DEBUG_VARIABLE, RolloutError, RolloutErrors, redact

#: Mistakes of the program or the stack file; everything else is a state of the world that has to be mended.
_ARGUMENT_CODES: Final = ("CFG", "DEF", "SEC", "PRV001", "PRV002")
Metadata = tuple[tuple[str, bytes], ...]


class InitFailed(Exception):  # noqa: N818 - the protocol's name for it
    """The resource exists and is to be stored, with the reasons why it is not as it should be."""

    def __init__(self, detail: provider_pb2.ErrorResourceInitFailed) -> None:
        self.detail = detail
        super().__init__("\n".join(detail.reasons))


class Unimplemented(Exception):  # noqa: N818 - the status' name
    """A method that this provider has no use for."""


@dataclass(frozen=True)
class Refusal:
    """What a call is answered with instead of a result."""

    status: grpc.StatusCode
    text: str
    metadata: Metadata = ()


def explain(error: Exception, where: str, secrets: Iterable[str]) -> Refusal:
    """Return the answer for an exception; `where` is the resource, for errors that do not say."""
    secrets = tuple(secrets)
    text = redact(_text(error, where), *secrets)
    if isinstance(error, InitFailed):
        return Refusal(grpc.StatusCode.UNKNOWN, text, _details(error.detail, text, secrets))
    if isinstance(error, Unimplemented):
        return Refusal(grpc.StatusCode.UNIMPLEMENTED, text)
    if isinstance(error, RolloutError | RolloutErrors):
        return Refusal(_status(error), text)
    _keep_traceback(error, secrets)
    return Refusal(grpc.StatusCode.INTERNAL, text)


def _text(error: Exception, where: str) -> str:
    if isinstance(error, RolloutError | RolloutErrors | InitFailed | Unimplemented):
        return str(error)
    return str(_unexpected(error, where))


def _unexpected(error: Exception, where: str) -> RolloutError:
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    said = str(error).splitlines()[0] if str(error) else "no message"
    fix = f"report it; with {DEBUG_VARIABLE}=<file> set, the next run keeps the traceback there"
    return RolloutError("PRV003", where, f"{type(error).__name__}{place}: {said}", fix=fix)


def _status(error: RolloutError | RolloutErrors) -> grpc.StatusCode:
    errors = error.errors if isinstance(error, RolloutErrors) else (error,)
    if errors and all(one.code.startswith(_ARGUMENT_CODES) for one in errors):
        return grpc.StatusCode.INVALID_ARGUMENT
    return grpc.StatusCode.FAILED_PRECONDITION


def _details(detail: provider_pb2.ErrorResourceInitFailed, text: str, secrets: tuple[str, ...]) -> Metadata:
    reasons = [redact(reason, *secrets) for reason in detail.reasons]
    del detail.reasons[:]
    detail.reasons.extend(reasons)
    packed = AnyMessage()
    packed.Pack(detail)
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=text, details=[packed])
    return (("grpc-status-details-bin", status.SerializeToString()),)


def _keep_traceback(error: Exception, secrets: tuple[str, ...]) -> None:
    target = os.environ.get(DEBUG_VARIABLE)
    if not target:
        return
    text = redact("".join(traceback.format_exception(error)), *secrets)
    descriptor = os.open(target, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as log:
        log.write(text + "\n")
