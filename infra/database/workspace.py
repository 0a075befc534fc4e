"""What a deploy holds of a database: the session for DDL and queries, the lock's session, and the record."""

import time
from contextlib import suppress
from typing import Final

from infra.database.connecting import Tell, connect_patiently, quiet, reconnect
from infra.database.deploy_lock import WAIT_SECONDS, replace_worker, take_deploy_lock
from infra.database.identity import require_identity
from infra.database.ladder import Log, run_plan
from infra.database.obstacles import Obstacles
from infra.database.preflight import read_cluster
from infra.database.record import Record
from infra.database.server import check_server, require_writable
from infra.database.session import Session, open_session
from infra.database.target import Target
from infra.ddl.statement import Plan
from infra.models.approval import Placed

#: A server that ends the lock's session says so; that it is gone without a word is looked for this often.
ASK_SECONDS: Final = 1.0


class Workspace:
    """Two connections at most: one that works, and from the first change on one that holds the deploy lock."""

    def __init__(
        self, session: Session, target: Target, application_name: str, lock_seconds: float = WAIT_SECONDS
    ) -> None:
        self.session = session
        self._target = target
        self._application_name = application_name
        self._patience = lock_seconds
        self._lock: Session | None = None
        self._asked = 0.0
        self._begin()

    def _begin(self) -> None:
        self.record = Record(self.session)
        self._lock_seconds = self._patience
        self._cluster = ""
        self._stack = ""
        self._obstacles = Obstacles()
        self.absent = ""
        """The object that was not there when the work at it began."""
        self.resumed = False
        """Whether the work at it was begun anew, after a lost connection."""
        self.approved: list[Placed] = []
        """Approvals that were made use of, until there is a ledger to keep them."""
        self.warnings = check_server(self.session)
        """What to tell once, before the first change."""

    def renew(self) -> None:
        """Begin another run on this connection: nothing that was read for the one before counts.

        Raises:
            RolloutErrors: as `check_server` does.
        """
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        self._begin()

    @property
    def cluster(self) -> str:
        """What tells this database from every other."""
        self._cluster = self._cluster or read_cluster(self.session)
        return self._cluster

    def require_stack(self, stack: str) -> None:
        """Refuse a database that the ledger says is another stack's; it is asked once.

        Raises:
            RolloutError: DB010.
        """
        if stack != self._stack:
            require_identity(self.session, stack, self.cluster)
            self._stack = stack

    def change(self, plan: Plan, log: Log, tell: Tell = quiet) -> None:
        """Run a plan as the only deploy of this database; `tell` is told of waits, as often as they are long."""
        if plan:
            self.lock(tell)
            run_plan(self.session, plan, log, tell=tell, observer=self._lock, obstacles=self._obstacles)

    def lock(self, tell: Log = lambda _text: None) -> bool:
        """Take the deploy lock unless it is held; return whether it was taken only now.

        What was read before may have been changed by whoever held it until then. `tell` is told for whom we wait.
        """
        if self._lock is not None:
            if self._holds(self._lock):
                return False
            self._lock.close()
        self._lock = self._open_lock()
        try:
            worker = self.session.connection.info.backend_pid
            take_deploy_lock(self._lock, self._lock_seconds, worker=worker, tell=tell)
        except BaseException:
            self._lock.close()
            self._lock = None
            self._lock_seconds = 0.0  # a deploy as a whole waits that long, not each of its objects
            raise
        self.record.reread()
        return True

    def _holds(self, lock: Session) -> bool:
        """Whether the lock's session lives: a deploy of many objects asks for the lock twice for each."""
        now = time.monotonic()
        if now - self._asked < ASK_SECONDS and not lock.has_news():
            return True
        self._asked = now
        return lock.is_alive()

    def reconnect(self, tell: Tell = quiet) -> None:
        """Take a new session in the place of one that was lost. Whatever was read through that one is read again."""
        former = self.session.pid
        self.session = reconnect(self.session, self._open, tell)
        self.record = Record(self.session)
        self._cluster = self._stack = ""  # it may lead elsewhere by now
        if self._lock is not None and self._lock.is_alive():
            replace_worker(self._lock, former, self.session.pid)
        elif self._lock is not None:
            self._lock.close()
            self._lock = None

    def _open(self) -> Session:
        session = open_session(self._target, application_name=self._application_name)
        try:
            require_writable(session)  # what answers now may be a standby that has taken the address over
        except BaseException:
            session.close()
            raise
        return session

    def _open_lock(self) -> Session:
        name = f"{self._application_name} lock"
        return connect_patiently(
            lambda: open_session(self._target, application_name=name),
            stop=self.session.cancelled,
            observer=self.session,
        )

    def cancel(self) -> None:
        """End what runs, and every wait. Safe from any thread."""
        if self._lock is not None:
            with suppress(Exception):  # the session below is the one that works: it must be told in any case
                self._lock.cancel()
        self.session.cancel()

    def close(self) -> None:
        """Give everything back."""
        if self._lock is not None:
            self._lock.close()
        self.session.close()


def open_workspace(target: Target, *, application_name: str, lock_seconds: float = WAIT_SECONDS) -> Workspace:
    """Connect to the target; the deploy lock is taken by the first change, within `lock_seconds`."""
    session = connect_patiently(lambda: open_session(target, application_name=application_name))
    try:
        return Workspace(session, target, application_name, lock_seconds)
    except BaseException:
        session.close()
        raise
