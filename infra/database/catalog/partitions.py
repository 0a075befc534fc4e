"""Reading the months of a divided table, and the timer that sees to them."""

from datetime import datetime

from infra.database.absences import relation_exists
from infra.database.session import Row, Session
from infra.ddl.partitions import MonthsState, Span
from infra.ddl.templates import catalog_query, render
from infra.models.metrics import Expired
from infra.models.partitions import Partitions
from infra.pipeline.names import ARCHIVE, PRIVATE
from infra.pipeline.timer import COMMAND, JOB, SCHEDULE


def read_months(session: Session, wanted: Partitions) -> MonthsState | None:
    """Return what stands of the months; None where there is no such table, or one that time does not divide."""
    row = session.one(catalog_query("partitions.sql"), {"schema": wanted.schema_name, "table": wanted.table})
    if row is None:
        return None
    return MonthsState(
        moment=row["moment"],
        leaves=tuple(map(Span, row["names"], row["starts"], row["ends"])),
        late=_late(session, row),
        proven=_proven(session, wanted),
        spare=row["spare"] or "",
        timer=_timer(session),
        parents=tuple(row["parents"]),
        open=tuple(leaf["leaf"] for leaf in read_open_leaves(session, [wanted.relation])),
    )


def read_open_leaves(session: Session, relations: list[str]) -> list[Row]:
    """Return the parts of these tables, archived months too, that can be reached by themselves, and by whom."""
    return session.query(catalog_query("open_leaves.sql"), {"relations": relations, "archive": ARCHIVE})


def archived_months(session: Session, months: Partitions) -> list[str]:
    """Return the months that retention has moved to the archive, as ``schema.name``."""
    rows = session.query(catalog_query("months_archived.sql"), {"archive": ARCHIVE, "table": months.table})
    return [row["leaf"] for row in rows]


def _late(session: Session, row: Row) -> tuple[datetime, ...]:
    if row["spare"] is None:
        return ()
    found = session.one(render("partitions.sql.j2", action="late", spare=row["spare"], key=row["key"]))
    return tuple(found["late"]) if found else ()


def _proven(session: Session, wanted: Partitions) -> datetime | None:
    """Return the moment of the youngest proven backup, where anything waits for one."""
    if wanted.expired is not Expired.DROP or not relation_exists(session, f"{PRIVATE}.rollout_ledger"):
        return None
    row = session.one(catalog_query("partitions_proven.sql"))
    return row["proven"] if row else None


def _timer(session: Session) -> bool | None:
    """Return whether pg_cron has our job as we want it; None where there is no pg_cron that we could ask."""
    timer = session.one(catalog_query("partitions_timer.sql"))
    if timer is None or not timer["usable"]:
        return None
    job = session.one(catalog_query("partitions_job.sql"), {"job": JOB})
    return job is not None and (job["schedule"], job["command"]) == (SCHEDULE, COMMAND)
