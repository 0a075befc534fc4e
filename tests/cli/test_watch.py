"""The watch: what fires, what does not, that no blip is acted on, and what it does when it acts."""

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.cli.output import Output
from infra.cli.watch_alarms import Alarms, evidence, worst
from infra.cli.watch_clock import seconds_of
from infra.cli.watch_course import ACTED, PROPOSED, QUIET, Watch, calm_p95, run_watch
from infra.database.session import Session, open_session
from infra.errors import RolloutError
from infra.gates.watching import Level, Reading, _slowdown, measure, percentile
from infra.pipeline.triggers_for_rollback import PROBES, TRIGGERS, TriggerName
from tests.cli.places import MovedClock, make_place
from tests.clusters import Database
from tests.phases.rollouts import Stage, staged
from tests.seeding import seed

NAMES = TriggerName
LEVELS = [
    (NAMES.ERROR_RATE, 2.0, 20, Level.CALM),
    (NAMES.ERROR_RATE, 2.01, 20, Level.RAISED),
    (NAMES.ERROR_RATE, 10.0, 20, Level.RAISED),
    (NAMES.ERROR_RATE, 10.01, 20, Level.FIRING),
    (NAMES.ERROR_RATE, 100.0, 19, Level.NO_DATA),
    (NAMES.ERROR_RATE, None, 0, Level.NO_DATA),
    (NAMES.ERROR_RATE, math.nan, 20, Level.NO_DATA),
    (NAMES.ERROR_RATE, math.inf, 20, Level.NO_DATA),
    (NAMES.DATABASE_P95, 100.0, PROBES, Level.CALM),
    (NAMES.DATABASE_P95, 500.0, PROBES, Level.RAISED),
    (NAMES.DATABASE_P95, 500.1, PROBES, Level.FIRING),
    (NAMES.CONNECTIONS, 96.0, 1, Level.FIRING),
    (NAMES.ROW_SECURITY, 0.0, 1, Level.CALM),
    (NAMES.ROW_SECURITY, 1.0, 1, Level.FIRING),
]
FIRES = Reading(NAMES.ROW_SECURITY, 1, 1, "public.creator_profiles")
CALM = Reading(NAMES.ROW_SECURITY, 0, 1, "none found")

SESSIONS = """
    INSERT INTO public.pipeline_sessions (creator_profile_id, stage, error_logs)
    SELECT p.id, 'completed', CASE WHEN n <= %s THEN '{"e": 1}' ELSE '{}' END::jsonb
      FROM (SELECT id FROM public.creator_profiles LIMIT 1) AS p, generate_series(1, %s) AS n
"""
UNCHECKED = """
    ALTER TABLE public.creator_profiles DROP CONSTRAINT creator_profiles_cultural_alignment_check,
      ADD CONSTRAINT creator_profiles_cultural_alignment_check CHECK (cultural_alignment > -1) NOT VALID
"""
ORPHAN = """
    SET LOCAL session_replication_role = 'replica';
    INSERT INTO public.pipeline_sessions (creator_profile_id, stage) VALUES (gen_random_uuid(), 'completed');
    SET LOCAL session_replication_role = 'origin'
"""
#: What goes wrong, and the one trigger that it fires.
FAULTS = [
    ("ALTER TABLE public.creator_profiles DISABLE ROW LEVEL SECURITY", NAMES.ROW_SECURITY),
    ("ALTER TABLE pipeline_private.rollout_ledger NO FORCE ROW LEVEL SECURITY", NAMES.ROW_SECURITY),
    ("GRANT SELECT ON public.creator_profiles TO anon", NAMES.OPEN_GRANTS),
    ("GRANT SELECT (id) ON public.creator_economics TO PUBLIC", NAMES.OPEN_GRANTS),
    ("GRANT SELECT ON public.creator_pipeline_overview TO anon", NAMES.OPEN_GRANTS),
    ("GRANT SELECT ON pipeline_private.cohort_members TO PUBLIC", NAMES.OPEN_GRANTS),
    ("ALTER TABLE public.pipeline_metrics DISABLE TRIGGER ALL", NAMES.CONSTRAINTS),
    (UNCHECKED, NAMES.CONSTRAINTS),
    (ORPHAN, NAMES.ORPHANS),
    ("DROP TABLE public.creator_feature_flags CASCADE", NAMES.TABLES),
]


@pytest.fixture
def production(database18: Database) -> Iterator[Stage]:
    with staged(database18, 5) as made:
        yield made


