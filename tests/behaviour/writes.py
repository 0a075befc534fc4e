"""The statements by which a creator's results are written: rows 4 to 8 of what the application does."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final, LiteralString

from infra.pipeline.names import SERVICE
from tests.behaviour.pipelines import Creator, Pipeline
from tests.cluster_state import Connection


@dataclass(frozen=True)
class Write:
    """A statement that writes a creator's results, and what it leaves behind."""

    name: str
    table: str
    text: LiteralString
    leaves: tuple[Any, ...]
    legacy: bool = True
    """Whether the creator's own session writes it under `access: legacy`."""


WRITES: Final = (
    Write(
        "row 4: progress",
        "creator_profiles",
        """UPDATE public.creator_profiles
              SET onboarding_stage = 'skill-assessment', cultural_alignment = 81, readiness_score = 64,
                  updated_at = '2020-01-01'
            WHERE id = %(profile)s RETURNING onboarding_stage, cultural_alignment, readiness_score""",
        ("skill-assessment", 81, 64),
    ),
    Write(
        "row 5: a session begins",
        "pipeline_sessions",
        """INSERT INTO public.pipeline_sessions (creator_profile_id, stage, started_at, feedback, next_steps)
           VALUES (%(profile)s, 'skill-assessment', now(), '{begun}', '{paint,rest}')
           RETURNING stage, feedback, next_steps, processing_time_ms""",
        ("skill-assessment", ["begun"], ["paint", "rest"], 0),
    ),
    Write(
        "row 5: a session ends",
        "pipeline_sessions",
        """UPDATE public.pipeline_sessions SET completed_at = '2030-01-01 00:00+00', feedback = '{done}'
            WHERE creator_profile_id = %(profile)s RETURNING completed_at, feedback""",
        (dt.datetime(2030, 1, 1, tzinfo=dt.UTC), ["done"]),
    ),
    Write(
        "row 6: a score",
        "assessment_scores",
        """INSERT INTO public.assessment_scores
             (creator_profile_id, dimension, score, max_score, evidence, assessor_type, growth_potential,
              collaboration_readiness)
           VALUES (%(profile)s, 'craft', 77, 100, '{"works": 3}', 'ai', 'high', 60)
           RETURNING dimension, score, evidence""",
        ("craft", 77, {"works": 3}),
    ),
    Write(
        "row 6: a mapping",
        "agent_potential_mappings",
        """INSERT INTO public.agent_potential_mappings
             (creator_profile_id, agent_role, confidence, cultural_fit, reasoning, training_path_suggestion,
              expected_growth_areas)
           VALUES (%(profile)s, 'audio-creation', 88, 70, '{ear}', 'listen', '{rhythm}')
           RETURNING agent_role, confidence, launch_readiness""",
        ("audio-creation", 88, 0),
    ),
    Write(
        "row 7: one metric",
        "pipeline_metrics",
        """INSERT INTO public.pipeline_metrics
             (creator_profile_id, metric_type, metric_name, metric_value, metric_unit, stage, recorded_at, metadata)
           VALUES (%(profile)s, 'performance', 'stage_start', 1, 'count', 'skill-assessment', now(), '{"by": "app"}')
           RETURNING metric_type, metric_name, metric_value, metric_unit""",
        ("performance", "stage_start", 1, "count"),
    ),
    Write(
        "row 7: many metrics",
        "pipeline_metrics",
        """WITH written AS (
             INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value)
             VALUES (%(profile)s, 'performance', 'stage_processing_time', 1250),
                    (%(profile)s, 'conversion', 'stage_completion', 1),
                    (%(profile)s, 'quality', 'cultural_alignment_score', 81),
                    (%(profile)s, 'quality', 'readiness_score', 64.5),
                    (%(profile)s, 'business', 'projected_monthly_revenue', 4200),
                    (%(profile)s, 'business', 'economic_validation_score', 71)
             RETURNING metric_unit)
           SELECT count(*), min(metric_unit) FROM written""",
        (6, "count"),
    ),
    Write(
        "row 8: economics",
        "creator_economics",
        """INSERT INTO public.creator_economics
             (creator_profile_id, revenue_model, projected_monthly_revenue, economic_validation_score)
           VALUES (%(profile)s, 'agent-originator', 4200, 71)
           RETURNING revenue_model, revenue_share_percentage, validated_by""",
        ("agent-originator", 25, "system"),
        legacy=False,
    ),
    Write(
        "row 8: economics corrected",
        "creator_economics",
        """UPDATE public.creator_economics SET revenue_share_percentage = 30
            WHERE creator_profile_id = %(profile)s RETURNING revenue_share_percentage""",
        (30,),
        legacy=False,
    ),
    Write(
        "row 8: economics withdrawn",
        "creator_economics",
        "DELETE FROM public.creator_economics WHERE creator_profile_id = %(profile)s RETURNING revenue_model",
        ("agent-originator",),
        legacy=False,
    ),
    Write(
        "row 8: a flag",
        "creator_feature_flags",
        """INSERT INTO public.creator_feature_flags (creator_profile_id, flag_name, flag_value, override_reason, set_by)
           VALUES (%(profile)s, 'CREATOR_AGENT_LAUNCH', true, 'a trial', %(staff)s) RETURNING flag_name, flag_value""",
        ("CREATOR_AGENT_LAUNCH", True),
        legacy=False,
    ),
    Write(
        "row 8: a flag turned",
        "creator_feature_flags",
        """UPDATE public.creator_feature_flags SET flag_value = false
            WHERE creator_profile_id = %(profile)s RETURNING flag_name, flag_value""",
        ("CREATOR_AGENT_LAUNCH", False),
        legacy=False,
    ),
    Write(
        "row 8: a flag taken back",
        "creator_feature_flags",
        "DELETE FROM public.creator_feature_flags WHERE creator_profile_id = %(profile)s RETURNING flag_name",
        ("CREATOR_AGENT_LAUNCH",),
        legacy=False,
    ),
)

