"""The rollback scripts: no row is lost on the way out and back, and nothing else is other than before."""

import re
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from infra.ddl import rollback
from infra.ddl.rollback import CONFIRMATION, rollback_scripts, stale_scripts, write_scripts
from infra.models.access import Access
from tests import deploying
from tests.clusters import Database
from tests.ddl.scripts import catalog_marks, definition, deploy, plain, run_script
from tests.seeding import NAMES, checksums, seed

ARCHIVE = "pipeline_archive"
SCRIPTS = rollback_scripts(definition())
REMOVE, RESTORE, DESTROY = (SCRIPTS[name] for name in ("remove.sql", "restore.sql", "destroy-data.sql"))
CONFIRM = ("-v", f"confirm={CONFIRMATION}")


def sums(database: Database, schema: str = "public") -> dict[str, tuple[int, str]]:
    with database.connect(user="admin") as connection:
        return checksums(connection, schema)


def places(database: Database) -> dict[str, set[str]]:
    """Return the schemas in which each of our tables is."""
    query = "SELECT tablename, array_agg(schemaname) FROM pg_tables WHERE tablename = ANY (%s) GROUP BY 1"
    with database.connect(user="admin") as connection:
        return {name: set(schemas) for name, schemas in connection.execute(query, [list(NAMES)])}


def refused(database: Database, text: str, folder: Path, *options: str) -> str:
    """Run a script that must refuse without changing anything, and return what it says."""
    before = catalog_marks(database)
    result = run_script(database, text, folder, *options, check=False)
    assert result.returncode == 3, result.stdout
    assert catalog_marks(database) == before
    return result.stderr


def test_the_committed_scripts_are_what_the_definition_gives() -> None:
    """Stale? Run `python -m infra.ddl.rollback`."""
    assert stale_scripts() == []


def test_a_stale_script_is_named(tmp_path: Path) -> None:
    """One that was edited, one that is missing, and one too many; writing them anew mends the first two."""
    write_scripts(tmp_path)
    (tmp_path / "rollback" / "remove.sql").write_text("-- edited")
    (tmp_path / "rollback" / "restore.sql").unlink()
    assert stale_scripts(tmp_path) == ["rollback/remove.sql", "rollback/restore.sql"]
    (tmp_path / "deploy" / "old.sql").touch()
    write_scripts(tmp_path)
    assert stale_scripts(tmp_path) == ["deploy/old.sql"]


def test_the_command_checks_and_refuses_what_it_does_not_know() -> None:
    assert rollback.main(["--check"]) is None
    assert str(rollback.main(["--force"])).startswith("usage:")


def test_no_script_names_a_deployer() -> None:
    """They run as whoever deploys, whatever the login is called."""
    assert not any(re.search(r'"deployer"', text) for text in SCRIPTS.values())


@pytest.mark.parametrize("access", list(Access))
def test_remove_and_restore_lose_nothing(database: Database, tmp_path: Path, access: Access) -> None:
    """Every row by checksum, the schema byte for byte, roles and memberships; a second run writes nothing at all."""
    scripts = rollback_scripts(definition(access))
    deploy(database, tmp_path, access)
    seed(database)
    rows, dump, roles = sums(database), database.dump(), database.roles()
    for name, schema, other in (("remove.sql", ARCHIVE, "public"), ("restore.sql", "public", ARCHIVE)):
        run_script(database, scripts[name], tmp_path)
        assert sums(database, schema) == rows
        assert places(database) == {table: {schema} for table in NAMES}, other
        marks = catalog_marks(database)
        run_script(database, scripts[name], tmp_path)
        assert catalog_marks(database) == marks
        assert database.roles() == roles
    assert database.dump() == dump


def test_each_step_says_what_it_keeps() -> None:
    for text in SCRIPTS.values():
        steps = text.count("-- Locks: ")
        assert steps == text.count("-- Keeps: ") > 5
        assert len(re.findall(r"^\\echo '.* \(keeps .+\)'$", text, re.MULTILINE)) == steps


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
def test_parked_rows_are_out_of_reach(database: Database, tmp_path: Path, role: str) -> None:
    """Neither where the tables were nor where they are; and of the view and the function nothing is left."""
    deploy(database, tmp_path)
    (user,) = seed(database, creators=1)
    run_script(database, REMOVE, tmp_path)
    for name in (*(f"{ARCHIVE}.{name}" for name in NAMES), f"{ARCHIVE}.creator_profiles (user_id)"):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="schema pipeline_archive"),
            database.connect(role, {"sub": user}) as connection,
        ):
            connection.execute(f"TABLE {name.partition(' ')[0]}".encode())
    for text in ("TABLE public.creator_profiles", "TABLE public.creator_pipeline_overview"):
        with pytest.raises(psycopg.errors.UndefinedTable), database.connect(role) as connection:
            connection.execute(text.encode())


