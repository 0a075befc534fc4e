"""The rollup of metrics by month: rows are marked whatever their month, and so is a month that goes or comes back."""

import uuid
from pathlib import Path
from typing import Any, Final

import pytest
from psycopg import Connection

from infra.ddl.deploy import deploy_script
from tests.clusters import Database
from tests.ddl.scripts import run_script
from tests.ddl.test_months import BACK, BY_MONTH, MAKE, RETIRE

_REFRESH: Final = "SELECT pipeline_private.refresh_metrics_rollup(100)"
_BY_ROLLUP: Final = "SELECT coalesce(sum(number), 0)::int FROM pipeline_private.metrics_between(%s, %s, now())"
_BY_ROWS: Final = "SELECT count(*)::int FROM public.pipeline_metrics WHERE recorded_at >= %s"
_INSERT: Final = """
INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value, recorded_at)
SELECT %s, 'quality', 'stage_completion', 1, unnest(%s::timestamptz[])"""


def _counts(admin: Connection, since: str) -> tuple[Any, Any]:
    by_rollup = admin.execute(_BY_ROLLUP.encode(), [["stage_completion"], since]).fetchone()
    by_rows = admin.execute(_BY_ROWS.encode(), [since]).fetchone()
    assert by_rollup
    assert by_rows
    return by_rollup[0], by_rows[0]


@pytest.fixture
def admin_of_months(database18: Database, tmp_path: Path) -> Any:
    run_script(database18, deploy_script(BY_MONTH), tmp_path)
    with database18.connect(user="admin") as admin:
        yield admin


def test_months_go_and_come_back_with_their_hours(admin_of_months: Connection, database18: Database) -> None:
    """At each moment the rollup counts what the table holds, before a refresh and after."""
    admin, old, late = admin_of_months, "2020-05-05 10:30Z", "2020-05-05 11:30Z"
    profile = database18.sign_up(f"{uuid.uuid4()}@example.com")
    admin.execute("SET session_replication_role = replica")
    admin.execute("INSERT INTO public.creator_profiles (id, user_id) VALUES (%s, %s)", [profile, profile])
    admin.execute("SET session_replication_role = origin")
    admin.execute(_INSERT.encode(), [profile, [old, late, "yesterday"]])
    admin.execute(MAKE.encode(), ["2020-05-05"])
    steps: tuple[tuple[str, list[object], int], ...] = (
        ("DELETE FROM public.pipeline_metrics WHERE recorded_at = %s", [late], 2),
        (RETIRE, ["2026-01-01", 12, "archive"], 1),
        (BACK, ["2020-05-01"], 2),
        ("DELETE FROM public.creator_profiles WHERE id = %s", [profile], 0),
    )
    admin.execute(_REFRESH.encode())
    assert _counts(admin, "2020-01-01") == (3, 3)
    for step, values, left in steps:
        admin.execute(step.encode(), values)
        assert _counts(admin, "2020-01-01") == (left, left), step
        admin.execute(_REFRESH.encode())
        assert _counts(admin, "2020-01-01") == (left, left), step
