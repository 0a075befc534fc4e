"""Who may make a profile: nobody, the cohort, everybody; and never more beta creators than there are places."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest

from infra.models.flag import FlagName
from infra.pipeline.definition import define
from infra.pipeline.phases import rollout
from tests.clusters import Database
from tests.deploying import Deployer
from tests.phases.rollouts import Stage
from tests.reference_database import build_reference
from tests.seeding import seed


def refused(stage: Stage, user: uuid.UUID, words: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match=words):
        stage.sign_up(user)
    assert not stage.run("SELECT 1 FROM public.creator_profiles WHERE user_id = %s", user)


def test_who_may_enter_in_each_phase(first_everywhere: Stage) -> None:
    stage = first_everywhere
    for phase in (1, 2, 3, 4):
        stage.enter(phase)
        if phase == 1:
            for user in (stage.user("team"), stage.user("beta"), stage.user()):
                refused(stage, user, "^permission denied for table creator_profiles")
            continue
        stage.sign_up(stage.user("team"))
        stage.sign_up(stage.user("beta"))
        refused(stage, stage.user(), "^COH003 sign-up is not open to this user")
    stage.enter(5)
    stage.sign_up(stage.user())


def test_no_role_passes_the_door_by(first: Stage) -> None:
    """The service, the deployer, a superuser: in phase 1 nobody makes a profile for anybody."""
    statement = "INSERT INTO public.creator_profiles (user_id) VALUES (%s)"
    member = first.user("team")
    for login in ("deployer", "admin"):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege, match=r"^COH003 sign-up is closed"),
            first.database.connect(user=login) as connection,
        ):
            connection.execute(statement, [member])
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege, match=r"^COH003 sign-up is closed"),
        first.database.connect("service_role", {"role": "service_role"}) as connection,
    ):
        connection.execute(statement, [member])


def test_a_profile_is_handed_to_nobody_who_could_not_enter(first: Stage) -> None:
    """The service may give a profile another user; the door asks of them what it asks of whoever signs up."""
    move = "UPDATE public.creator_profiles SET user_id = %s WHERE user_id = %s"
    first.enter(2, cap=1)
    one, member, stranger = first.user("beta"), first.user("beta"), first.user()
    first.sign_up(one)
    _serve(first, "UPDATE public.creator_profiles SET user_id = user_id, readiness_score = 1", [])
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match=r"^COH003 sign-up is not open to this user"):
        _serve(first, move, [stranger, one])
    upsert = (
        "INSERT INTO public.creator_profiles (user_id) VALUES (%s) ON CONFLICT (user_id) DO UPDATE SET user_id = %s"
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match=r"^COH003 sign-up is not open to this user"):
        _serve(first, upsert, [one, stranger])
    _serve(first, move, [member, one])
    first.enter(1)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match=r"^COH003 sign-up is closed"):
        _serve(first, move, [one, member])
    assert first.run("SELECT user_id FROM public.creator_profiles") == [(member,)]


def _serve(stage: Stage, statement: str, values: list[uuid.UUID]) -> None:
    with stage.database.connect("service_role", {"role": "service_role"}) as connection:
        connection.execute(statement.encode(), values)


def test_an_older_snapshot_does_not_bring_back_a_profile_that_is_gone(first: Stage) -> None:
    """What a transaction saw before the phase went down is no way in after it."""
    first.enter(2)
    user = first.user("beta")
    first.sign_up(user)
    with first.database.connect() as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        connection.execute("SELECT count(*) FROM public.creator_profiles")
        first.run("DELETE FROM public.creator_profiles WHERE user_id = %s", user)
        first.enter(1)
        with pytest.raises(psycopg.errors.SerializationFailure):
            connection.execute("INSERT INTO public.creator_profiles (user_id) VALUES (%s)", [user])
        connection.execute("ROLLBACK")


def test_without_its_counter_no_beta_creator_gets_in(first: Stage) -> None:
    """Nothing would make the sign-ups follow each other."""
    first.enter(2)
    first.run("DELETE FROM pipeline_private.sign_up_counter")
    refused(first, first.user("beta"), "every place")
    first.sign_up(first.user("team"))


def test_nobody_enters_with_the_master_flag_off_or_the_kill_switch_set(first: Stage) -> None:
    first.enter(5, off={FlagName.ENABLE_CREATIVE_PIPELINE, *_CHAIN})
    refused(first, first.user("team"), "^COH003 sign-up is closed")
    first.enter(5)
    first.kill()
    refused(first, first.user("team"), "^COH003 sign-up is closed")


_CHAIN = (FlagName.CREATIVE_PIPELINE_ASSESSMENT, FlagName.CREATOR_AGENT_ECONOMICS)


def test_the_last_place_goes_to_one_of_a_hundred(first_everywhere: Stage) -> None:
    """All at once, each in a session of its own: exactly one gets in, the others are told why."""
    stage = first_everywhere
    stage.enter(2)
    for _ in range(9):
        stage.sign_up(stage.user("beta"))
    waiting = [stage.user("beta") for _ in range(100)]
    stage.sign_up(stage.user("team"))
    barrier = Barrier(20)

    def try_some(users: list[uuid.UUID]) -> list[str]:
        barrier.wait()
        return [_outcome(stage, user) for user in users]

    with ThreadPoolExecutor(20) as pool:
        outcomes = [one for some in pool.map(try_some, [waiting[n::20] for n in range(20)]) for one in some]
    assert outcomes.count("in") == 1
    assert outcomes.count("COH003 every place of this phase is taken") == 99
    beta = "SELECT count(*) FROM public.creator_profiles p JOIN pipeline_private.cohort_members m USING (user_id)"
    assert stage.run(f"{beta} WHERE m.kind = 'beta'") == [(10,)]


def _outcome(stage: Stage, user: uuid.UUID) -> str:
    try:
        stage.sign_up(user)
    except psycopg.Error as error:
        return error.diag.message_primary or ""
    return "in"


def test_neither_one_statement_nor_an_older_snapshot_gets_past_the_cap(first: Stage) -> None:
    """Many rows at once count each other; a transaction that has looked before is told to try again."""
    first.enter(2)
    users = [first.user("beta") for _ in range(11)]
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="every place"),
        first.database.connect() as connection,
    ):
        connection.execute("INSERT INTO public.creator_profiles (user_id) SELECT unnest(%s)", [users])
    for user in users[:9]:
        first.sign_up(user)
    with first.database.connect() as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        connection.execute("SELECT count(*) FROM public.creator_profiles")
        first.sign_up(users[9])
        with pytest.raises(psycopg.errors.SerializationFailure):
            connection.execute("INSERT INTO public.creator_profiles (user_id) VALUES (%s)", [users[10]])
        connection.execute("ROLLBACK")


def test_a_place_that_was_not_taken_is_free_again(first: Stage) -> None:
    """A sign-up that is rolled back, or a creator who goes, leaves the place to the next."""
    first.enter(2, cap=1)
    one, other = first.user("beta"), first.user("beta")
    with first.database.connect() as connection:
        connection.execute("BEGIN")
        connection.execute("INSERT INTO public.creator_profiles (user_id) VALUES (%s)", [one])
        connection.execute("ROLLBACK")
    first.sign_up(one)
    refused(first, other, "every place")
    with first.database.connect(user="admin") as connection:
        connection.execute("DELETE FROM auth.users WHERE id = %s", [one])
    first.sign_up(other)


def test_going_down_evicts_nobody(first: Stage) -> None:
    """Whoever is in keeps the profile and reads it; the preview names how many are over the places."""
    first.enter(3)
    users = [first.user("beta") for _ in range(12)]
    profiles = {user: first.sign_up(user) for user in users}
    wanted = first.deployer.definition.rollout
    assert wanted is not None
    first.deployer.lines.clear()
    first.deployer.create(wanted.model_copy(update={"phase": 2, "beta_cap": 10}), preview=True)
    assert any("12 beta creators are in, 2 over the 10 places of phase 2" in text for _, text in first.deployer.lines)
    for phase in (2, 1):
        first.enter(phase)
        for user, profile in profiles.items():
            with first.acting(user) as connection:
                assert connection.execute("SELECT id FROM public.creator_profiles").fetchall() == [(profile,)]
    first.enter(2)
    refused(first, first.user("beta"), "every place")


def test_somebody_who_is_in_already_is_told_so_and_not_that_it_is_full(first: Stage) -> None:
    first.enter(2, cap=1)
    user = first.user("beta")
    first.sign_up(user)
    with pytest.raises(psycopg.errors.UniqueViolation):
        first.sign_up(user)


def test_the_kill_switch_does_not_wait_for_a_sign_up(first: Stage) -> None:
    """A transaction that has signed up and goes on does not hold it up, and commits after it."""
    first.enter(2)
    user = first.user("beta")
    with first.database.connect() as connection:
        connection.execute("BEGIN")
        connection.execute("INSERT INTO public.creator_profiles (user_id) VALUES (%s)", [user])
        with first.database.connect() as other:
            other.execute("SET lock_timeout = '200ms'")
            other.execute("SELECT pipeline_private.kill_switch('tests', 'errors')")
        connection.execute("COMMIT")
    assert first.run("SELECT user_id FROM public.creator_profiles") == [(user,)]


def test_adopting_a_running_application_says_that_sign_ups_close(database18: Database) -> None:
    """In phase 1 nobody new gets in, whoever is there: the preview says so before it comes true."""
    build_reference(database18)
    seed(database18)
    for number, told in ((1, 1), (5, 0)):
        deployer = Deployer(database18.deployer, define(rollout(number), deployer=database18.deployer.user))
        deployer.create(rollout(number), preview=True)
        assert sum(text.startswith("COH005 rollout: creators are here already") for _, text in deployer.lines) == told
        deployer.close()
