"""Going on after a lost connection, and refusing to replace what somebody else has made meanwhile."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from infra.database.resuming import resuming
from infra.database.workspace import Workspace
from infra.errors import RolloutError
from infra.provider.handler import Call

Result = TypeVar("Result")


def resume(call: Call, work: Callable[[], Result]) -> Result:
    """Do the work, on a new connection from the start when one is lost: it looks at what stands before it acts."""
    return resuming(call.database, work, lambda text: call.log("warning", text))


def require_ours(workspace: Workspace, subject: str, *, present: bool, differs: Iterable[str]) -> None:
    """Refuse to replace an object that was not there when the work began and is there now, and another one.

    When a connection is lost, the statement that would have made it has either happened or not: then it is either the
    one that was wanted or absent.

    Raises:
        RolloutError: ADOPT001.
    """
    if not workspace.resumed:
        workspace.absent = "" if present else subject
    elif present and subject == workspace.absent and (properties := ", ".join(differs)):
        raise RolloutError(
            "ADOPT001",
            subject,
            f"somebody else made it while the connection was lost, and it differs in: {properties}",
            fix="look at what stands there; to replace it, run the same command again",
        )