#: What creators could say of themselves. Nothing is asked back: with RETURNING, the policy of reading would refuse too.
FORGERIES: Final[dict[str, LiteralString]] = {
    "alignment and readiness": (
        "UPDATE public.creator_profiles SET cultural_alignment = 100, readiness_score = 100 WHERE id = %(profile)s"
    ),
    "a stage": "UPDATE public.creator_profiles SET onboarding_stage = 'completed' WHERE id = %(profile)s",
    "a session": "INSERT INTO public.pipeline_sessions (creator_profile_id, stage) VALUES (%(profile)s, 'completed')",
    "a score": (
        "INSERT INTO public.assessment_scores (creator_profile_id, dimension, score) VALUES (%(profile)s, 'all', 100)"
    ),
    "a revenue share": (
        "INSERT INTO public.creator_economics (creator_profile_id, revenue_model, revenue_share_percentage)"
        " VALUES (%(profile)s, 'agent-originator', 100)"
    ),
    "a mapping": (
        "INSERT INTO public.agent_potential_mappings"
        " (creator_profile_id, agent_role, confidence, cultural_fit, training_path_suggestion)"
        " VALUES (%(profile)s, 'curation-assistant', 100, 100, 'none')"
    ),
    "a metric": (
        "INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value)"
        " VALUES (%(profile)s, 'quality', 'readiness_score', 100)"
    ),
}


def fill(pipeline: Pipeline, creator: Creator) -> None:
    """Have the service write a row into every table for the creator."""
    inserts = (write for write in WRITES if write.text.lstrip().startswith("INSERT"))
    with pipeline.acting(SERVICE) as session:
        for write in inserts:
            session.execute(write.text, creator.names)


def write_of(name: str) -> Write:
    """Return the write of this name."""
    return next(write for write in WRITES if write.name == name)


def last_row(session: Connection, write: Write, creator: Creator) -> tuple[Any, ...] | None:
    """Run a write for the creator and return the last row that it gives back."""
    rows = session.execute(write.text, creator.names).fetchall()
    return rows[-1] if rows else None
