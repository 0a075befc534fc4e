"""Going on after a lost connection: with a new one, from a new look at what stands."""

from collections.abc import Callable
from typing import Final, TypeVar

import psycopg

from infra.database.connecting import Tell
from infra.database.failures import ConnectionLost, is_lost, statement_error
from infra.database.workspace import Workspace

Result = TypeVar("Result")

#: A connection that is lost over and over is given up.
TIMES: Final = 5


def resuming(workspace: Callable[[], Workspace], work: Callable[[], Result], tell: Tell) -> Result:
    """Return what the work returns; when it loses its connection it is begun anew on another one.

    So the work must look before it acts: what it sent last may have happened or not.

    Raises:
        RolloutError: DB001 when there was no other connection within a minute; else whatever the work raises.
    """
    for _ in range(TIMES):
        try:
            return work()
        except ConnectionLost as lost:
            _again(workspace(), lost, tell)
        except psycopg.Error as error:
            if not is_lost(error):
                raise
            place = workspace()
            _again(place, statement_error(f"database {place.session.target.name}", error, place.session.target), tell)
    return work()


def _again(workspace: Workspace, lost: Exception, tell: Tell) -> None:
    if workspace.session.cancelled.is_set():
        raise lost
    tell(f"the connection was lost ({lost}): connecting again, to go on from what stands then")
    workspace.reconnect(tell)
