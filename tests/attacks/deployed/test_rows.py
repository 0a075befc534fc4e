"""Somebody else's rows: by their ids, by handing rows over, by leaky conditions, by COPY and by MERGE."""

from typing import Final

import psycopg
import pytest
from psycopg import sql

from infra.pipeline.names import ANON, MONITOR, SERVICE, SERVICE_ROLE
from tests.attacks.doors import NAMES, NO_PRIVILEGE, OWNED, SECRET, SECRET_SCORE, Door, attempt
from tests.behaviour.rows import status
from tests.cluster_state import Connection

#: A column that a creator's session may change, so that the statement is not refused for another reason.
ANSWERED: Final = "creative_role"
OPEN_TO_CREATORS: Final = {"creator_profiles": {ANSWERED}, "pipeline_sessions": {"feedback"}}


def on(statement: str, name: str) -> sql.Composed:
    """Return a statement about a table, with the column that says whose a row is."""
    text = sql.SQL(statement)
    return text.format(table=sql.Identifier("public", name), key=sql.Identifier(OWNED[name]))


@pytest.mark.attack("T1")
def test_rows_by_their_ids(any_door: Door) -> None:
    """Reads find nothing, writes find nothing or no grant; the session does see its own row in each place."""
    door, ids = any_door, (any_door.attacker.profile, any_door.victim.profile)
    with door.pipeline.unchanged(), door.attacking() as session:
        for name in OWNED:
            found = [attempt(session, on("SELECT FROM {table} WHERE {key} = %s", name), [key]) for key in ids]
            assert found[0] != 0, name
            assert found[1] == 0, name
        for name in NAMES:
            assert attempt(session, on("DELETE FROM {table} WHERE {key} = %s", name), [ids[1]]) == NO_PRIVILEGE
            for column in OPEN_TO_CREATORS.get(name, {OWNED[name]}):
                update = f"UPDATE {{table}} SET {column} = {column} WHERE {{key}} = %s"
                reached = attempt(session, on(update, name), [ids[1]])
                is_open = name == "creator_profiles" or (door.legacy and name in OPEN_TO_CREATORS)
                assert reached == (0 if is_open else NO_PRIVILEGE), name
        assert status(session, door.attacker.profile)["profile"]["id"] == str(ids[0])
        assert status(session, door.victim.profile) is None


@pytest.mark.attack("T2")
def test_an_own_row_handed_over(any_door: Door) -> None:
    """The column is not granted; and were it, the policy would not let the row go."""
    door = any_door
    handing = on("UPDATE {table} SET user_id = %s WHERE {key} = %s", "creator_profiles")
    values = [door.victim.staff, door.attacker.profile]
    with door.pipeline.unchanged(), door.attacking() as session:
        assert attempt(session, handing, values) == NO_PRIVILEGE
        for name in NAMES[1:]:
            moving = on("UPDATE {table} SET {key} = %s", name)
            assert attempt(session, moving, [door.victim.profile]) == NO_PRIVILEGE
    with door.pipeline.unchanged(), door.deploying() as session:
        acting_with_more(session, door, "GRANT UPDATE (user_id) ON public.creator_profiles TO authenticated")
        # Without a condition nothing is read, and the policy for reading has no say.
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="violates row-level security"):
            session.execute("UPDATE public.creator_profiles SET user_id = %s", values[:1])


def acting_with_more(session: Connection, door: Door, grant: str) -> None:
    """Go on as the attacker with a grant too many, in a transaction of the deployer that is undone."""
    session.execute("SET LOCAL ROLE pipeline_owner")
    session.execute(sql.SQL(grant))
    session.execute("SET LOCAL ROLE authenticated")
    session.execute(
        "SELECT set_config('request.jwt.claims', json_build_object('sub', %s::text)::text, true)", [door.attacker.user]
    )


