"""The tables and their indexes: how large, how much of it is dead, when they were vacuumed, how they are read."""

from collections.abc import Iterable, Iterator
from typing import Final

from infra.database.session import Row, Session
from infra.ddl.templates import catalog_query
from infra.preflight.report import Check, Outcome, joined, judged

TOPIC: Final = "tables"
#: In per cent of a table's rows, or of its pages; below so many rows or bytes it does not matter.
DEAD_WARNING: Final = 20
LEAST_DEAD: Final = 10_000
BLOAT_WARNING: Final = 50
LEAST_BLOAT: Final = 100 << 20
#: Rows that were changed since the last ANALYZE, in per cent.
CHANGED_WARNING: Final = 20
#: Transactions since rows were last frozen.
AGE_WARNING: Final = 1_000_000_000
#: A table of so many rows that is read from end to end so often lacks an index.
LARGE_ROWS: Final = 10_000
MANY_SCANS: Final = 100
#: Statistics of fewer seconds say nothing of what is never used: a month has every job in it.
USE_SECONDS: Final = 28 * 86_400
_MEGABYTE: Final = 1 << 20


def table_checks(session: Session, relations: Iterable[str], seconds: float | None) -> Iterator[Check]:
    """Yield how these tables fare; `seconds` is the age of the statistics, None where they never began anew."""
    places = {"relations": list(relations)}
    tables = session.query(catalog_query("doctor_tables.sql"), places)
    yield from judge_tables(tables)
    yield judge_unused(session.query(catalog_query("doctor_indexes.sql"), places), seconds)


def judge_tables(rows: list[Row]) -> Iterator[Check]:
    """Yield what is said of the tables, all of them a check."""
    largest = [f"{row['name']} {_megabytes(row['bytes'])}" for row in rows]
    yield Check(TOPIC, "sizes", Outcome.PASSED, joined(largest, "there are none"))
    vacuum = "VACUUM (ANALYZE) the tables named; see what keeps autovacuum from them (a long transaction, its settings)"
    yield _warned(
        "dead rows",
        (f"{row['name']} {_share(row['dead'], row['live'] + row['dead']):.0f} %" for row in rows if _is_dead(row)),
        f"{DEAD_WARNING} % at most",
        vacuum,
    )
    bloated = (f"{row['name']} {_megabytes(row['bloat'])} more than its rows need" for row in rows if _is_bloated(row))
    fix = "REINDEX … CONCURRENTLY its indexes; pg_repack where the platform has it: VACUUM FULL locks everybody out"
    yield _warned("bloat", bloated, f"{BLOAT_WARNING} % at most", fix)
    stale = (f"{row['name']} ({_when(row['analyzed'])})" for row in rows if _is_stale(row))
    yield _warned("planner's statistics", stale, "analyzed since the rows changed", "ANALYZE the tables named")
    old = (f"{row['name']} {row['age'] / 1e6:.0f} million" for row in rows if row["age"] > AGE_WARNING)
    yield _warned("age of the oldest row", old, f"{AGE_WARNING / 1e6:.0f} million transactions at most", vacuum)
    scanned = (f"{row['name']} {row['seq_scan']} times, {_each(row)} rows each" for row in rows if _is_scanned(row))
    fix = "see the slowest statements: a condition of theirs has no index, or a filter on the owner is missing"
    yield _warned("read from end to end", scanned, "by an index, where there are many rows", fix)


def judge_unused(rows: list[Row], seconds: float | None) -> Check:
    """Return which indexes nobody has used; of statistics that are too young nothing is said."""
    days = (seconds or 0.0) / 86_400
    if seconds is not None and seconds < USE_SECONDS:
        found = f"the statistics are {days:.0f} days old"
        return Check(TOPIC, "indexes that nobody uses", Outcome.SKIPPED, found, "28 days of statistics")
    unused = (
        f"{row['name']} {_megabytes(row['bytes'])}" for row in rows if not row["scans"] and row["rows"] >= LARGE_ROWS
    )
    fix = "see whether a standby uses them; then take them out of the definition, and `rollout preview`"
    return _warned("indexes that nobody uses", unused, "none on a table of many rows", fix)


def _warned(name: str, found: Iterable[str], wanted: str, fix: str) -> Check:
    texts = list(found)
    check = Check(TOPIC, name, Outcome.WARNED, joined(texts), wanted, fix)
    return judged(check, fine=not texts, otherwise=Outcome.WARNED)


def _is_dead(row: Row) -> bool:
    return row["dead"] >= LEAST_DEAD and _share(row["dead"], row["live"] + row["dead"]) > DEAD_WARNING


def _is_bloated(row: Row) -> bool:
    return row["bloat"] >= LEAST_BLOAT and _share(row["bloat"], row["bytes"]) > BLOAT_WARNING


def _is_stale(row: Row) -> bool:
    return row["changed"] >= LARGE_ROWS and _share(row["changed"], row["live"]) > CHANGED_WARNING


def _is_scanned(row: Row) -> bool:
    return row["live"] >= LARGE_ROWS and row["seq_scan"] >= MANY_SCANS and _each(row) >= LARGE_ROWS


def _each(row: Row) -> int:
    return int(row["seq_tup_read"] // row["seq_scan"]) if row["seq_scan"] else 0


def _share(part: float, whole: float) -> float:
    return 100 * part / whole if whole else 100.0


def _megabytes(size: int) -> str:
    return f"{size / _MEGABYTE:.1f} MB"


def _when(moment: object) -> str:
    return f"last {moment:%Y-%m-%d %H:%M}" if moment else "never analyzed"