@pytest.fixture
def session(production: Stage) -> Iterator[Session]:
    with open_session(production.database.deployer, application_name="test") as opened:
        yield opened


@pytest.mark.parametrize(("name", "value", "samples", "level"), LEVELS)
def test_levels_lie_where_the_guide_puts_them(
    name: TriggerName, value: float | None, samples: int, level: Level
) -> None:
    assert Reading(name, value, samples).level is level


def test_each_trigger_of_the_guide_is_watched() -> None:
    assert [*dict.fromkeys(trigger.guide for trigger in TRIGGERS)] == [
        "Error rate >10%",
        "Database performance degradation",
        "Critical security vulnerability",
        "User data corruption",
    ]


def test_one_evaluation_is_a_blip_and_what_stays_the_same_is_not_repeated() -> None:
    alarms = Alarms().after([FIRES])
    assert (alarms.confirmed, alarms.changed) == ((), (FIRES,))
    assert Alarms().after([FIRES]).after([CALM]).after([FIRES]).confirmed == ()
    twice = alarms.after([FIRES])
    assert (twice.confirmed, twice.changed) == ((FIRES,), ())
    assert not Alarms(3).after([FIRES]).after([FIRES]).confirmed
    assert Alarms(3).after([FIRES]).after([FIRES]).after([FIRES]).confirmed


def test_a_measurement_that_is_left_out_changes_nothing() -> None:
    """As when the database cannot be asked: what was known of the others stays known."""
    alarms = Alarms().after([FIRES]).after([])
    assert alarms.levels[NAMES.ROW_SECURITY] is Level.FIRING
    assert not alarms.confirmed
    assert worst([]) is Level.NO_DATA
    assert worst([CALM, FIRES]) is Level.FIRING


def test_a_slowdown_is_against_what_was_calm_and_next_to_nothing_is_none() -> None:
    fast, slow = (Reading(NAMES.DATABASE_P95, value, PROBES) for value in (1.0, 260.0))
    assert calm_p95((fast,)) == 1.0
    assert calm_p95((slow,)) is None
    assert _slowdown(slow, None).level is Level.NO_DATA
    assert _slowdown(slow, 50.0).level is Level.FIRING
    assert _slowdown(Reading(NAMES.DATABASE_P95, 30.0, PROBES), 1.0).level is Level.CALM
    assert percentile([float(n) for n in range(1, 21)]) == 19.0


def _firing(readings: tuple[Reading, ...]) -> set[TriggerName]:
    return {reading.name for reading in readings if reading.level is Level.FIRING}


def test_a_healthy_pipeline_fires_nothing_and_says_what_has_no_data(session: Session) -> None:
    found = {reading.name: reading for reading in measure(session, 1.0)}
    assert set(found) == set(TriggerName)
    assert found[NAMES.ERROR_RATE].describe() == (
        "error-rate: no data: 0 of 0 sessions have errors where 20 are needed"
    )
    for name in set(NAMES) - {NAMES.ERROR_RATE, NAMES.DATABASE_P95, NAMES.DATABASE_SLOWDOWN}:
        assert found[name].level is Level.CALM, found[name].describe()


def test_what_is_wrong_fires_its_own_trigger(production: Stage) -> None:
    """Each fault in a transaction that is rolled back, so that one deployment does for all."""
    with open_session(production.database.admin, application_name="test") as session:
        for fault, name in FAULTS:
            with session.connection.transaction(force_rollback=True):
                for statement in fault.split(";"):
                    session.execute(statement)
                readings = measure(session)
            assert _firing(readings) == {name}, fault
            assert worst(readings) is Level.FIRING
        assert _firing(measure(session)) == set()


def test_the_error_rate_is_of_the_last_sessions(production: Stage) -> None:
    """Seeded sessions of other years have errors, and do not count."""
    seed(production.database)
    with open_session(production.database.admin, application_name="test") as session:
        for failed, level in ((2, Level.RAISED), (4, Level.RAISED), (5, Level.FIRING)):
            with session.connection.transaction(force_rollback=True):
                session.execute(SESSIONS, [failed, 40])
                reading = measure(session)[0]
            assert (reading.level, reading.samples) == (level, 40), reading.describe()


