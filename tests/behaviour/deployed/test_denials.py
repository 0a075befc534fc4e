"""What is denied: nothing granted, a row that no policy lets through, or no row at all; told apart each time."""

from typing import Final, LiteralString

import psycopg
import pytest
from psycopg import sql

from infra.models.access import Access
from infra.pipeline.names import ANON, CREATOR, MONITOR, SERVICE, SERVICE_ROLE, SERVICES
from infra.pipeline.tables import CREATOR_TABLES, TABLES
from tests.behaviour.pipelines import NO_GRANT, NO_POLICY, Creator, Pipeline
from tests.behaviour.rows import status
from tests.behaviour.writes import FORGERIES, WRITES, fill
from tests.cluster_state import Connection

GRANT: Final = "no grant"
Outcome = int | str

STATEMENTS: Final[dict[str, LiteralString]] = {
    "select": "SELECT * FROM {}",
    "insert": "INSERT INTO {0} SELECT * FROM {0} WHERE false",
    "update": "UPDATE {} SET id = id",
    "delete": "DELETE FROM {}",
    "truncate": "TRUNCATE {} CASCADE",
}
NAMES: Final = tuple(table.name for table in TABLES)
#: Columns that creators may write, on their own row, under either access and under legacy alone.
ANSWERS: Final = {
    "creative_role",
    "ai_experience_level",
    "community_interest",
    "preferred_learning_style",
    "referral_source",
    "cultural_motivation",
    "collaboration_experience",
    "updated_at",
}
LEGACY_UPDATES: Final = {
    "creator_profiles": {"onboarding_stage", "cultural_alignment", "readiness_score"},
    "pipeline_sessions": {"completed_at", "feedback", "updated_at"},
}
LEGACY_INSERTS: Final = ("pipeline_sessions", "assessment_scores", "agent_potential_mappings", "pipeline_metrics")


def outcome(session: Connection, statement: LiteralString, *names: str) -> Outcome:
    """Return how many rows a statement reaches, which is then undone, or the kind of its refusal."""
    text = sql.SQL(statement).format(*(sql.Identifier(*name.split(".")) for name in names))
    try:
        with session.transaction(force_rollback=True):
            return session.execute(text).rowcount
    except psycopg.errors.InsufficientPrivilege as error:
        return GRANT if str(error).startswith("permission denied for ") else str(error)


def expected(role: str, table: str, kind: str, total: int) -> Outcome:
    """Return what a statement over a whole table must reach: everything, one's own one row, or nothing."""
    if role in SERVICES and (kind in {"select", "update"} or (kind, table) in SERVICE_DELETES):
        return total
    if role in SERVICES and kind == "insert":
        return 0
    return 1 if role == CREATOR and kind == "select" else GRANT


SERVICE_DELETES: Final = {("delete", "creator_economics"), ("delete", "creator_feature_flags")}


@pytest.mark.parametrize("role", [ANON, CREATOR, SERVICE, SERVICE_ROLE, MONITOR])
def test_every_statement_on_every_table(pipeline: Pipeline, role: str) -> None:
    """Each role, table and statement: all rows, own rows or no grant. Nobody truncates; anon reaches nothing."""
    user = pipeline.database.sign_up(f"{role}-{pipeline.database.name}@example.org")
    with pipeline.admin() as admin:
        profile = admin.execute(
            "INSERT INTO public.creator_profiles (user_id) VALUES (%s) RETURNING id", [user]
        ).fetchone()
        assert profile is not None
        for table in CREATOR_TABLES:
            copy_row(admin, table.name, profile[0])
        totals = {name: outcome(admin, STATEMENTS["select"], f"public.{name}") for name in NAMES}
    with pipeline.unchanged(), pipeline.acting(role, user) as session:
        if role == MONITOR:
            session.execute("SET TRANSACTION READ WRITE")
        for name in NAMES:
            for kind, statement in STATEMENTS.items():
                found = outcome(session, statement, f"public.{name}")
                assert found == expected(role, name, kind, int(totals[name])), (name, kind)


def copy_row(admin: Connection, table: str, profile: object) -> None:
    """Give a profile a copy of one row of somebody else's."""
    admin.execute(
        sql.SQL(
            "INSERT INTO {0} SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(),"
            " 'creator_profile_id', %s::text))).* FROM {0} AS t LIMIT 1"
        ).format(sql.Identifier("public", table)),
        [str(profile)],
    )


def test_each_column_that_a_creator_updates(pipeline: Pipeline, creator: Creator) -> None:
    """Creators change their answers; legacy adds progress and sessions; no column more, on own rows only."""
    fill(pipeline, creator)
    legacy = LEGACY_UPDATES if pipeline.access is Access.LEGACY else {}
    with pipeline.creator(creator) as session:
        for table in TABLES:
            allowed = legacy.get(table.name, set()) | (ANSWERS if table.name == "creator_profiles" else set())
            for column in table.columns:
                found = outcome(session, "UPDATE {0} SET {1} = {1}", f"public.{table.name}", column.name)
                assert found == (1 if column.name in allowed else GRANT), (table.name, column.name)


