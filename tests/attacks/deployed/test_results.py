"""What creators would give themselves: scores, flags, a place in the cohort; and what they would take from all."""

from typing import Final

import psycopg
import pytest
from psycopg import sql

from infra.pipeline.names import ANON, CREATOR, MONITOR, OWNER, SERVICE, SERVICE_ROLE
from infra.pipeline.tables import ROLLOUT_TABLES, TABLES
from tests.attacks.doors import NO_PRIVILEGE, Door, attempt
from tests.behaviour.writes import FORGERIES

EVERY_TABLE: Final = tuple(table.identity for table in (*TABLES, *ROLLOUT_TABLES))
#: What `access: legacy` lets creators go on writing of themselves, as today; it shows as a hazard.
LEGACY: Final = {"alignment and readiness", "a stage", "a session", "a score", "a mapping", "a metric"}


@pytest.mark.attack("T14")
@pytest.mark.parametrize("role", [ANON, CREATOR, SERVICE, SERVICE_ROLE, MONITOR])
def test_truncating(door: Door, role: str) -> None:
    """No policy stands in the way of TRUNCATE: nobody has it, not even whom row security does not bind."""
    with door.pipeline.unchanged(), door.pipeline.acting(role, door.attacker.user) as session:
        if role == MONITOR:
            session.execute("SET TRANSACTION READ WRITE")
        for name in EVERY_TABLE:
            text = sql.SQL("TRUNCATE {} CASCADE").format(sql.Identifier(*name.split(".")))
            assert attempt(session, text) == NO_PRIVILEGE, name


@pytest.mark.attack("T16")
def test_results_of_ones_own(any_door: Door) -> None:
    """Where the service writes results creators write none; under legacy their own, as before, and never money."""
    door = any_door
    with door.pipeline.unchanged(), door.trying() as session:
        for what, statement in FORGERIES.items():
            allowed = door.legacy and what in LEGACY
            assert attempt(session, statement, door.attacker.names) == (1 if allowed else NO_PRIVILEGE), what


@pytest.mark.attack("T16")
def test_results_of_somebody_else(any_door: Door) -> None:
    """Of somebody else nothing is written under either: an update finds no row, an insert is refused."""
    door = any_door
    with door.pipeline.unchanged(), door.attacking() as session:
        for what, statement in FORGERIES.items():
            finds_none = door.legacy and statement.startswith("UPDATE")
            assert attempt(session, statement, door.victim.names) == (0 if finds_none else NO_PRIVILEGE), what


BORN: Final = {"readiness_score": "100", "cultural_alignment": "100", "onboarding_stage": "'completed'"}


@pytest.mark.attack("T16")
def test_results_at_birth(any_door: Door) -> None:
    """A new profile says nothing of results, whatever it is given."""
    user = any_door.database.sign_up(f"born-{any_door.way}-{any_door.pipeline.access.value}@example.org")
    with any_door.pipeline.unchanged(), any_door.pipeline.acting(CREATOR, user) as session:
        for column, value in BORN.items():
            statement = f"INSERT INTO public.creator_profiles (user_id, {column}) VALUES (%s, {value})"
            assert attempt(session, statement, [user]) == NO_PRIVILEGE, column


FLAG: Final = "CREATIVE_PIPELINE_FULL"
GIFTS: Final = (
    (
        "INSERT INTO public.creator_feature_flags (creator_profile_id, flag_name, flag_value)"
        f" VALUES (%(profile)s, '{FLAG}', true)"
    ),
    "UPDATE public.creator_feature_flags SET flag_value = true",
    "DELETE FROM public.creator_feature_flags",
    "UPDATE pipeline_private.feature_flags SET enabled = true",
    "INSERT INTO pipeline_private.feature_flags (name, enabled) VALUES ('MINE', true)",
    "UPDATE pipeline_private.rollout_state SET phase = 5, audience = 'everyone', latched = false",
    (
        "INSERT INTO pipeline_private.cohort_members (user_id, kind, source, added_by)"
        " VALUES (%(user)s, 'team', 'command', 'myself')"
    ),
    "UPDATE pipeline_private.cohort_members SET kind = 'team'",
    "UPDATE pipeline_private.sign_up_counter SET sign_ups = 0",
    "DELETE FROM pipeline_private.rollout_ledger",
    "SELECT pipeline_private.kill_switch('me', 'mine')",
    "SELECT pipeline_private.lift_kill_switch('me', 'mine')",
    "SELECT pipeline_private.set_rollout('{}', 'phase', 'me', '', '', '{}')",
)


@pytest.mark.attack("T17")
def test_flags_of_ones_own(any_door: Door) -> None:
    """Neither flags nor places, nor what changes them for everybody, are within a creator's reach."""
    with any_door.attacking() as session:
        for statement in GIFTS:
            assert attempt(session, statement, any_door.attacker.names) == NO_PRIVILEGE, statement


@pytest.mark.attack("T17")
@pytest.mark.parametrize("role", [SERVICE, SERVICE_ROLE, MONITOR])
def test_a_phase_of_the_services_own(door: Door, role: str) -> None:
    """Who writes results and who watches change neither the phase nor the latch nor the global flags."""
    with door.pipeline.acting(role) as session:
        if role == MONITOR:
            session.execute("SET TRANSACTION READ WRITE")
        for statement in GIFTS[3:]:
            assert attempt(session, statement, door.attacker.names) == NO_PRIVILEGE, statement


@pytest.mark.attack("T9")
def test_materialised_views(door: Door) -> None:
    """A copy of all rows knows no policy: there is none of ours, and nobody but who deploys can make one."""
    with door.pipeline.admin() as admin:
        kinds = admin.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'm' AND relnamespace::regnamespace::text = ANY (%s)",
            [["public", "pipeline_private", "pipeline_archive"]],
        ).fetchall()
    assert kinds == []
    make = "CREATE MATERIALIZED VIEW {}.taken AS SELECT * FROM public.creator_profiles"
    for role in (ANON, CREATOR, SERVICE, SERVICE_ROLE, MONITOR):
        with door.pipeline.acting(role) as session:
            if role == MONITOR:
                session.execute("SET TRANSACTION READ WRITE")
            for schema in ("public", "pipeline_private", "pipeline_archive"):
                assert attempt(session, make.format(schema)) == NO_PRIVILEGE, (role, schema)


@pytest.mark.attack("T9")
def test_a_materialised_view_of_the_owner(door: Door) -> None:
    """Made as the owner it holds no creator's results: forced row security binds whoever fills it."""
    with door.deploying() as session:
        session.execute("SET LOCAL ROLE pipeline_owner")
        session.execute("CREATE MATERIALIZED VIEW public.taken AS SELECT * FROM public.assessment_scores")
        assert session.execute("SELECT FROM public.taken").rowcount == 0
        session.execute("SET LOCAL ROLE authenticated")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("SELECT FROM public.taken")
    assert OWNER == "pipeline_owner"
