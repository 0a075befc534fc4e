"""What the monitor measures on a real database, as the monitor's role: each figure against rows that are known."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

import pytest

from infra.database.session import Session, open_session
from infra.models.alarm import MetricName
from infra.models.gate import GateSettings
from infra.monitoring.groups import LIMITS, Measures
from infra.monitoring.recent import KEPT
from infra.monitoring.samples import Sample
from infra.pipeline.names import MONITOR
from infra.pipeline.triggers_for_rollback import PROBES
from tests.clusters import Database
from tests.phases.rollouts import Stage, staged

CREATORS: Final = """
    WITH people AS (
      INSERT INTO auth.users (id, email) SELECT gen_random_uuid(), gen_random_uuid() || '@example.org'
        FROM generate_series(1, 10) RETURNING id)
    INSERT INTO public.creator_profiles (user_id, onboarding_stage, cultural_alignment, created_at)
    SELECT id, CASE WHEN n <= 4 THEN 'completed' ELSE 'skill-assessment' END, 10 * n - 5, now() - interval '2 days'
      FROM (SELECT id, row_number() OVER () AS n FROM people) AS p
"""
METRICS: Final = """
    INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value, stage, recorded_at)
    SELECT p.id, 'performance', m.name, m.value, m.stage, now() - m.ago
      FROM (SELECT id FROM public.creator_profiles LIMIT 1) AS p,
           (SELECT 'stage_completion', CASE WHEN n <= 30 THEN 1 ELSE 0 END, 'skill-assessment', interval '10 minutes'
              FROM generate_series(1, 40) AS n
             UNION ALL
            SELECT 'stage_completion', 0, 'skill-assessment', interval '2 hours' FROM generate_series(1, 40)
             UNION ALL
            SELECT 'stage_processing_time', 100 * n, 'skill-assessment', interval '5 minutes'
              FROM generate_series(1, 100) AS n
             UNION ALL
            SELECT 'cultural_alignment_score', 50 + n, NULL, n * interval '1 minute' FROM generate_series(1, 39) AS n
             UNION ALL
            SELECT 'stage_start', 1, 'completed', n * interval '20 seconds' FROM generate_series(1, 7) AS n
             UNION ALL
            SELECT 'cultural_alignment_score', v, NULL, interval '3 hours' FROM unnest('{NaN,101,-1}'::numeric[]) AS v
           ) AS m (name, value, stage, ago)
"""
SESSIONS: Final = """
    INSERT INTO public.pipeline_sessions (creator_profile_id, stage, error_logs, started_at)
    SELECT p.id, CASE WHEN n <= 30 THEN 'completed' ELSE 'skill-assessment' END,
           CASE WHEN n <= 3 THEN '{"e": 1}' ELSE '{}' END::jsonb, now() - interval '1 minute'
      FROM (SELECT id FROM public.creator_profiles LIMIT 1) AS p, generate_series(1, 40) AS n
"""
ECONOMICS: Final = """
    INSERT INTO public.creator_economics
      (creator_profile_id, revenue_model, projected_monthly_revenue, economic_validation_score)
    SELECT id, 'ongoing-trainer', 1000, CASE WHEN n <= 3 THEN 60 ELSE 50 END
      FROM (SELECT id, row_number() OVER () AS n FROM public.creator_profiles LIMIT 4) AS p
"""
#: Stamped before the last look, and committed after it.
LATE: Final = """
    INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value, stage, recorded_at)
    SELECT id, 'performance', 'stage_start', 1, 'completed', now() - interval '90 seconds'
      FROM public.creator_profiles LIMIT 1
"""
LEDGER: Final = """
    INSERT INTO pipeline_private.rollout_ledger (event, actor, details, recorded_at)
    VALUES ('backup', 'tests', '{"verified": true}', now() - interval '3 hours'),
           ('backup', 'tests', '{"verified": false}', now() - interval '1 hour')