def test_the_services_have_no_privilege_on_a_parked_table(database: Database, tmp_path: Path) -> None:
    """Not by the schema alone: even with USAGE on it there is nothing that they were given."""
    deploy(database, tmp_path)
    run_script(database, REMOVE, tmp_path)
    query = """
        SELECT c.relname, a.grantee::regrole FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a
         WHERE c.relnamespace = 'pipeline_archive'::regnamespace AND a.grantee <> c.relowner
         UNION ALL
        SELECT attrelid::regclass::name, a.grantee::regrole FROM pg_attribute CROSS JOIN LATERAL aclexplode(attacl) AS a
         WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'pipeline_archive'::regnamespace)
    """
    with database.connect(user="admin") as connection:
        assert connection.execute(query).fetchall() == []


def test_a_grant_by_hand_is_taken_back_too(database18: Database, tmp_path: Path) -> None:
    """Whoever was let in beside the definition is out after a remove, those that it let in as well; none returns."""
    deploy(database18, tmp_path)
    dump = database18.dump()
    with database18.connect() as connection:
        connection.execute(b"GRANT SELECT (id) ON public.creator_profiles TO PUBLIC")
        connection.execute(b"GRANT SELECT ON public.creator_profiles TO anon WITH GRANT OPTION")
    with database18.connect("anon") as connection:
        connection.execute(b"GRANT SELECT ON public.creator_profiles TO authenticator")
    run_script(database18, REMOVE, tmp_path)
    run_script(database18, RESTORE, tmp_path)
    assert database18.dump() == dump


def test_deleting_a_user_erases_parked_rows(database: Database, tmp_path: Path) -> None:
    """As the platform's login service does it; what is restored is what the others have."""
    deploy(database, tmp_path)
    gone, *_rest = seed(database, creators=2)
    before = sums(database)
    run_script(database, REMOVE, tmp_path)
    with database.connect(user="admin") as connection:
        connection.execute("SET ROLE supabase_auth_admin")
        connection.execute("DELETE FROM auth.users WHERE id = %s", [gone])
    parked = sums(database, ARCHIVE)
    assert {name: count for name, (count, _digest) in parked.items()} == {
        name: count // 2 for name, (count, _digest) in before.items()
    }
    run_script(database, RESTORE, tmp_path)
    assert sums(database) == parked


def test_restore_after_a_destroy_by_the_provider(database: Database, tmp_path: Path) -> None:
    """Policies, indexes, triggers, grants, roles and memberships are gone with it; only the parked tables are left."""
    with closing(deploying.Deployer(database.deployer, definition())) as deployer:
        deployer.up()
        seed(database)
        rows, dump, roles = sums(database), database.dump(), database.roles()
        deployer.workspace.lock()
        deployer.down()
        revoke = "REVOKE pipeline_owner FROM deployer"
        deployer.workspace.session.execute(revoke)
    assert sums(database, ARCHIVE) == rows
    run_script(database, RESTORE, tmp_path)
    assert sums(database) == rows
    assert plain(database.dump()) == plain(dump)
    assert database.roles() == roles
    marks = catalog_marks(database)
    run_script(database, RESTORE, tmp_path)
    assert catalog_marks(database) == marks


def test_restore_mends_an_invalid_index(database: Database, tmp_path: Path) -> None:
    """An interrupted build left it: IF NOT EXISTS would take it for whole."""
    deploy(database, tmp_path)
    dump = database.dump()
    run_script(database, REMOVE, tmp_path)
    query = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'pipeline_archive.{}'::regclass"
    with database.connect(user="admin") as connection:
        connection.execute(query.format("creator_profiles_user_id_key").encode())
        connection.execute(query.format("pipeline_metrics_recorded_at_idx").encode())
        connection.execute(b"DROP INDEX pipeline_archive.pipeline_sessions_stage_idx")
    run_script(database, RESTORE, tmp_path)
    assert database.dump() == dump
    with database.connect() as connection:
        assert connection.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid").fetchone() == (0,)


