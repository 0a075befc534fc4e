"""A deployed database keeps to the access table at every phase, and a proof leaves no trace of itself."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from infra.errors import RolloutError
from infra.models.access import BEYOND_ROWS, Access, Answer
from infra.pipeline.answers import answers
from infra.pipeline.names import ANON, API, CREATOR, MONITOR
from infra.verify.proof import prove
from infra.verify.report import Mark, Report
from tests.clusters import Database
from tests.deploying import deploy
from tests.phases import rollouts
from tests.phases.rollouts import Stage
from tests.seeding import seed
from tests.verify.ground import definition_of, enter, fingerprint, proof, run, session

PHASES = (1, 3, 5)


@pytest.fixture
def staged(database: Database) -> Iterator[Stage]:
    """A pipeline in phase 1, on each PostgreSQL in turn."""
    with rollouts.staged(database, 1) as made:
        yield made


@pytest.fixture
def staged18(database18: Database) -> Iterator[Stage]:
    """A pipeline in phase 1."""
    with rollouts.staged(database18, 1) as made:
        yield made


def marks_of(report: Report) -> dict[tuple[str, str, str], Mark]:
    """Return the matrix by role, object and operation."""
    return {(square.role, square.on, square.operation.value): square.mark for square in report.squares}


def test_every_phase_is_as_declared(staged: Stage) -> None:
    """Phases 1, 3 and 5, gently and with everything tried: each cell, with nothing left behind."""
    seed(staged.database)
    for phase in PHASES:
        database = enter(staged, phase)
        before = fingerprint(database)
        for gently in (True, False):
            report = proof(database, phase, gently=gently)
            assert list(report.lines()) == []
            assert report.is_proven
            assert len(report.results) == len(answers(Access.SERVICE, sign_up=phase > 1))
        assert fingerprint(database) == before


def test_legacy_access_is_as_declared(database18: Database) -> None:
    """Where creators write their own results, the proof tries that they write no one else's."""
    deploy(database18.deployer, Access.LEGACY).close()
    report = proof(database18, 5, Access.LEGACY, gently=False)
    assert list(report.lines()) == []
    assert not proof(database18, 5, Access.SERVICE).is_proven


def test_what_is_tried_and_what_is_read(staged18: Stage) -> None:
    """Gently, TRUNCATE, REFERENCES and TRIGGER are the catalog's word; otherwise strangers try those too."""
    gentle, full = (marks_of(proof(staged18.database, 1, gently=gently)) for gently in (True, False))
    table = "public.creator_profiles"
    for operation in BEYOND_ROWS:
        assert gentle[CREATOR, table, operation.value] is Mark.CATALOG
        assert full[CREATOR, table, operation.value] is Mark.PROVEN
    for role in (ANON, CREATOR, MONITOR, API):
        assert gentle[role, table, "select"] is Mark.PROVEN
        assert gentle[role, table, "delete"] is Mark.PROVEN


def test_the_api_login_is_read_from_the_catalog_without_its_password(staged18: Stage) -> None:
    """Nobody else may act as it; what it may do is then known, and not tried."""
    with session(staged18.database) as deployer:
        report = prove(deployer, definition_of(staged18.database, 1), Access.SERVICE)
    assert report.is_proven
    assert marks_of(report)[API, "public.creator_profiles", "select"] is Mark.CATALOG
    run(staged18.database, "GRANT SELECT ON public.creator_profiles TO authenticator")
    with session(staged18.database) as deployer:
        report = prove(deployer, definition_of(staged18.database, 1), Access.SERVICE)
    assert marks_of(report)[API, "public.creator_profiles", "select"] is Mark.DIFFERS


@pytest.mark.parametrize("latched", [False, True], ids=["open", "latched"])
def test_the_kill_switch_closes_sign_up_and_is_no_difference(staged18: Stage, latched: bool) -> None:  # noqa: FBT001 - pytest's
    """What the switch refuses is refused to everybody; the proof lifts nothing for a moment that others could see."""
    database = enter(staged18, 3)
    if latched:
        run(database, "SELECT pipeline_private.kill_switch('tests', 'a test')")
    before = fingerprint(database)
    report = proof(database, 3)
    assert list(report.lines()) == []
    assert fingerprint(database) == before


