"""What one client of a transaction pooler leaves behind for the next, and what the project itself leaves: nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
import pytest
from psycopg import sql

from infra.database.session import open_session
from infra.database.workspace import open_workspace
from infra.errors import RolloutError
from infra.gates.reading import read_only
from infra.pipeline.names import CREATOR
from tests.attacks.doors import Door, attempt
from tests.cluster_state import Connection, connect

READ: Final = "SELECT FROM public.creator_profiles"
LOCK: Final = 424242
#: All that a session may leave behind, as the next client finds it.
FOUND: Final = """
    SELECT current_user::text, coalesce(current_setting('request.jwt.claims', true), ''),
           current_setting('search_path'), current_setting('lock_timeout'),
           (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())
"""


@contextmanager
def as_api(door: Door) -> Iterator[Connection]:
    """Yield a connection of the API's login as it is, outside of any transaction; it is cleared by hand."""
    with connect(door.database.authenticator) as connection:
        yield connection
        connection.execute("DISCARD ALL")


def found(door: Door, user: str = "authenticator") -> tuple[object, ...]:
    """Return what the next client finds."""
    with connect(getattr(door.database, user)) as connection:
        row = connection.execute(FOUND).fetchone()
    assert row is not None
    return tuple(row)


def careless(door: Door, *statements: str) -> None:
    """Set something for a whole session, as an application must not, and go."""
    with connect(door.database.authenticator) as connection:
        for statement in statements:
            connection.execute(sql.SQL(statement), door.victim.names)


CLAIM: Final = "json_build_object('sub', %(user)s::text)::text"
SESSION_CLAIMS: Final = (
    ("SET ROLE authenticated", f"SELECT set_config('request.jwt.claims', {CLAIM}, false)"),
    ("SELECT set_config('role', 'authenticated', false)", f"SELECT set_config('request.jwt.claims', {CLAIM}, false)"),
)


@pytest.mark.attack("T25")
@pytest.mark.parametrize("statements", SESSION_CLAIMS, ids=["SET", "set_config"])
def test_claims_of_a_whole_session(door: Door, statements: tuple[str, ...]) -> None:
    """Through the pooler they reach the next client: the platform's doing. Claims of a transaction overrule them."""
    careless(door, *statements)
    with as_api(door) as next_client:
        seen = attempt(next_client, READ)
        assert seen == (1 if door.pooled else "42501")
    careless(door, *statements)
    with door.attacking() as session:
        rows = session.execute("SELECT user_id FROM public.creator_profiles").fetchall()
    assert rows == [(door.attacker.user,)]
    with as_api(door):
        pass


@pytest.mark.attack("T25")
def test_claims_of_a_transaction(door: Door) -> None:
    """As the API and the project set them they end with the transaction, committed, undone or broken off."""
    clean = found(door)
    with door.attacking() as session:
        assert attempt(session, READ) == 1
    assert found(door) == clean
    with door.trying() as session:
        assert attempt(session, READ) == 1
    assert found(door) == clean
    with pytest.raises(psycopg.errors.DivisionByZero), door.attacking() as session:
        session.execute("SELECT 1 / 0")
    assert found(door) == clean
    with pytest.raises(psycopg.OperationalError), door.attacking() as session:
        break_off(door, session)
    assert found(door) == clean


def break_off(door: Door, session: Connection) -> None:
    """End the backend in the midst of a transaction, and go on as if nothing had happened."""
    with door.pipeline.admin() as admin:
        admin.execute("SELECT pg_terminate_backend(%s)", session.execute("SELECT pg_backend_pid()").fetchone())
    session.execute(READ)


@pytest.mark.attack("T25")
def test_claims_of_our_own_readings(door: Door) -> None:
    """The gate's proofs act as a creator in a transaction of their own: the next client is nobody."""
    clean = found(door, "deployer")
    if door.pooled:
        with pytest.raises(RolloutError, match="DB009"):
            open_session(door.database.deployer, application_name="rollout test")
    else:
        with open_session(door.database.deployer, application_name="rollout test") as session:
            with read_only(session, role=CREATOR, claims={"sub": str(door.victim.user)}):
                assert len(session.execute("SELECT id FROM public.creator_profiles")) == 1
            assert session.execute("SELECT current_user AS who") == [{"who": "deployer"}]
    assert found(door, "deployer") == clean


@pytest.mark.attack("T25")
def test_many_creators_over_one_connection(door: Door) -> None:
    """Creators take turns on one server connection, and each sees the own row and no other."""
    for turn in range(40):
        creator = (door.attacker, door.victim)[turn % 2]
        with door.pipeline.creator(creator) as session:
            rows = session.execute("SELECT user_id FROM public.creator_profiles").fetchall()
        assert rows == [(creator.user,)]


@pytest.mark.attack("T26")
def test_clearing_by_reset_all(door: Door) -> None:
    """RESET ALL keeps the role, and so the next client has it; DISCARD ALL clears role, claims and locks."""
    careless(door, *SESSION_CLAIMS[0], f"SELECT pg_advisory_lock({LOCK})", "RESET ALL")
    role, claims, *_, locks = found(door)
    assert (role, claims, locks) == ((CREATOR, "", 1) if door.pooled else ("authenticator", "", 0))
    with as_api(door):
        pass
    role, claims, *_, locks = found(door)
    assert (role, claims, locks) == ("authenticator", "", 0)


@pytest.mark.attack("T26")
def test_a_role_that_stayed_is_overruled(door: Door) -> None:
    """Who takes the role for each transaction does not care which one the connection came with."""
    careless(door, "SET ROLE service_role")
    try:
        with door.attacking() as session:
            assert attempt(session, READ) == 1
        with door.pipeline.acting("anon") as session:
            assert attempt(session, READ) == "42501"
    finally:
        with as_api(door):
            pass


@pytest.mark.attack("T27")
def test_locks_and_limits_of_a_session(door: Door) -> None:
    """Both reach the next client of a pooler."""
    careless(door, f"SELECT pg_advisory_lock({LOCK})", "SET lock_timeout = '1ms'", "SET search_path = pg_catalog")
    _, _, path, limit, locks = found(door)
    assert (path, limit, locks) == (("pg_catalog", "1ms", 1) if door.pooled else ('"$user", public', "0", 0))
    with as_api(door):
        pass


@pytest.mark.attack("T27")
def test_we_never_work_through_a_transaction_port(door: Door) -> None:
    """A deploy and a reading are refused before they set or lock anything; directly they leave nothing either."""
    clean = found(door, "deployer")
    for opening in (open_workspace, open_session):
        if door.pooled:
            with pytest.raises(RolloutError, match=r"^DB009 .*transaction port"):
                opening(door.database.deployer, application_name="rollout test")
        else:
            opening(door.database.deployer, application_name="rollout test").close()
        assert found(door, "deployer") == clean
    with connect(door.database.admin) as admin:
        assert admin.execute("SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted").rowcount == 0