#: Tells whoever calls it, and the planner that it costs nothing, so that it would come before any other condition.
TELL: Final = """
    CREATE FUNCTION pg_temp.tell(told anyelement) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
    $$ BEGIN RAISE NOTICE 'told: %', told; RETURN true; END $$
"""
LEAKS: Final = (
    "SELECT FROM public.creator_profiles WHERE pg_temp.tell(cultural_motivation)",
    "SELECT FROM public.creator_profiles WHERE pg_temp.tell(readiness_score)",
    "SELECT FROM public.creator_pipeline_overview WHERE pg_temp.tell(readiness_score)",
    "SELECT FROM public.assessment_scores WHERE pg_temp.tell(creator_profile_id)",
    "SELECT FROM public.pipeline_metrics AS m JOIN public.creator_profiles AS p ON pg_temp.tell(p.readiness_score)",
    "UPDATE public.creator_profiles SET creative_role = creative_role WHERE pg_temp.tell(cultural_motivation)",
)
#: Each would fail, and say the value, if it came to the victim's row.
FAILURES: Final = (
    "SELECT FROM public.creator_profiles WHERE 1 / (readiness_score - 37) > 5",
    "SELECT FROM public.creator_pipeline_overview WHERE 1 / (readiness_score - 37) > 5",
    "SELECT FROM public.creator_profiles WHERE CASE WHEN id = %(victim)s THEN cultural_motivation::int = 1 END",
    "SELECT FROM public.pipeline_sessions WHERE CASE WHEN creator_profile_id = %(victim)s THEN stage::int = 1 END",
)


@pytest.mark.attack("T7")
def test_leaky_conditions(door: Door) -> None:
    """A function of the attacker's own is shown the attacker's rows alone; no hidden row makes a condition fail."""
    told: list[str] = []
    hidden = (SECRET, str(SECRET_SCORE), str(door.victim.profile))
    with door.attacking() as session:
        session.add_notice_handler(lambda notice: told.append(str(notice.message_primary)))
        session.execute(TELL)
        for statement in LEAKS:
            told.clear()
            assert attempt(session, statement) != NO_PRIVILEGE
            assert told
            assert not [line for line in told if line.removeprefix("told: ") in hidden], statement
        for statement in FAILURES:
            assert attempt(session, statement, {"victim": door.victim.profile}) == 0, statement
        session.execute("DROP FUNCTION pg_temp.tell")


VIOLATIONS: Final = (
    ("UPDATE public.creator_profiles SET community_interest = 101", "23514"),
    ("UPDATE public.creator_profiles SET creative_role = 'thief'", "23514"),
    ("INSERT INTO public.creator_profiles (user_id) VALUES (%(attacker)s)", "23505"),
    ("INSERT INTO public.creator_profiles (user_id) VALUES (%(victim)s)", NO_PRIVILEGE),
    ("INSERT INTO public.creator_profiles (user_id) VALUES (gen_random_uuid())", NO_PRIVILEGE),
)


@pytest.mark.attack("T13")
def test_what_a_violation_tells(door: Door) -> None:
    """No value of a row is told, and for somebody else's the policy comes before any constraint: nothing is proven."""
    ids = {"attacker": door.attacker.user, "victim": door.victim.user}
    with door.attacking() as session:
        for statement, state in VIOLATIONS:
            with pytest.raises(psycopg.Error) as refused, session.transaction():
                session.execute(sql.SQL(statement), ids)
            assert (refused.value.sqlstate, refused.value.diag.message_detail) == (state, None), statement


@pytest.mark.attack("T15")
def test_copying_out(door: Door) -> None:
    """COPY TO gives own rows; to a file or a program it gives nobody of ours anything."""
    with door.attacking() as session, session.cursor() as cursor:
        for name in NAMES:
            with cursor.copy(on("COPY {table} TO STDOUT", name)) as copy:
                lines = [bytes(line).decode() for line in copy]
            assert lines, name
            assert all(str(door.attacker.profile) in line for line in lines), name
            assert SECRET not in "".join(lines)
    for role in (ANON, SERVICE, SERVICE_ROLE, MONITOR):
        with door.pipeline.acting(role) as session:
            for end in ("TO '/tmp/taken'", "TO PROGRAM 'cat'"):
                assert attempt(session, f"COPY (SELECT 1) {end}") == NO_PRIVILEGE