"""


@contextmanager
def filled(database: Database) -> Iterator[Stage]:
    """Yield a pipeline in phase 3, with rows that are known."""
    with staged(database, 3) as made:
        with made.database.connect(user="admin") as connection:
            # Who may sign up in which phase is not what is looked at here.
            for statement in ("SET session_replication_role = replica", CREATORS, METRICS, SESSIONS, ECONOMICS, LEDGER):
                connection.execute(statement)
        yield made


def opened(stage: Stage) -> Session:
    session = open_session(stage.database.deployer, application_name="test")
    session.configure(LIMITS | {"role": MONITOR})
    return session


def measured(session: Session, measures: Measures) -> dict[str, list[Sample]]:
    return {group.name: list(group.measure(session)) for group in measures.groups()}


def values(found: dict[str, list[Sample]]) -> dict[tuple[MetricName, str], float]:
    return {(one.metric, one.label): one.value for samples in found.values() for one in samples}


def test_every_figure_is_what_the_rows_say(database18: Database) -> None:
    """All of it as the monitor's role, under its limits."""
    with filled(database18) as stage:
        check_figures(stage)


@pytest.mark.full
def test_every_figure_is_what_the_rows_say_on_the_oldest_server(database15: Database) -> None:
    with filled(database15) as stage:
        check_figures(stage)


def check_figures(stage: Stage) -> None:
    stage.admit(stage.user(), "beta")
    with opened(stage) as session:
        measures = Measures(GateSettings())
        for _ in range(500):  # the week is read in pieces, which are short where the machine is busy
            measures.recent.measure(session)
            if measures.recent.over("stage_completion", KEPT) is not None:
                break
        for _ in range(PROBES):
            found = values(measured(session, measures))
        with stage.database.connect(user="admin") as connection:
            connection.execute(LATE)
        again = values(measured(session, measures))
    name = MetricName
    assert found[name.PHASE, ""] == 3
    assert found[name.LATCHED, ""] == 0
    assert found[name.FLAG, "CREATOR_AGENT_ECONOMICS"] == 1
    assert found[name.FLAG, "CREATOR_AGENT_LAUNCH"] == 0
    assert found[name.COHORT_MEMBERS, "beta"] == 1
    assert found[name.BACKUP_AGE, ""] == pytest.approx(3600, abs=600)
    assert found[name.RESTORE_AGE, ""] == pytest.approx(3 * 3600, abs=600)
    assert found[name.CREATORS, "completed"] == 4
    assert found[name.CREATORS, "skill-assessment"] == 6
    assert found[name.CONVERSION, ""] == 40
    assert found[name.ALIGNMENT_BY_STAGE, "completed"] == 20
    assert found[name.ALIGNMENT_BAND, "0-9"] == 1
    assert found[name.ALIGNMENT_BAND, "90-100"] == 1
    assert found[name.COMPLETION, ""] == 75
    assert found[name.COMPLETION_BY_STAGE, "skill-assessment"] == 75
    assert found[name.STAGE_STARTS, "completed"] == 7  # however often it has looked
    assert again[name.STAGE_STARTS, "completed"] == 8
    assert found[name.STAGE_P95, ""] == pytest.approx(9500, rel=0.05)
    assert found[name.ALIGNMENT, ""] == 70
    assert found[name.UNUSABLE, ""] == 3
    assert found[name.ERRORS, ""] == 7.5
    assert found[name.ERRORS_BY_STAGE, "completed"] == 10
    assert (name.ERRORS_BY_STAGE, "skill-assessment") not in found  # ten sessions tell of no rate
    assert found[name.PIPELINE_TIME, ""] == pytest.approx(timedelta(days=2).total_seconds(), abs=600)
    assert found[name.REVENUE, "ongoing-trainer"] == 1000
    assert found[name.REVENUE_MODELS, "ongoing-trainer"] == 4
    assert found[name.VALIDATION, ""] == 57.5
    assert found[name.VALIDATION_RATE, ""] == 75
    assert 0 < found[name.CONNECTIONS, ""] < 100
    assert [
        found[guard, ""] for guard in (name.UNPROTECTED, name.OPEN_GRANTS, name.UNCHECKED, name.MISSING_TABLES)
    ] == ([0, 0, 0, 0])
    assert found[name.CRITERION, "beta-completion"] == pytest.approx(100 * 30 / 80)
    assert (name.CRITERION, "alignment-trend") not in found
    assert found[name.CRITERION_PASSED, "beta-completion"] == 0
    assert 0 < found[name.DATABASE_P95, ""] < 60_000
