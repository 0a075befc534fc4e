"""What a provider plugin answers over gRPC, as the engine has it."""

from typing import Any, Final

import grpc
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import status_pb2

from infra.embedded.engine.provider import Change, Changes, Checked, CheckFailure, Diff
from infra.embedded.engine.wire import decode

_CHANGE_KINDS: Final = ("add", "add-replace", "delete", "delete-replace", "update", "update-replace")
_DETAILS: Final = "grpc-status-details-bin"


def is_cancelled(error: grpc.RpcError) -> bool:
    """Whether a call was ended by a cancel."""
    return bool(error.code() is grpc.StatusCode.CANCELLED)


def checked_of(response: Any) -> Checked:
    """Return what Check says."""
    failures = tuple(CheckFailure(failure.property, failure.reason) for failure in response.failures)
    return Checked(decode(response.inputs), failures)


def diff_of(response: Any) -> Diff:
    """Return what Diff and DiffConfig say."""
    detailed = {
        path: Change(_CHANGE_KINDS[entry.kind], entry.inputDiff) for path, entry in response.detailedDiff.items()
    }
    return Diff(
        changes=Changes(response.changes),
        replaces=tuple(response.replaces),
        changed=tuple(response.diffs),
        detailed=detailed if response.hasDetailedDiff else None,
        delete_before_replace=response.deleteBeforeReplace,
    )


def partial_of(error: grpc.RpcError) -> pb.ErrorResourceInitFailed | None:
    """Return the object that was made although its initialization failed, when the error says so."""
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS:
            status = status_pb2.Status.FromString(value)
            for detail in status.details:
                failed = pb.ErrorResourceInitFailed()
                if detail.Unpack(failed):
                    return failed
    return None