@pytest.mark.attack("T15")
def test_copying_in(any_door: Door) -> None:
    """COPY FROM knows no policy, and is refused wherever there are some, or for want of a grant."""
    door = any_door
    line = f"{door.victim.profile}\n"
    into = {name: OWNED[name] for name in NAMES} | {"creator_profiles": "user_id"}
    for name, column in into.items():
        statement = on(f"COPY {{table}} ({column}) FROM STDIN", name)
        with door.pipeline.unchanged(), pytest.raises(psycopg.Error) as refused, door.attacking() as session:
            copy_in(session, statement, line)
        granted = name == "creator_profiles" or (door.legacy and name in LEGACY)
        assert refused.value.sqlstate == ("0A000" if granted else NO_PRIVILEGE), name


def copy_in(session: Connection, statement: sql.Composed, line: str) -> None:
    """Send one line to a COPY."""
    with session.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(line)


LEGACY: Final = {"pipeline_sessions", "assessment_scores", "agent_potential_mappings", "pipeline_metrics"}

UPSERT: Final = """
    INSERT INTO public.creator_profiles (user_id) VALUES (%(user)s) ON CONFLICT (user_id)
    DO UPDATE SET creative_role = 'curator'
"""
SILENT: Final = "INSERT INTO public.creator_profiles (user_id) VALUES (%(user)s) ON CONFLICT DO NOTHING"
MERGE: Final = """
    MERGE INTO public.creator_profiles AS p USING (SELECT %(user)s::uuid AS it) AS t ON p.user_id = t.it
     WHEN MATCHED THEN UPDATE SET creative_role = 'curator'
"""
MERGE_OR_ADD: Final = MERGE + " WHEN NOT MATCHED THEN INSERT (user_id) VALUES (t.it)"
MERGE_AWAY: Final = MERGE.replace("UPDATE SET creative_role = 'curator'", "DELETE")


@pytest.mark.attack("T30")
def test_upserts_and_merges(any_door: Door) -> None:
    """A conflict with a hidden row is refused, and a merge does not find it; the own row is found by each."""
    door = any_door
    theirs = {"user": door.victim.user}
    with door.pipeline.unchanged(), door.attacking() as session:
        for statement in (UPSERT, SILENT, MERGE_OR_ADD, MERGE_AWAY):
            assert attempt(session, statement, theirs) == NO_PRIVILEGE, statement
        assert attempt(session, MERGE, theirs) == 0
    with door.attacking() as session:
        assert attempt(session, UPSERT, {"user": door.attacker.user}) == 1
        assert attempt(session, MERGE, {"user": door.attacker.user}) == 1


@pytest.mark.attack("T30")
def test_an_upsert_into_another_creators_results(any_door: Door) -> None:
    """Neither by the key of a row nor by merging may results of somebody else be written."""
    door = any_door
    add = "INSERT INTO public.pipeline_sessions (creator_profile_id, stage) VALUES (%(victim)s, 'completed')"
    merge = """
        MERGE INTO public.pipeline_sessions AS s USING (SELECT %(victim)s::uuid AS it) AS t
           ON s.creator_profile_id = t.it WHEN MATCHED THEN UPDATE SET feedback = '{stolen}'
    """
    ids = {"victim": door.victim.profile}
    with door.pipeline.unchanged(), door.attacking() as session:
        assert attempt(session, add + " ON CONFLICT DO NOTHING", ids) == NO_PRIVILEGE
        assert attempt(session, merge, ids) == (0 if door.legacy else NO_PRIVILEGE)
        by_id = (
            "INSERT INTO public.pipeline_sessions (id, creator_profile_id, stage) VALUES (%(victim)s, %(victim)s, '')"
        )
        assert attempt(session, by_id, ids) == NO_PRIVILEGE
