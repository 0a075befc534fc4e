"""Waiting for an index build that another session is still at, such as one that outlived a killed deploy."""

from collections.abc import Callable
from typing import Final

from infra.database.holders import describe_build
from infra.database.ladder import wait_until
from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError

WAIT_SECONDS: Final = 60 * 60.0


def wait_for_build(session: Session, identity: str, pid: int, log: Callable[[str], None]) -> None:
    """Wait until the build has ended, one way or the other.

    Raises:
        RolloutError: DB004 when it has not after an hour.
    """
    row = session.one(catalog_query("running_build.sql"), {"pid": pid})
    if row is None:
        return
    log(f"index {identity}: pid {pid} ({row['application_name']}) is building it ({describe_build(row)}): waiting")
    done = wait_until(
        lambda: session.one(catalog_query("running_build.sql"), {"pid": pid}) is None, session, WAIT_SECONDS
    )
    if not done:
        raise RolloutError(
            "DB004",
            f"index {identity}",
            f"pid {pid} ({row['login']}, {row['application_name']}) is still building it",
            fix="wait until it is done, then run the same command again",
        )
