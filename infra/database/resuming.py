"""Going on after a lost connection: with a new one, from a new look at what stands."""

from collections.abc import Callable
from typing import Final, TypeVar

import psycopg

from infra.database.connecting import Tell
from infra.database.failures import ConnectionLost, cancelled_error, is_lost, statement_error
from infra.database.workspace import Workspace
from infra.errors import RolloutError

Result = TypeVar("Result")

#: A connection that is lost over and over is given up.
TIMES: Final = 5


def resuming(workspace: Callable[[], Workspace], work: Callable[[], Result], tell: Tell) -> Result:
    """Return what the work returns; when it loses its connection it is begun anew on another one.

    So the work must look before it acts: what it sent last may have happened or not.

    Raises:
        RolloutError: DB001 when there was no other connection within a minute; else whatever the work raises.
    """
    try:
        return work()
    except (ConnectionLost, psycopg.Error) as error:
        lost = _lost(workspace(), error)
    place = workspace()
    place.resumed = True
    try:
        return _again(place, work, lost, tell)
    finally:
        place.resumed = False


def _again(workspace: Workspace, work: Callable[[], Result], lost: RolloutError, tell: Tell) -> Result:
    for _ in range(TIMES):
        if workspace.session.cancelled.is_set():
            raise cancelled_error()
        tell(f"{lost.problem}: connecting again, to go on from what stands then")
        workspace.reconnect(tell)
        try:
            return work()
        except (ConnectionLost, psycopg.Error) as error:
            lost = _lost(workspace, error)
    raise lost


def _lost(workspace: Workspace, error: ConnectionLost | psycopg.Error) -> RolloutError:
    """Return the loss as an error for people; any other error is raised as it is."""
    if isinstance(error, ConnectionLost):
        return error
    if not is_lost(error):
        raise error
    target = workspace.session.target
    return statement_error(f"database {target.name}", error, target)
