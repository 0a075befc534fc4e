"""The policies of before looked at whole tables; those that were deployed look up the caller's rows."""

import re
import uuid
from typing import Final

import pytest
from psycopg import sql

from infra.pipeline.tables import CREATOR_TABLES
from tests.behaviour.crowds import fill, newest_user
from tests.behaviour.pipelines import Creator, Pair, Pipeline

CREATORS: Final = 2000
ROWS_EACH: Final = 10


@pytest.fixture(scope="module")
def crowded(pair: Pair) -> Pair:
    """Both databases with many creators, and what the planner knows of them."""
    for pipeline in (pair.before, pair.after):
        fill(pipeline, CREATORS, ROWS_EACH)
    return pair


def plan_of(pipeline: Pipeline, relation: str) -> tuple[str, int]:
    """Return the plan by which a creator reads all that a relation shows, run, and the blocks that it touched."""
    creator = Creator(newest_user(pipeline), uuid.UUID(int=0), uuid.UUID(int=0))
    statement = sql.SQL("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF, COSTS OFF) SELECT * FROM {}")
    with pipeline.creator(creator) as session:
        lines = session.execute(statement.format(sql.Identifier("public", relation))).fetchall()
    text = "\n".join(line for (line,) in lines)
    blocks = re.search(r"Buffers: shared (?:hit=(\d+))?(?: ?read=(\d+))?", text)
    assert blocks is not None, text
    return text, sum(int(number or 0) for number in blocks.groups())


@pytest.mark.parametrize("name", [table.name for table in CREATOR_TABLES])
def test_policies_scan_whole_tables(crowded: Pair, name: str) -> None:
    """One's own ten of 20,000 rows were found by looking at all of them."""
    text, blocks = plan_of(crowded.before, name)
    assert f"Seq Scan on {name}" in text
    assert "Rows Removed by Filter" in text
    after, few = plan_of(crowded.after, name)
    assert "Seq Scan" not in after, after
    assert "InitPlan" in after
    assert (
        f"Scan using {name}_creator_profile_id" in after or f"Bitmap Index Scan on {name}_creator_profile_id" in after
    )
    assert few < 30 < blocks


def test_the_overview_of_one_creator_scans_nothing(crowded: Pair) -> None:
    """Reading the overview, a creator costs as many index reads as there are parts in it."""
    text, blocks = plan_of(crowded.after, "creator_pipeline_overview")
    assert "Seq Scan" not in text, text
    assert blocks < 100 < plan_of(crowded.before, "creator_pipeline_overview")[1]


def test_a_profile_is_found_by_its_user(crowded: Pair) -> None:
    """The call in the policy is made once, and the index of users serves it."""
    text, blocks = plan_of(crowded.after, "creator_profiles")
    assert "creator_profiles_user_id_key" in text
    assert blocks < 20
