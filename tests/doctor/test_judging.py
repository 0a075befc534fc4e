"""What the figures come to: each check on either side of its limit."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from infra.ddl.partitions import MonthsState
from infra.doctor.months import judge_months
from infra.doctor.pipeline import judge_stages
from infra.doctor.queries import judge_plan
from infra.doctor.server import judge_server, judge_sessions
from infra.doctor.tables import USE_SECONDS, judge_tables, judge_unused
from infra.preflight.report import Check, Outcome
from tests.ddl.test_partitions import moment, month

PASSED, WARNED, FAILED, SKIPPED = Outcome.PASSED, Outcome.WARNED, Outcome.FAILED, Outcome.SKIPPED
SERVER: dict[str, Any] = {
    "stats_reset": None,
    "seconds": None,
    "blks_hit": 999_000,
    "blks_read": 1_000,
    "temp_bytes": 0,
    "deadlocks": 0,
    "used": 80,
    "room": 100,
    "logged_from": 1.0,
}
SESSION: dict[str, Any] = {
    "pid": 7,
    "login": "app",
    "application_name": "web",
    "state": "active",
    "wait_event_type": None,
    "seconds": 61.4,
    "blockers": [],
}
TABLE: dict[str, Any] = {
    "name": "public.notes",
    "bytes": 400 << 20,
    "live": 1_000_000,
    "dead": 0,
    "changed": 0,
    "vacuumed": None,
    "analyzed": None,
    "seq_scan": 0,
    "seq_tup_read": 0,
    "idx_scan": 1,
    "age": 100,
    "bloat": 0,
}
INDEX: dict[str, Any] = {"name": "notes_idx", "relation": "public.notes", "bytes": 1, "scans": 0, "rows": 10_000}
STAGE: dict[str, Any] = {
    "stage": "skill-assessment",
    "completion": 90.0,
    "completions": 20,
    "alignment": 80.0,
    "alignments": 20,
    "errors": 0.5,
    "sessions": 20,
}


def only(checks: list[Check], name: str) -> Check:
    """Return the check of this name; all others have passed."""
    assert {check.outcome for check in checks if check.name != name} <= {PASSED}
    return next(check for check in checks if check.name == name)


def plan(milliseconds: float = 1.0, node: str = "Index Scan", rows: int = 0, removed: int = 0) -> dict[str, Any]:
    scan = {
        "Node Type": node,
        "Relation Name": "notes",
        "Actual Rows": rows,
        "Actual Loops": 1,
        "Rows Removed by Filter": removed,
    }
    return {"Planning Time": 0.0, "Execution Time": milliseconds, "Plan": {"Node Type": "Limit", "Plans": [scan]}}


@pytest.mark.parametrize(
    ("name", "changes", "outcome"),
    [
        ("connections", {"used": 80}, PASSED),
        ("connections", {"used": 81}, WARNED),
        ("connections", {"used": 96}, FAILED),
        ("cache", {"blks_read": 20_000}, WARNED),
        ("cache", {"blks_hit": 0, "blks_read": 99_999}, PASSED),
        ("cache", {"blks_hit": 0, "blks_read": 0}, PASSED),
        ("sorts on disk", {"temp_bytes": 1 << 30}, PASSED),
        ("sorts on disk", {"temp_bytes": (1 << 30) + 1}, WARNED),
        ("deadlocks", {"deadlocks": 1}, WARNED),
        ("slow query log", {"logged_from": -1.0}, WARNED),
        ("slow query log", {"logged_from": 0.0}, PASSED),
    ],
)
def test_the_servers_statistics(name: str, changes: dict[str, Any], outcome: Outcome) -> None:
    check = only(list(judge_server(SERVER | changes)), name)
    assert check.outcome is outcome
    assert bool(check.fix) is (outcome is not PASSED)


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("long statements", {}, "pid 7 (app, web, active) for 61 s"),
        ("idle transactions", {"state": "idle in transaction"}, "pid 7 (app, web, idle in transaction) for 61 s"),
        ("blocked sessions", {"blockers": [8, 9]}, "pid 7 waits for pid 8, pid 9"),
    ],
)
def test_sessions_that_are_at_it_for_long(name: str, changes: dict[str, Any], words: str) -> None:
    assert {check.outcome for check in judge_sessions([])} == {PASSED}
    check = only(list(judge_sessions([SESSION | changes])), name)
    assert (check.outcome, check.found) == (WARNED, words)


@pytest.mark.parametrize(
    ("name", "changes", "outcome"),
    [
        ("dead rows", {"live": 40_000, "dead": 10_000}, PASSED),
        ("dead rows", {"live": 39_000, "dead": 10_000}, WARNED),
        ("dead rows", {"live": 0, "dead": 9_999}, PASSED),
        ("bloat", {"bloat": 200 << 20}, PASSED),
        ("bloat", {"bloat": 201 << 20}, WARNED),
        ("bloat", {"bytes": 120 << 20, "bloat": 99 << 20}, PASSED),
        ("planner's statistics", {"changed": 200_000}, PASSED),
        ("planner's statistics", {"changed": 200_001}, WARNED),
        ("age of the oldest row", {"age": 1_000_000_001}, WARNED),
        ("read from end to end", {"seq_scan": 100, "seq_tup_read": 1_000_000}, WARNED),
        ("read from end to end", {"seq_scan": 99, "seq_tup_read": 1_000_000}, PASSED),
        ("read from end to end", {"seq_scan": 200, "seq_tup_read": 1_000_000}, PASSED),
    ],
)
def test_tables(name: str, changes: dict[str, Any], outcome: Outcome) -> None:
    check = only(list(judge_tables([TABLE | changes])), name)
    assert check.outcome is outcome
    assert ("public.notes" in check.found) is (outcome is not PASSED)


def test_an_index_is_unused_when_there_was_time_to_use_it() -> None:
    assert judge_unused([INDEX], None).outcome is WARNED
    assert judge_unused([INDEX], USE_SECONDS).outcome is WARNED
    assert judge_unused([INDEX], USE_SECONDS - 1.0).outcome is SKIPPED
    assert judge_unused([INDEX | {"scans": 1}, INDEX | {"rows": 9_999}], None).outcome is PASSED


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (plan(99.9), PASSED),
        (plan(100.0), WARNED),
        (plan(node="Seq Scan", rows=9_999), PASSED),
        (plan(node="Seq Scan", removed=10_000), WARNED),
        (plan(node="Index Scan", removed=10_000), PASSED),
    ],
)
def test_the_overviews_plan(found: dict[str, Any], outcome: Outcome) -> None:
    assert judge_plan(found).outcome is outcome


@pytest.mark.parametrize(
    ("name", "changes", "outcome"),
    [
        ("completion by stage", {"completion": 70.0}, PASSED),
        ("completion by stage", {"completion": 69.9}, WARNED),
        ("completion by stage", {"completion": 49.9}, FAILED),
        ("completion by stage", {"completion": 0.0, "completions": 19}, SKIPPED),
        ("errors by stage", {"errors": 2.0}, PASSED),
        ("errors by stage", {"errors": 2.1}, WARNED),
        ("errors by stage", {"errors": 5.1}, FAILED),
        ("alignment by stage", {"alignment": 60.0}, PASSED),
        ("alignment by stage", {"alignment": 59.9}, WARNED),
        ("alignment by stage", {"alignment": 39.9}, FAILED),
        ("alignment by stage", {"alignment": None, "alignments": 0}, SKIPPED),
    ],
)
def test_stages_against_the_guides_limits(name: str, changes: dict[str, Any], outcome: Outcome) -> None:
    check = only(list(judge_stages([STAGE | changes])), name)
    assert check.outcome is outcome
    assert ("skill-assessment" in check.found) is (outcome in {WARNED, FAILED})


def test_months_that_are_late() -> None:
    """With none ahead, rows of the next month pile up where no month is; rows that are there already are a warning."""
    now = moment("2026-11-27T12:00:00")
    state = MonthsState(now, leaves=(month(2026, 11), month(2026, 12)))
    assert [check.outcome for check in judge_months(state)] == [PASSED, PASSED]
    (ahead, spare) = judge_months(replace(state, leaves=state.leaves[:1], late=(datetime(2026, 12, 1),)))  # noqa: DTZ001
    assert (ahead.outcome, ahead.found) == (FAILED, "0 stand after the current one")
    assert (spare.outcome, spare.found) == (WARNED, "2026-12")
