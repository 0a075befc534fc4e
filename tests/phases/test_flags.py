"""`feature_enabled`: what a flag is for whoever asks, weighed from all that it depends on."""

import json
import uuid
from typing import Final

import psycopg
import pytest

from infra.models.flag import FlagName
from infra.pipeline.names import CREATOR
from infra.pipeline.phases import PHASES
from tests.phases.rollouts import Stage

ENABLE, ASSESSMENT, ECONOMICS, LAUNCH, FULL, MONITORING, ALERTS = (name.value for name in FlagName)
BETA = {ENABLE, ASSESSMENT, ECONOMICS}
ALWAYS = {MONITORING, ALERTS}


def test_each_phase_shows_its_flags_to_the_right_people(first_everywhere: Stage) -> None:
    """The cohort alone until phase 5, everybody in phase 5; LAUNCH and FULL once they are ready."""
    stage = first_everywhere
    team, beta, stranger = stage.user("team"), stage.user("beta"), stage.user()
    expected = {1: set(), 2: {ENABLE, ASSESSMENT}, 3: BETA, 4: BETA, 5: BETA}
    for phase in PHASES:
        stage.enter(phase.number)
        assert stage.sees_all(team) == stage.sees_all(beta) == expected[phase.number] | ALWAYS
        assert stage.sees_all(stranger) == (BETA if phase.number == 5 else set()) | ALWAYS
    stage.enter(5, ready={FlagName.CREATOR_AGENT_LAUNCH, FlagName.CREATIVE_PIPELINE_FULL})
    assert stage.sees_all(stranger) == {*FlagName}


def test_what_is_no_flag_is_off(first: Stage) -> None:
    first.enter(5)
    user = first.user()
    for name in ("featureX", "", "enable_creative_pipeline", "ENABLE_CREATIVE_PIPELINE ", "%"):
        assert not first.sees(user, name)


def test_a_flag_is_off_while_one_that_it_requires_is_off(first: Stage) -> None:
    """Whatever its own value says: the whole chain is weighed."""
    first.enter(5, ready={FlagName.CREATOR_AGENT_LAUNCH, FlagName.CREATIVE_PIPELINE_FULL})
    user = first.user()
    first.run("UPDATE pipeline_private.feature_flags SET enabled = false WHERE name = %s", ASSESSMENT)
    assert first.sees_all(user) == {ENABLE} | ALWAYS
    first.run("DELETE FROM pipeline_private.feature_flags WHERE name = %s", ENABLE)
    assert first.sees_all(user) == ALWAYS


def test_flags_that_require_each_other_do_not_hang(first: Stage) -> None:
    """Such rows cannot come from a definition; by hand they can."""
    first.enter(5)
    first.run("UPDATE pipeline_private.feature_flags SET requires = %s WHERE name = %s", ECONOMICS, ENABLE)
    assert first.sees(first.user(), ENABLE)


def test_a_creators_own_row_closes_a_flag_or_lets_them_in_and_expires(first: Stage) -> None:
    """It lasts until it expires, the newest counts, and it opens nothing that the phase has closed."""
    first.enter(5)
    user, other = first.user(), first.user()
    profile, others = first.sign_up(user), first.sign_up(other)
    first.override(profile, ASSESSMENT, value=False)
    assert first.sees_all(user) == {ENABLE} | ALWAYS
    assert first.sees_all(other) == BETA | ALWAYS
    first.override(profile, ASSESSMENT, value=True)
    assert first.sees_all(user) == BETA | ALWAYS
    first.override(profile, ASSESSMENT, value=False, expires="2020-01-01")
    assert first.sees_all(user) == BETA | ALWAYS
    first.override(others, LAUNCH, value=True)
    assert not first.sees(other, LAUNCH)
    first.enter(3)
    assert first.sees_all(other) == ALWAYS
    first.override(others, ENABLE, value=True, expires="2100-01-01")
    assert first.sees_all(other) == BETA | ALWAYS
    first.enter(1)
    assert first.sees_all(other) == ALWAYS