def test_each_column_that_a_creator_inserts(pipeline: Pipeline, creator: Creator) -> None:
    """Creators fill in their sign-up; legacy lets them write results; never an id, a time of record or a flag."""
    legacy = LEGACY_INSERTS if pipeline.access is Access.LEGACY else ()
    never = {"id", "created_at", "updated_at", "assessed_at", "last_activity_at", "metrics", "success_metrics"}
    with pipeline.creator(creator) as session:
        for table in TABLES:
            for column in table.columns:
                found = outcome(
                    session,
                    "INSERT INTO {0} ({1}) SELECT {1} FROM {0} WHERE false",
                    f"public.{table.name}",
                    column.name,
                )
                if column.name in never or table.name not in ("creator_profiles", *legacy):
                    assert found == GRANT, (table.name, column.name)
        for name in ("creator_profiles", *legacy):
            key = "user_id" if name == "creator_profiles" else "creator_profile_id"
            assert outcome(session, "INSERT INTO {0} ({1}) SELECT {1} FROM {0} WHERE false", f"public.{name}", key) == 0


def test_another_creators_rows_cannot_be_read(pipeline: Pipeline, creator: Creator) -> None:
    """Asked for by their very ids, another creator's rows are not there: no error, no row."""
    other = pipeline.sign_up()
    fill(pipeline, other)
    with pipeline.unchanged(), pipeline.creator(creator) as session:
        for table in TABLES:
            key = "id" if table.name == "creator_profiles" else "creator_profile_id"
            text = sql.SQL("SELECT FROM {} WHERE {} = %s").format(
                sql.Identifier("public", table.name), sql.Identifier(key)
            )
            assert session.execute(text, [other.profile]).rowcount == 0
        assert status(session, other.profile) is None
        assert (
            session.execute("SELECT FROM public.creator_pipeline_overview WHERE id = %s", [other.profile]).rowcount == 0
        )


def test_another_creators_rows_cannot_be_written(pipeline: Pipeline, creator: Creator) -> None:
    """An update finds no row; an insert is refused, by its policy under legacy, for want of a grant under service."""
    other = pipeline.sign_up()
    fill(pipeline, other)
    with pipeline.unchanged(), pipeline.creator(creator) as session:
        update = "UPDATE public.creator_profiles SET creative_role = 'curator' WHERE id = %(profile)s"
        assert session.execute(update, other.names).rowcount == 0
    with pipeline.refused(NO_POLICY), pipeline.creator(creator) as session:
        session.execute(
            "INSERT INTO public.creator_profiles (user_id) VALUES (%s)",
            [pipeline.database.sign_up(f"{creator.user}@x")],
        )
    legacy = pipeline.access is Access.LEGACY
    for name in ("a session", "a score", "a mapping", "a metric"):
        with pipeline.refused(NO_POLICY if legacy else NO_GRANT), pipeline.creator(creator) as session:
            session.execute(FORGERIES[name], other.names)
    for write in (write for write in WRITES if write.legacy):
        if legacy and "UPDATE" in write.text:
            with pipeline.unchanged(), pipeline.creator(creator) as session:
                assert session.execute(write.text, other.names).rowcount == 0
        else:
            with pipeline.refused(NO_POLICY if legacy else NO_GRANT), pipeline.creator(creator) as session:
                session.execute(write.text, other.names)


def test_an_update_of_everything_reaches_own_rows_alone(pipeline: Pipeline, creator: Creator) -> None:
    """Without a condition, and without a look at any column, an update ends at the caller's rows."""
    other = pipeline.sign_up()
    fill(pipeline, creator)
    fill(pipeline, other)
    with pipeline.creator(creator) as session:
        assert outcome(session, "UPDATE {} SET creative_role = 'curator'", "public.creator_profiles") == 1
        found = outcome(session, "UPDATE {} SET feedback = '{{all}}'", "public.pipeline_sessions")
    assert found == (1 if pipeline.access is Access.LEGACY else GRANT)


@pytest.mark.parametrize("claims", ["none", "stranger"])
def test_a_session_without_a_profile_sees_nothing(pipeline: Pipeline, claims: str) -> None:
    """Without a user in the token, or with one who has not signed up, there is no row to see."""
    user = None if claims == "none" else pipeline.database.sign_up(f"stranger-{pipeline.database.name}@example.org")
    with pipeline.acting(CREATOR, user) as session:
        for name in (*NAMES, "creator_pipeline_overview"):
            assert outcome(session, STATEMENTS["select"], f"public.{name}") == 0


def test_anon_reaches_nothing(pipeline: Pipeline, creator: Creator) -> None:
    """Besides the tables, neither the view nor the function is open to a visitor without a login."""
    with pipeline.refused(("42501", "^permission denied for view ")), pipeline.acting(ANON) as session:
        session.execute("SELECT FROM public.creator_pipeline_overview")
    with pipeline.refused(("42501", "^permission denied for function ")), pipeline.acting(ANON) as session:
        status(session, creator.profile)


@pytest.mark.parametrize("role", [ANON, CREATOR, SERVICE, SERVICE_ROLE, MONITOR])
def test_the_private_schemas_are_closed(pipeline: Pipeline, role: str) -> None:
    """The record of what was applied, the trigger functions and the archive are nobody's but the owner's."""
    for statement in (
        "SELECT FROM pipeline_private.applied_objects",
        "SELECT pipeline_private.touch_creator_activity()",
        "CREATE TABLE pipeline_archive.mine ()",
    ):
        with pipeline.refused(NO_GRANT), pipeline.acting(role) as session:
            if role == MONITOR:
                session.execute("SET TRANSACTION READ WRITE")
            session.execute(statement)
