"""Rows in all seven tables, with values other than the defaults, and checksums that see every column of every row."""

import uuid
from typing import Final

from psycopg import sql

from infra.pipeline.tables import TABLES
from tests.cluster_state import Connection
from tests.clusters import Database

NAMES: Final = tuple(table.name for table in TABLES)

_PROFILE: Final = """
    INSERT INTO public.creator_profiles
      (user_id, creative_role, onboarding_stage, cultural_alignment, readiness_score, ai_experience_level,
       community_interest, preferred_learning_style, referral_source, cultural_motivation, collaboration_experience,
       pipeline_version, last_activity_at, metrics, created_at, updated_at)
    VALUES (%s, 'musician', 'skill-assessment', 71, 64, 'advanced', 88, 'peer-learning', 'a friend''s \\ word',
            'Träume — 夢', 'choir', '2.1', '2024-02-29 12:34:56.789012+02', '{"plays": [1, 2, {"é": null}]}',
            '2023-01-02 03:04:05+00', '2023-06-07 08:09:10+00')
    RETURNING id
"""
_ROWS: Final = (
    """
    INSERT INTO public.assessment_scores
      (creator_profile_id, dimension, score, max_score, evidence, assessed_at, assessor_type, cultural_notes,
       growth_potential, collaboration_readiness, assessment_version, confidence_score, created_at)
    SELECT %(profile)s, 'dimension ' || n, n %% 101, 120, '{"n": "x"}', '2024-03-01'::timestamptz + n * interval '1 h',
           'peer', E'two\nlines', 'high', 10, '3', 55, '2024-01-01'
      FROM generate_series(1, 40) AS n
    """,
    """
    INSERT INTO public.pipeline_sessions
      (creator_profile_id, stage, started_at, completed_at, feedback, next_steps, cultural_mentor_notes, session_data,
       processing_time_ms, success_metrics, error_logs, created_at, updated_at)
    VALUES (%(profile)s, 'skill-assessment', '2024-01-01', '2024-01-02', '{"good, \\"very\\"",NULL}', '{rest}', '',
            '[1]', 1234, '{"a": 1.50}', '{"e": "boom"}', '2024-01-01', '2024-01-03'),
           (%(profile)s, 'completed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
    """,
    """
    INSERT INTO public.agent_potential_mappings
      (creator_profile_id, agent_role, confidence, cultural_fit, reasoning, training_path_suggestion,
       expected_growth_areas, market_analysis, economic_viability, launch_readiness, recommendation_rank)
    VALUES (%(profile)s, 'audio-creation', 91, 82, '{because}', 'listen', '{rhythm}', '{"m": 1}', '{"v": 2}', 33, 2)
    """,
    """
    INSERT INTO public.creator_economics
      (creator_profile_id, revenue_model, projected_monthly_revenue, revenue_share_percentage,
       economic_validation_score, market_demand_score, competitive_advantage_score, contract_terms, validation_date,
       validated_by)
    VALUES (%(profile)s, 'creator-mentor', 4200, 33.33, 61, 62, 63, '{"t": true}', '2024-05-05', 'Ada')
    """,
    """
    INSERT INTO public.pipeline_metrics
      (creator_profile_id, metric_type, metric_name, metric_value, metric_unit, stage, recorded_at, metadata)
    SELECT %(profile)s, 'quality', 'readiness_score', n * 1.25, 'points', 'completed',
           '2024-04-01'::timestamptz + n * interval '1 min', NULL
      FROM generate_series(1, 60) AS n
    """,
    """
    INSERT INTO public.creator_feature_flags
      (creator_profile_id, flag_name, flag_value, override_reason, set_by, expires_at)
    VALUES (%(profile)s, 'CREATOR_AGENT_LAUNCH', true, 'a trial', %(staff)s, '2030-01-01')
    """,
)


def seed(database: Database, creators: int = 3) -> list[uuid.UUID]:
    """Add creators with rows in every table, and one of the staff, who set their flags; return the creators' ids."""
    staff = database.sign_up("staff@example.org")
    users = [database.sign_up(f"creator{number}@example.org") for number in range(creators)]
    with database.connect(user="admin") as connection:
        # These creators are there already, whatever the phase says of new ones.
        connection.execute("SET session_replication_role = replica")
        for user in users:
            row = connection.execute(_PROFILE, [user]).fetchone()
            assert row is not None
            for statement in _ROWS:
                connection.execute(statement, {"profile": row[0], "staff": staff})
    return users


def checksums(connection: Connection, schema: str = "public") -> dict[str, tuple[int, str]]:
    """Return the number of rows and a digest over every value of every row, for each table."""
    return {name: _checksum(connection, schema, name) for name in NAMES}


def _checksum(connection: Connection, schema: str, name: str) -> tuple[int, str]:
    query = sql.SQL("SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t.id)) FROM {} AS t")
    row = connection.execute(query.format(sql.Identifier(schema, name))).fetchone()
    assert row is not None
    return row[0], row[1]
