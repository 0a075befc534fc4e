"""The one serial lane for whatever touches the database, so that the event loop stays free to cancel."""

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from infra.errors import RolloutError
from infra.provider.configuration import Configuration

if TYPE_CHECKING:  # psycopg and pydantic are loaded by the first connection, not by every start
    from infra.database.target import Target

Result = TypeVar("Result")
Work = Callable[[], Any]

#: How long a cancelled statement may take to end before its caller is answered without it, in seconds.
CANCEL_GRACE_SECONDS: Final = 4.5
CANCEL_AGAIN_SECONDS: Final = 1.0
#: PostgreSQL cuts longer names.
NAME_BYTES: Final = 63


class LaneSession(Protocol):
    """What the lane itself asks of a database session; handlers see the session as it is."""

    def cancel(self) -> None:
        """End the running statement; called from another thread."""

    def renew(self) -> None:
        """Forget what was read, and look at the server again: another run begins on the same connection."""

    def close(self) -> None:
        """Close the connection."""


class Opener(Protocol):
    """Opens a session, as `infra.database.workspace.open_workspace` does."""

    def __call__(self, target: "Target", *, application_name: str) -> Any:
        """Connect to the target."""


class DatabaseUnknown(RolloutError):  # noqa: N818 - a state of affairs that previews expect
    """The provider's settings are not known yet: a preview goes on without comparing."""


def _database_unknown() -> DatabaseUnknown:
    fix = "run `up`: they are known once the resources that they come from exist"
    return DatabaseUnknown("PRV002", "provider", "the database's settings are not known yet", fix=fix)


def cancelled_error() -> RolloutError:
    """Return the error of an operation that was ended by a cancel."""
    return RolloutError(
        "PRV004", "", "the operation was cancelled", fix="run the same command again: it takes up there"
    )


def open_database(target: "Target", *, application_name: str) -> Any:
    """Connect to PostgreSQL; on RDS, AWS is asked whether the database is about to be switched."""
    from infra.database.workspace import open_workspace  # noqa: PLC0415 - see above
    from infra.provider.switching import switch_warnings  # noqa: PLC0415 - see above

    warnings = switch_warnings(target.host)
    workspace = open_workspace(target, application_name=application_name)
    workspace.warnings += warnings
    return workspace


def session_name(stack: str) -> str:
    """Return the application name for a stack, cut to what PostgreSQL keeps."""
    return f"rollout {stack}".encode()[:NAME_BYTES].decode(errors="ignore")


class Lane:
    """Runs work one by one in a thread of its own and keeps that thread's database session."""

    def __init__(self, opener: Opener = open_database) -> None:
        self._opener = opener
        self._configuration: Configuration | None = None
        self._session: LaneSession | None = None
        self._cancelled = threading.Event()
        self._waiting: set[Future[Any]] = set()
        self._work: queue.SimpleQueue[tuple[Work, Future[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="rollout lane", daemon=True)
        self._thread.start()

    @property
    def is_cancelled(self) -> bool:
        """Whether everything from now on is refused."""
        return self._cancelled.is_set()

    @property
    def password(self) -> str:
        """The login's password, for taking it out of texts."""
        target = self._configuration.target if self._configuration else None
        return (target.password or "") if target else ""

    @property
    def review(self) -> str:
        """What the settings say of approvals."""
        return self._configuration.review if self._configuration else ""

    async def configure(self, configuration: Configuration) -> None:
        """Begin a run with these settings; a session to another place is closed, one to the same place is renewed."""
        await self.run(lambda: self._begin(configuration))

    def _begin(self, configuration: Configuration) -> None:
        if configuration != self._configuration or not self._renewed():
            self._close_session()
        self._configuration = configuration

    def _renewed(self) -> bool:
        """Whether the session serves another run; where it does not, the first use of a new one says why."""
        try:
            if self._session is not None:
                self._session.renew()
        except Exception:  # noqa: BLE001 - see above
            return False
        return True

    def database(self, stack: str) -> Any:
        """Return the session, connecting on first use. Only for work that runs in the lane.

        Raises:
            DatabaseUnknown: A setting of the provider is not known yet.
            RolloutError: PRV002 without settings, PRV004 after a cancel, DB001 or DB002 from connecting.
        """
        if self._cancelled.is_set():
            raise cancelled_error()
        if self._configuration is None:
            raise RolloutError(
                "PRV002", "provider", "has no settings", fix="pass host, port, database, user and password"
            )
        if self._configuration.target is None:
            raise _database_unknown()
        if self._session is None:
            name = self._configuration.application_name or session_name(stack)
            self._session = self._opener(self._configuration.target, application_name=name)
            if self._cancelled.is_set():  # it came while we connected, and found no session to cancel
                raise cancelled_error()
        return self._session

    async def run(self, work: Callable[[], Result]) -> Result:
        """Run the work after everything that was asked for before, and return what it returns."""
        if self._cancelled.is_set():
            raise cancelled_error()
        future: Future[Result] = Future()
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        self._work.put((work, future))
        return await asyncio.wrap_future(future)

    def _serve(self) -> None:
        while (job := self._work.get()) is not None:
            self._do(*job)
        self._close_session()

    def _do(self, work: Work, future: "Future[Any]") -> None:
        if future.done() or not future.set_running_or_notify_cancel():
            return
        try:
            if self._cancelled.is_set():
                raise cancelled_error()  # noqa: TRY301 - goes where the work's own errors go
            result = work()
        except BaseException as error:  # noqa: BLE001 - the caller gets it
            with suppress(InvalidStateError):
                future.set_exception(error)
        else:
            with suppress(InvalidStateError):
                future.set_result(result)

    async def cancel(self) -> None:
        """End the running statement and refuse what waits; every caller is answered within five seconds."""
        self.interrupt()
        answers = [asyncio.wrap_future(future) for future in tuple(self._waiting)]
        deadline = time.monotonic() + CANCEL_GRACE_SECONDS
        while answers and (left := deadline - time.monotonic()) > 0:
            _, pending = await asyncio.wait(answers, timeout=min(left, CANCEL_AGAIN_SECONDS))
            if not pending:
                break
            self.interrupt()  # work that was between two statements has begun another
        for future in tuple(self._waiting):
            with suppress(InvalidStateError):
                future.set_exception(cancelled_error())
        await asyncio.gather(*answers, return_exceptions=True)

    def interrupt(self) -> threading.Thread:
        """Begin to cancel, without waiting, from any thread; return the thread that tells the server."""
        self._cancelled.set()
        teller = threading.Thread(target=self._tell, name="rollout cancel", daemon=True)
        teller.start()
        return teller

    def _tell(self) -> None:
        session = self._session
        if session is not None and self._waiting:
            with suppress(Exception):  # the connection may be gone, which ends the statement as well
                session.cancel()

    def _close_session(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with suppress(Exception):  # nothing is left to do with it
                session.close()

    async def close(self, patience: float = 2.0) -> None:
        """Close the session after the work that was asked for; wait for that at most so many seconds."""
        self._work.put(None)
        await asyncio.to_thread(self._thread.join, patience)