def test_restore_gives_a_standing_table_what_it_lacks(database18: Database, tmp_path: Path) -> None:
    """A policy, a trigger, the row security, a function's body or the view, taken away by hand."""
    deploy(database18, tmp_path)
    dump = database18.dump()
    with database18.connect() as connection:
        connection.execute(b"DROP POLICY creator_select ON public.creator_profiles")
        connection.execute(b"DROP TRIGGER creator_economics_touch_updated_at ON public.creator_economics")
        connection.execute(b"ALTER TABLE public.pipeline_metrics NO FORCE ROW LEVEL SECURITY")
        connection.execute(b"CREATE POLICY stray ON public.assessment_scores TO PUBLIC USING (true)")
        connection.execute(b"DROP VIEW public.creator_pipeline_overview")
        connection.execute(b"ALTER ROLE pipeline_service NOLOGIN")
    run_script(database18, RESTORE, tmp_path)
    assert plain(database18.dump()) == plain(dump)


@pytest.mark.parametrize("script", [REMOVE, RESTORE], ids=["remove", "restore"])
def test_a_table_and_its_parked_twin_refuse(database: Database, tmp_path: Path, script: str) -> None:
    """Nobody but a person can say which rows are the real ones: both are named."""
    deploy(database, tmp_path)
    run_script(database, REMOVE, tmp_path)
    with database.connect() as connection:
        connection.execute(b"CREATE TABLE public.pipeline_sessions (id integer)")
    said = refused(database, script, tmp_path)
    assert "ADOPT003 a table and its parked twin are both there" in said
    assert "public.pipeline_sessions and pipeline_archive.pipeline_sessions" in said
    assert "creator_profiles" not in said


@pytest.mark.parametrize("script", [REMOVE, RESTORE, DESTROY], ids=["remove", "restore", "destroy"])
def test_somebody_elses_table_refuses(database18: Database, tmp_path: Path, script: str) -> None:
    with database18.connect() as connection:
        connection.execute(b"CREATE TABLE public.creator_profiles (id integer)")
    said = refused(database18, script, tmp_path, *CONFIRM)
    assert "of another owner: public.creator_profiles (of deployer)" in said


def test_restore_with_nothing_parked_refuses(database18: Database, tmp_path: Path) -> None:
    said = refused(database18, RESTORE, tmp_path)
    assert "neither in place nor parked: public.creator_profiles, " in said


def test_remove_with_nothing_there_does_nothing(database18: Database, tmp_path: Path) -> None:
    before = catalog_marks(database18)
    run_script(database18, REMOVE, tmp_path)
    run_script(database18, DESTROY, tmp_path, *CONFIRM)
    assert catalog_marks(database18) == before


@pytest.mark.parametrize("name", SCRIPTS)
def test_another_deploy_refuses(database18: Database, tmp_path: Path, name: str) -> None:
    deploy(database18, tmp_path)
    with closing(deploying.Deployer(database18.deployer)) as other:
        other.workspace.lock()
        assert "DB005" in refused(database18, SCRIPTS[name], tmp_path, *CONFIRM)


def test_a_view_of_somebody_else_stops_the_remove_before_it_starts(database18: Database, tmp_path: Path) -> None:
    """It reads ours: access, tables and rows are as they were."""
    deploy(database18, tmp_path)
    with database18.connect() as connection:
        connection.execute(b"CREATE VIEW public.theirs AS TABLE public.creator_pipeline_overview")
    assert "public.theirs" in refused(database18, REMOVE, tmp_path).replace("view theirs", "view public.theirs")


def test_a_trigger_of_somebody_else_keeps_our_function(database18: Database, tmp_path: Path) -> None:
    deploy(database18, tmp_path)
    with database18.connect() as connection:
        connection.execute(b"CREATE TABLE public.theirs (updated_at timestamptz)")
        connection.execute(
            b"CREATE TRIGGER touch BEFORE UPDATE ON public.theirs"
            b" FOR EACH ROW EXECUTE FUNCTION pipeline_private.touch_updated_at()"
        )
    run_script(database18, REMOVE, tmp_path)
    with database18.connect() as connection:
        names = connection.execute("SELECT proname FROM pg_proc WHERE pronamespace = 'pipeline_private'::regnamespace")
        assert sorted(names.fetchall()) == [("refuse_change",), ("touch_updated_at",)]
