"""What the application does to the database: nine rows of statements, each as the role that does it."""

import json
from collections.abc import Callable
from typing import Any, Final, LiteralString

from psycopg import sql
from psycopg.rows import dict_row

from infra.models.access import Access
from infra.pipeline.names import CREATOR, MONITOR, SERVICES
from infra.pipeline.tables import TABLES
from tests.behaviour.pipelines import NO_GRANT, NO_POLICY, SIGN_UP, Creator, Pipeline
from tests.behaviour.writes import WRITES, fill, last_row
from tests.cluster_state import Connection

#: The overview's columns, in the order in which it always had them.
OVERVIEW_COLUMNS: Final = [
    "id",
    "user_id",
    "creative_role",
    "onboarding_stage",
    "cultural_alignment",
    "readiness_score",
    "created_at",
    "updated_at",
    "last_activity_at",
    "latest_session_stage",
    "latest_session_date",
    "assessment_count",
    "average_assessment_score",
    "agent_mappings_count",
    "best_agent_match_confidence",
]


#: Row 9, over all profiles: what the monitoring page asks.
MONITORING: Final[tuple[LiteralString, ...]] = (
    "SELECT onboarding_stage, count(*) FROM public.creator_profiles GROUP BY onboarding_stage",
    "SELECT count(*), avg(cultural_alignment), avg(readiness_score) FROM public.creator_profiles",
    "SELECT count(*) FROM public.creator_profiles WHERE last_activity_at > now() - interval '24 hours'",
    """SELECT metric_type, metric_name, avg(metric_value), percentile_cont(0.95) WITHIN GROUP (ORDER BY metric_value)
         FROM public.pipeline_metrics
        WHERE metric_name IN ('stage_completion', 'stage_processing_time', 'projected_monthly_revenue',
                              'economic_validation_score', 'cultural_alignment_score', 'readiness_score')
          AND recorded_at > now() - %(window)s::interval
        GROUP BY metric_type, metric_name""",
    """SELECT stage, count(*), count(completed_at), count(*) FILTER (WHERE error_logs <> '{}')
         FROM public.pipeline_sessions WHERE started_at > now() - %(window)s::interval GROUP BY stage""",
    """SELECT revenue_model, count(*), avg(economic_validation_score), sum(projected_monthly_revenue)
         FROM public.creator_economics WHERE created_at > now() - %(window)s::interval GROUP BY revenue_model""",
)


def reads_own_rows(pipeline: Pipeline, creator: Creator) -> None:
    """Row 1: the creator sees the whole of every own row, by either key, and not one of anybody else's."""
    fill(pipeline, creator)
    with pipeline.admin() as admin, pipeline.creator(creator) as session:
        for key, value in (("id", creator.profile), ("user_id", creator.user)):
            expected = _rows(admin, "creator_profiles", key, value)
            assert _rows(session, "creator_profiles", key, value) == expected
            assert len(expected) == 1
        for table in (item.name for item in TABLES):
            key = "id" if table == "creator_profiles" else "creator_profile_id"
            expected = _rows(admin, table, key, creator.profile)
            assert expected
            assert _rows(session, table) == _rows(session, table, key, creator.profile) == expected


def signs_up(pipeline: Pipeline, creator: Creator) -> None:
    """Row 2: a user without a profile makes one that says nothing of results, and gets it back whole."""
    del creator
    user = pipeline.database.sign_up(f"sign-up-{pipeline.database.name}@example.org")
    for column, value in (("readiness_score", 100), ("cultural_alignment", 1), ("onboarding_stage", "completed")):
        with pipeline.refused(NO_POLICY), pipeline.acting(CREATOR, user) as session:
            statement = "INSERT INTO public.creator_profiles (user_id, {}) VALUES (%s, %s) RETURNING *"
            session.execute(sql.SQL(statement).format(sql.Identifier(column)), [user, value])
    with pipeline.acting(CREATOR, user) as session:
        made = session.cursor(row_factory=dict_row).execute(SIGN_UP, {"user": user}).fetchone()
    assert made is not None
    assert list(made)[: len(TABLES[0].columns)] == [column.name for column in TABLES[0].columns]
    said = (made["user_id"], made["creative_role"], made["referral_source"], made["pipeline_version"])
    assert said == (user, "writer", "a friend", "1.0")
    with pipeline.refused(("23505", "duplicate key")), pipeline.acting(CREATOR, user) as session:
        session.execute(SIGN_UP, {"user": user})


def changes_answers(pipeline: Pipeline, creator: Creator) -> None:
    """Row 3: the creator changes the answers; the time that is sent along is overruled by the server's."""
    with pipeline.creator(creator) as session:
        changed = session.execute(
            "UPDATE public.creator_profiles SET creative_role = 'musician', ai_experience_level = 'advanced',"
            " community_interest = 9, preferred_learning_style = 'self-directed', referral_source = 'a sign',"
            " cultural_motivation = 'songs', collaboration_experience = 'choir', updated_at = '2020-01-01'"
            " WHERE user_id = %(user)s RETURNING creative_role, collaboration_experience, updated_at = now()",
            creator.names,
        ).fetchall()
    assert changed == [("musician", "choir", True)]


def writes_results(pipeline: Pipeline, creator: Creator) -> None:
    """Rows 4 to 8: the services write the results; the creator's own session only under legacy, and 4 to 7 alone."""
    for role in SERVICES:
        for write in WRITES:
            with pipeline.acting(role) as session:
                assert last_row(session, write, creator) == write.leaves, write.name
    for write in WRITES:
        if write.legacy and pipeline.access is Access.LEGACY:
            with pipeline.creator(creator) as session:
                assert last_row(session, write, creator) == write.leaves, write.name
        else:
            with pipeline.refused(NO_GRANT), pipeline.creator(creator) as session:
                session.execute(write.text, creator.names)


def is_monitored(pipeline: Pipeline, creator: Creator) -> None:
    """Row 9: the monitor counts over all creators, as many as there are, and reads none of their words."""
    fill(pipeline, creator)
    for statement in MONITORING:
        for window in ("1 hour", "24 hours", "7 days", "30 days"):
            with pipeline.acting(MONITOR) as session, pipeline.admin() as admin:
                found = session.execute(statement, {"window": window}).fetchall()
                assert sorted(found) == sorted(admin.execute(statement, {"window": window}).fetchall())
                assert found
    for words in ("cultural_motivation FROM public.creator_profiles", "feedback FROM public.pipeline_sessions"):
        with pipeline.refused(NO_GRANT), pipeline.acting(MONITOR) as session:
            session.execute(sql.SQL("SELECT " + words))


Row = Callable[[Pipeline, Creator], None]
ROWS: Final[tuple[Row, ...]] = (reads_own_rows, signs_up, changes_answers, writes_results, is_monitored)


def status(session: Connection, profile: object) -> Any:
    """Return what the status function says of a profile."""
    row = session.execute("SELECT public.get_creator_pipeline_status(%s)::text", [profile]).fetchone()
    assert row is not None
    return None if row[0] is None else json.loads(row[0])


def _rows(session: Connection, table: str, key: str = "", value: object = None) -> list[tuple[Any, ...]]:
    query = (
        sql.SQL("SELECT * FROM {} WHERE {} = %s ORDER BY id").format(
            sql.Identifier("public", table), sql.Identifier(key)
        )
        if key
        else sql.SQL("SELECT * FROM {} ORDER BY id").format(sql.Identifier("public", table))
    )
    return session.execute(query, [value] if key else None).fetchall()
