"""Seeing to the months of a stack's metrics."""

from datetime import date
from typing import Final

from infra.cli.output import Output
from infra.cli.rollback_connection import find_place, find_target
from infra.database.catalog.partitions import archived_months, read_months
from infra.database.insisting import insist
from infra.database.session import Session, open_session
from infra.ddl.partitions import MonthsState, ahead_of
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError
from infra.models.metrics import MOST_AHEAD
from infra.pipeline.partitions import METRICS_MONTHS

_NAME: Final = "rollout months"


def show_months(stack: str, output: Output) -> int:
    """Say what stands of the months. Nothing is changed.

    Raises:
        RolloutError: DB008 where the metrics are one table.
    """
    with _session(stack) as session:
        state, archived = _standing(session), archived_months(session, METRICS_MONTHS)
        ahead = ahead_of(state, MOST_AHEAD)
    leaves = [span.name for span in state.leaves]
    late = [f"{month:%Y-%m}" for month in sorted(state.late)]
    output.line(f"{len(leaves)} months, {ahead} of them ahead: {', '.join(leaves)}")
    output.line(f"in the default leaf: {', '.join(late) or 'nothing'}")
    output.line(f"in the archive: {', '.join(archived) or 'nothing'}")
    output.document({"ok": True, "months": leaves, "ahead": ahead, "late": late, "archived": archived})
    return 0


def keep_months(stack: str, output: Output) -> int:
    """Make what is missing and take away what has expired.

    Raises:
        RolloutError: DB008 where the metrics are one table, DB004 where others stay in the way.
    """
    with _session(stack) as session:
        _standing(session)
        rows = insist(session, "the months", lambda: session.execute(catalog_query("months_keep.sql")))
    done = [row["leaf"] for row in rows]
    output.line(f"made or taken away: {', '.join(done) or 'nothing'}")
    output.document({"ok": True, "changed": done})
    return 0


def return_month(stack: str, month: str, output: Output) -> int:
    """Bring an archived month back.

    Raises:
        RolloutError: CLI001 for what is no month, or none that is in the archive.
    """
    first = _first_of(month)
    leaf = f"{METRICS_MONTHS.table}_p{first:%Y%m%d}"
    with _session(stack) as session:
        _standing(session)
        archived = archived_months(session, METRICS_MONTHS)
        if not any(name.endswith(f".{leaf}") for name in archived):
            allowed = ", ".join(archived) or "nothing is there"
            raise RolloutError("CLI001", month, "it is not in the archive", allowed=allowed, fix="name one of these")
        query, values = catalog_query("months_return.sql"), {"month": first}
        insist(session, "the months", lambda: session.execute(query, values))
    output.line(f"{leaf} is back in its place")
    output.document({"ok": True, "returned": leaf})
    return 0


def _session(stack: str) -> Session:
    return open_session(find_target(find_place(stack)), application_name=_NAME)


def _standing(session: Session) -> MonthsState:
    state = read_months(session, METRICS_MONTHS)
    if state is None:
        raise RolloutError(
            "DB008",
            f"table {METRICS_MONTHS.relation}",
            "it is one table, or not there",
            fix="say `metrics: {partitioned: true}` in the stack file, and `up`",
        )
    return state


def _first_of(month: str) -> date:
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError:
        raise RolloutError("CLI001", month[:20], "it is no month", allowed="such as 2026-01", fix="write one") from None
