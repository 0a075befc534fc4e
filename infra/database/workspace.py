"""What a deploy holds of a database: the session for DDL and queries, the lock's session, and the record."""

from contextlib import suppress

from infra.database.deploy_lock import take_deploy_lock
from infra.database.ladder import Log, run_plan
from infra.database.record import Record
from infra.database.session import Session, open_session
from infra.database.target import Target
from infra.ddl.statement import Plan


class Workspace:
    """Two connections at most: one that works, and from the first change on one that holds the deploy lock."""

    def __init__(self, session: Session, target: Target, application_name: str) -> None:
        self.session = session
        self.record = Record(session)
        self._target = target
        self._application_name = application_name
        self._lock: Session | None = None

    def change(self, plan: Plan, log: Log) -> None:
        """Run a plan as the only deploy of this database."""
        if plan:
            self.lock()
            run_plan(self.session, plan, log)

    def lock(self) -> None:
        """Take the deploy lock, once."""
        if self._lock is not None and not self._lock.connection.closed:
            return
        self._lock = open_session(self._target, application_name=f"{self._application_name} lock")
        try:
            take_deploy_lock(self._lock)
        except BaseException:
            self._lock.close()
            self._lock = None
            raise

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


def open_workspace(target: Target, *, application_name: str) -> Workspace:
    """Connect to the target; the deploy lock is taken by the first change."""
    return Workspace(open_session(target, application_name=application_name), target, application_name)