def test_neither_an_empty_text_nor_a_clock_that_is_ahead_is_an_error(production: Stage) -> None:
    """The gates see no error in either, and neither does the watch."""
    odd = """
    INSERT INTO public.pipeline_sessions (creator_profile_id, stage, error_logs, started_at)
    SELECT p.id, 'completed', '""'::jsonb, now() FROM (SELECT id FROM public.creator_profiles LIMIT 1) AS p
     UNION ALL
    SELECT p.id, 'completed', '{"e": 1}', now() + interval '1 day'
      FROM (SELECT id FROM public.creator_profiles LIMIT 1) AS p
    """
    seed(production.database)
    with open_session(production.database.admin, application_name="test") as session:
        rates = []
        with session.connection.transaction(force_rollback=True):
            for statement in ("DELETE FROM public.pipeline_sessions", odd):
                session.execute(statement)
                rates += [reading for reading in measure(session) if reading.name is NAMES.ERROR_RATE]
    assert [(rate.value, rate.samples) for rate in rates] == [(None, 0), (0.0, 1)]


def test_a_table_that_stays_locked_is_a_degraded_database(production: Stage, session: Session) -> None:
    with production.database.connect() as connection, connection.transaction():
        connection.execute("LOCK TABLE public.creator_profiles IN ACCESS EXCLUSIVE MODE")
        found = {reading.name: reading for reading in measure(session)}
    assert found[NAMES.DATABASE_P95].level is Level.FIRING
    assert "given up after" in found[NAMES.DATABASE_P95].evidence


def _sick(_session: Session, _baseline: float | None) -> tuple[Reading, ...]:
    return (FIRES,)


def _by_turn(*turns: Reading) -> Callable[[Session, float | None], tuple[Reading, ...]]:
    left = list(turns)
    return lambda _session, _baseline: (left.pop(0) if len(left) > 1 else left[0],)


def test_it_proposes_the_rollback_and_changes_nothing(
    production: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = make_place(tmp_path, production.database.deployer)
    before = place.file.read_bytes()
    clock = MovedClock()
    assert run_watch(place, Watch(), Output(as_json=False), clock=clock, measure=_sick) == PROPOSED
    assert clock.waits == [30]
    told = capsys.readouterr().out
    assert "This calls for a rollback: rollout rollback --immediate --stack mine" in told
    assert "Critical security vulnerability: row-security: firing: 1 tables" in told
    assert production.flags()["ENABLE_CREATIVE_PIPELINE"]
    assert place.file.read_bytes() == before


def test_it_acts_once_with_the_evidence_as_its_reason(production: Stage, tmp_path: Path) -> None:
    place = make_place(tmp_path, production.database.deployer)
    measured = _by_turn(FIRES, CALM, FIRES, FIRES)
    clock = MovedClock()
    assert run_watch(place, Watch(act=True), Output(as_json=False), clock=clock, measure=measured) == ACTED
    assert clock.waits == [30, 30, 30], "the first was a blip"
    ((reason,),) = production.run("SELECT latched_reason FROM pipeline_private.rollout_state WHERE latched")
    assert reason == f"rollout watch --act: {evidence([FIRES])}"
    assert not production.flags()["ENABLE_CREATIVE_PIPELINE"]
    assert "phase: 1" in place.file.read_text(encoding="utf-8")
    assert run_watch(place, Watch(act=True), Output(as_json=False), clock=clock, measure=_sick) == QUIET
    assert len(production.run("SELECT 1 FROM pipeline_private.rollout_ledger WHERE event = 'latch'")) == 1


def test_it_ends_when_its_time_is_over(production: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json one document says all that has changed."""
    place, clock = make_place(tmp_path, production.database.deployer), MovedClock()
    plan = Watch(every=40, seconds=100)
    assert run_watch(place, plan, Output(as_json=True), clock=clock, measure=_by_turn(CALM, FIRES, CALM)) == QUIET
    assert clock.waits == [40, 40, 20]
    document = json.loads(capsys.readouterr().out)
    assert [change["level"] for change in document["changes"]] == ["calm", "firing", "calm"]
    assert (document["outcome"], document["levels"]) == ("quiet", {"row-security": "calm"})


def test_a_database_that_goes_away_is_told_and_proposed(
    production: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = make_place(tmp_path, production.database.deployer)
    cluster = production.database.server.cluster
    production.deployer.close()
    clock = MovedClock(meanwhile=lambda waits: cluster.stop() if waits == 1 else None)
    try:
        assert run_watch(place, Watch(), Output(as_json=False), clock=clock, measure=_by_turn(CALM)) == PROPOSED
    finally:
        cluster.start()
    assert clock.waits == [30, 30]
    assert "database-p95: firing: DB001 " in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "5", "5 minutes", "-1s", "0s", "1e3s", "∞"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(RolloutError, match=r"CLI001 --every: '.*' is not a time\. Allowed: "):
        seconds_of("--every", text)
