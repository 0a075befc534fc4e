"""The status function and the overview show what the caller may see, in the shape that the application expects."""

import datetime as dt
from typing import Final

import pytest
from psycopg.rows import dict_row

from infra.pipeline.names import CREATOR, MONITOR, SERVICES
from infra.pipeline.tables.creator_profiles import CREATOR_PROFILES
from tests.behaviour.pipelines import NO_GRANT, Creator, Pipeline
from tests.behaviour.rows import OVERVIEW_COLUMNS, status

OVERVIEW: Final = "SELECT * FROM public.creator_pipeline_overview"
RESULTS: Final = (
    (
        "INSERT INTO public.assessment_scores (creator_profile_id, dimension, score) VALUES"
        " (%(profile)s, 'craft', 80), (%(profile)s, 'voice', 61), (%(profile)s, 'craft', 90)"
    ),
    (
        "INSERT INTO public.pipeline_sessions (creator_profile_id, stage, started_at) VALUES"
        " (%(profile)s, 'portfolio-submission', '2024-01-01'), (%(profile)s, 'skill-assessment', '2024-03-01 12:00Z'),"
        " (%(profile)s, 'completed', NULL)"
    ),
    (
        "INSERT INTO public.agent_potential_mappings"
        " (creator_profile_id, agent_role, confidence, cultural_fit, training_path_suggestion)"
        " VALUES (%(profile)s, 'audio-creation', 40, 1, 'a'), (%(profile)s, 'image-generation', 95, 1, 'b'),"
        " (%(profile)s, 'curation-assistant', 70, 1, 'c')"
    ),
)


@pytest.fixture
def assessed(pipeline: Pipeline, creator: Creator) -> Creator:
    """A creator with scores, sessions and mappings."""
    with pipeline.acting(SERVICES[1]) as session:
        for statement in RESULTS:
            session.execute(statement, creator.names)
    return creator


@pytest.mark.parametrize("role", [CREATOR, *SERVICES])
def test_status(pipeline: Pipeline, assessed: Creator, role: str) -> None:
    """All of it, to the creator and the services alike: the latest session, the summary, the best match first."""
    with pipeline.acting(role, assessed.user) as session:
        found = status(session, assessed.profile)
    assert list(found) == ["profile", "latest_session", "assessment_summary", "agent_mappings"]
    assert list(found["profile"])[: len(CREATOR_PROFILES.columns)] == [c.name for c in CREATOR_PROFILES.columns]
    assert found["profile"]["user_id"] == str(assessed.user)
    assert found["latest_session"]["stage"] == "skill-assessment"
    summary = found["assessment_summary"]
    assert list(summary) == ["count", "average_score", "dimensions"]
    assert (summary["count"], summary["average_score"]) == (3, 77)
    assert sorted((item["dimension"], item["score"]) for item in summary["dimensions"]) == [
        ("craft", 80),
        ("craft", 90),
        ("voice", 61),
    ]
    assert [item["confidence"] for item in found["agent_mappings"]] == [95, 70, 40]


def test_status_of_a_profile_without_results(pipeline: Pipeline, creator: Creator) -> None:
    """Nothing yet is nothing, not an error: lists are empty, the rest is null."""
    with pipeline.creator(creator) as session:
        found = status(session, creator.profile)
    assert found["profile"]["id"] == str(creator.profile)
    assert found["latest_session"] is None
    assert found["assessment_summary"] == {"count": 0, "average_score": None, "dimensions": []}
    assert found["agent_mappings"] == []


def test_status_of_somebody_else(pipeline: Pipeline, assessed: Creator, creator: Creator) -> None:
    """For another creator's profile, as for one that there is not, the answer is null."""
    other = pipeline.sign_up()
    with pipeline.creator(other) as session:
        assert status(session, assessed.profile) is None
        assert status(session, creator.user) is None
    with pipeline.refused(NO_GRANT), pipeline.acting(MONITOR) as session:
        status(session, assessed.profile)


@pytest.mark.parametrize("role", [CREATOR, MONITOR, *SERVICES])
def test_overview(pipeline: Pipeline, assessed: Creator, newcomer: Creator, role: str) -> None:
    """One row a profile, with the columns that the application reads; the creator has one, the others have all."""
    with pipeline.acting(role, assessed.user) as session, pipeline.admin() as admin:
        rows = session.cursor(row_factory=dict_row).execute(OVERVIEW).fetchall()
        profiles = admin.execute("SELECT id FROM public.creator_profiles").fetchall()
    assert len(rows) == (1 if role == CREATOR else len(profiles)) == len({row["id"] for row in rows})
    row = next(row for row in rows if row["id"] == assessed.profile)
    assert list(row) == OVERVIEW_COLUMNS
    assert row["latest_session_stage"] == "skill-assessment"
    assert row["latest_session_date"] == dt.datetime(2024, 3, 1, 12, tzinfo=dt.UTC)
    assert (row["assessment_count"], row["average_assessment_score"]) == (3, 77)
    assert (row["agent_mappings_count"], row["best_agent_match_confidence"]) == (3, 95)
    if len(rows) > 1:
        empty = next(row for row in rows if row["id"] == newcomer.profile)
        assert (empty["assessment_count"], empty["average_assessment_score"]) == (0, None)
        assert empty["agent_mappings_count"] == 0


@pytest.fixture(autouse=True)
def newcomer(pipeline: Pipeline) -> Creator:
    """Somebody without results."""
    return pipeline.sign_up()