def test_the_kill_switch_beats_everything_but_monitoring(first: Stage) -> None:
    first.enter(5)
    user = first.user()
    first.override(first.sign_up(user), ENABLE, value=True)
    first.kill()
    assert first.sees_all(user) == ALWAYS
    with first.database.connect(user="admin") as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE pipeline_private.feature_flags SET enabled = true")
    assert first.sees_all(user) == ALWAYS, "even a row that was written past the trigger"


def test_where_nothing_says_where_the_rollout_stands_all_is_off(first: Stage) -> None:
    first.enter(5)
    user = first.user()
    first.run("DELETE FROM pipeline_private.rollout_state")
    assert first.sees_all(user) == ALWAYS


def test_nobody_asks_for_somebody_else_or_changes_what_is_asked(first: Stage) -> None:
    """A creator reads flags and the own membership, and writes none of it; anon reads nothing at all."""
    first.enter(3)
    member, stranger = first.user("beta"), first.user()
    with first.acting(member) as connection:
        assert connection.execute("SELECT user_id FROM pipeline_private.cohort_members").fetchall() == [(member,)]
    with first.acting(stranger) as connection:
        assert connection.execute("SELECT user_id FROM pipeline_private.cohort_members").fetchall() == []
    for statement in (
        "UPDATE pipeline_private.feature_flags SET enabled = true",
        "INSERT INTO pipeline_private.cohort_members VALUES (auth.uid(), 'team', 'command', 'me')",
        "UPDATE pipeline_private.rollout_state SET phase = 5",
        "SELECT latched_by FROM pipeline_private.rollout_state",
        "SELECT updated_by FROM pipeline_private.feature_flags",
        "SELECT added_by FROM pipeline_private.cohort_members",
        "SELECT * FROM pipeline_private.rollout_ledger",
        "SELECT pipeline_private.kill_switch('me', 'fun')",
        "SELECT pipeline_private.lift_kill_switch('me', 'fun')",
        "SELECT pipeline_private.set_rollout('{}', 'phase', 'me', '', '', '{}')",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), first.acting(stranger) as connection:
            connection.execute(statement.encode())
    with pytest.raises(psycopg.errors.InsufficientPrivilege), first.acting(uuid.uuid4(), "anon") as connection:
        connection.execute("SELECT public.feature_enabled('ENABLE_CREATIVE_PIPELINE')")


CLAIMS: Final = [
    "",
    "{}",
    "[]",
    "null",
    "5",
    '"USER"',
    "garbage",
    '{"sub": null}',
    '{"sub": 5}',
    '{"sub": ""}',
    '{"sub": " USER"}',
    '{"sub": ["USER"]}',
    '{"sub": {"sub": "USER"}}',
    '{"SUB": "USER"}',
    '{"sub": "\\u0000"}',
    '{"sub": "USER", "sub": null}',
    '{"user_id": "USER", "padding": "' + "a" * 1_000_000 + '"}',
]


def test_no_odd_token_is_a_member(first: Stage) -> None:
    """Whatever the claims look like, they are nobody's, or refused; those of the member alone are the member's."""
    first.enter(3)
    member = str(first.user("beta"))
    assert _weighed(first, json.dumps({"sub": member})) is True
    for claims in CLAIMS:
        assert _weighed(first, claims.replace("USER", member)) is not True, claims[:60]


def _weighed(stage: Stage, claims: str) -> bool | None:
    """Return the flag of the cohort for these claims, None when they are refused."""
    try:
        with stage.database.connect(CREATOR, claims) as connection:
            row = connection.execute("SELECT public.feature_enabled(%s)", [ENABLE]).fetchone()
    except psycopg.errors.DataError:
        return None
    assert row is not None
    return bool(row[0])


def test_the_service_asks_without_a_user(first: Stage) -> None:
    """For the platform's service key a flag of the cohort is off: it is nobody's session."""
    first.enter(3)
    with first.database.connect("service_role", {"role": "service_role"}) as connection:
        row = connection.execute("SELECT public.feature_enabled(%s), public.feature_enabled(%s)", [ENABLE, ALERTS])
        assert row.fetchone() == (False, True)