def test_the_counter_of_places_is_not_waited_for(staged18: Stage) -> None:
    """A beta creator's sign-up that is under way holds the counter: the proof has no part in it."""
    database = enter(staged18, 2)
    with database.connect(user="admin") as connection, connection.transaction():
        connection.execute("UPDATE pipeline_private.sign_up_counter SET sign_ups = sign_ups")
        report = proof(database, 2)
    assert list(report.lines()) == []


def test_what_is_locked_could_not_be_tried(staged18: Stage) -> None:
    """A table that somebody holds is waited for 100 ms at most, and is then told apart from what differs."""
    database = staged18.database
    with database.connect(user="admin") as connection, connection.transaction():
        connection.execute("LOCK TABLE public.pipeline_metrics IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(RolloutError, match=r"cannot be read while it is locked|lock timeout") as caught:
            proof(database, 1)
    assert caught.value.code in {"DB003", "DB004"}
    assert proof(database, 1).is_proven


def test_triggers_of_others_on_users_stop_it(staged18: Stage) -> None:
    """Mail that a trigger sends is not undone: somebody must say that it may run; unprotected, it runs."""
    database = staged18.database
    run(
        database,
        "CREATE TABLE public.mails (address text)",
        "CREATE FUNCTION public.welcome() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
        " 'BEGIN INSERT INTO public.mails VALUES (NEW.email); RETURN NEW; END'",
        "CREATE TRIGGER welcome AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.welcome()",
    )
    with pytest.raises(RolloutError, match="welcome") as caught:
        proof(database, 1)
    assert caught.value.code == "VER001"
    assert proof(database, 1, with_user_triggers=True).is_proven
    assert proof(database, 1, gently=False).is_proven
    with database.connect(user="admin") as connection:
        assert connection.execute("SELECT count(*) FROM public.mails").fetchone() == (0,)


def test_whoever_may_not_act_as_a_role_has_proven_nothing(staged18: Stage) -> None:
    """A refusal to take the role is not taken for the refusal of the statement."""
    run(staged18.database, "REVOKE anon FROM deployer")
    report = proof(staged18.database, 1)
    assert not report.is_proven
    assert not report.is_weaker
    assert {result.cell.role for result in report.unknown} == {ANON}
    assert "may not act as the role (42501)" in report.unknown[0].said[0]


def test_without_a_scene_the_catalog_alone_speaks(staged18: Stage) -> None:
    """Where no user can be added the proof is open, and says what the catalog has."""
    run(staged18.database, "REVOKE INSERT ON auth.users FROM deployer")
    report = proof(staged18.database, 1)
    assert [error.code for error in report.hindrances] == ["VER002"]
    assert {result.mark for result in report.results} == {Mark.CATALOG}
    assert not report.is_proven
    assert not report.is_weaker


def test_a_deploy_under_way_leaves_it_open(staged18: Stage) -> None:
    """The state's row is held while a phase changes: the proof gives up after 100 ms, and says so."""
    with staged18.database.connect(user="admin") as connection, connection.transaction():
        connection.execute("SELECT FROM pipeline_private.rollout_state FOR UPDATE")
        report = proof(staged18.database, 1)
    assert not report.is_proven
    assert not report.is_weaker
    assert "lock timeout" in str(report.hindrances[0])


def test_a_proof_meets_a_kill_switch_half_way(staged18: Stage) -> None:
    """Set while a proof runs, the kill switch waits for no more than that proof, and both end as they must."""
    database = enter(staged18, 3)
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(proof(database, 3)))
    thread.start()
    run(database, "SELECT pipeline_private.kill_switch('tests', 'a test')")
    thread.join(60)
    assert found[0].differing == ()
    assert proof(database, 3).is_proven


def test_the_table_has_every_answer() -> None:
    """All five answers stand in it, and sign-up alone differs from phase to phase."""
    closed, opened = (set(answers(Access.SERVICE, sign_up=sign_up)) for sign_up in (False, True))
    assert {cell.answer for cell in opened} == set(Answer)
    changed = {(cell.role, cell.on, cell.operation.value) for cell in opened - closed}
    assert changed == {(CREATOR, "public.creator_profiles", "insert")}


def test_the_table_has_every_object_of_the_definition(database18: Database) -> None:
    """What is deployed and not in the table would be proven by nobody."""
    definition = definition_of(database18, 5)
    objects = {table.identity for table in definition.tables}
    objects |= {function.identity for function in definition.functions} | {view.identity for view in definition.views}
    assert {cell.on for cell in answers(Access.SERVICE, sign_up=True)} == objects
