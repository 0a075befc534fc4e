"""Going back: the guide's own rollback SQL loses rows and puts nothing back; ours parks every row."""

import uuid
from typing import Final, LiteralString

import psycopg
import pytest
from psycopg import sql

from infra.ddl.templates import SQL_ROOT
from infra.errors import RolloutErrors
from infra.models.access import Access
from infra.models.grant import Grant
from infra.pipeline.names import ANON, ARCHIVE, CREATOR, OWNER, SERVICE_ROLE
from tests.behaviour.adoptions import deployer_of
from tests.clusters import Database
from tests.deploying import HANDLERS, Deployer, deploy
from tests.reference_database import build_reference
from tests.seeding import NAMES, checksums, seed

#: "Migration Rollback" of the deployment guide, in its order.
GUIDE: Final[tuple[LiteralString, ...]] = (
    "DROP TABLE IF EXISTS creator_feature_flags",
    "DROP TABLE IF EXISTS pipeline_metrics",
    "DROP TABLE IF EXISTS creator_economics",
    "DROP TABLE IF EXISTS agent_potential_mappings",
    "DROP TABLE IF EXISTS pipeline_sessions",
    "DROP TABLE IF EXISTS assessment_scores",
    "DROP TABLE IF EXISTS creator_profiles",
    "DROP FUNCTION IF EXISTS get_creator_pipeline_status(UUID)",
    "DROP FUNCTION IF EXISTS update_creator_activity()",
    "DROP FUNCTION IF EXISTS update_updated_at_column()",
    "DROP VIEW IF EXISTS creator_pipeline_overview",
)


def rows_of(database: Database, schema: str = "public") -> dict[str, tuple[int, str]]:
    """Return the checksums of the seven tables of a schema."""
    with database.connect(user="admin") as admin:
        return checksums(admin, schema)


def tables_of(database: Database, schema: str) -> set[str]:
    """Return the tables of a schema."""
    with database.connect(user="admin") as admin:
        return {name for (name,) in admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])}


def test_the_guides_rollback_loses_three_tables(database: Database) -> None:
    """It drops tables before the view that reads them: three go with their rows, four stay, and no way leads back."""
    build_reference(database, theirs=False)
    seed(database)
    refused = []
    with database.connect() as owner:
        for statement in GUIDE:
            try:
                owner.execute(statement)
            except psycopg.errors.DependentObjectsStillExist:
                refused.append(statement.split()[-1])
    lost = {"creator_feature_flags", "pipeline_metrics", "creator_economics"}
    assert tables_of(database, "public") == set(NAMES) - lost
    assert set(NAMES) - lost <= set(refused)


def test_our_rollback_loses_nothing(database: Database) -> None:
    """The same database, once adopted: every row is parked, and comes back."""
    build_reference(database, theirs=False)
    seed(database)
    before = rows_of(database)
    deploy(database.deployer).close()
    database.psql("--quiet", f"--file={SQL_ROOT / 'rollback' / 'remove.sql'}")
    assert not tables_of(database, "public")
    assert rows_of(database, ARCHIVE) == before
    database.psql("--quiet", f"--file={SQL_ROOT / 'rollback' / 'restore.sql'}")
    assert rows_of(database) == before
    with deployer_of(database, Access.SERVICE) as deployer:
        assert deployer.drift() == {}


@pytest.fixture
def destroyed(database: Database) -> tuple[Database, list[uuid.UUID], dict[str, tuple[int, str]]]:
    """A database whose resources were all deleted, its users, and the rows as they were."""
    deployer = deploy(database.deployer)
    users = seed(database)
    before = rows_of(database)
    destroy(deployer)
    return database, users, before


def destroy(deployer: Deployer) -> None:
    """Delete every resource as the program does, which retains the ledger and the archive's grant to the owner."""
    for model in reversed(list(deployer.objects())):
        archive = isinstance(model, Grant) and model.object_name == ARCHIVE
        if not archive and not deployer.definition.is_retained(model):
            handler = HANDLERS[type(model).__name__]
            handler.delete(deployer.call(), handler.identity(model), model.dump())  # type: ignore[attr-defined] # each has it
    deployer.close()


Destroyed = tuple[Database, list[uuid.UUID], dict[str, tuple[int, str]]]


def test_a_destroy_parks_every_row(destroyed: Destroyed) -> None:
    """Nothing is left in public; in the archive are all rows, out of everybody's reach, and the role that owns them."""
    database, _, before = destroyed
    assert not tables_of(database, "public")
    assert rows_of(database, ARCHIVE) == before
    assert OWNER in {role["name"] for role in database.roles()}
    for role in (ANON, CREATOR, SERVICE_ROLE):
        for name in NAMES:
            with (
                pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for schema"),
                database.connect(role, {"role": role}) as session,
            ):
                session.execute(sql.SQL("SELECT FROM {}").format(sql.Identifier(ARCHIVE, name)))


def test_deleting_a_user_erases_parked_rows(destroyed: Destroyed) -> None:
    """The keys stay with the parked tables: whoever is deleted leaves no row behind, and everybody else's stay."""
    database, users, before = destroyed
    with database.connect(user="admin") as admin:
        admin.execute(sql.SQL("UPDATE {} SET set_by = NULL").format(sql.Identifier(ARCHIVE, "creator_feature_flags")))
        admin.execute("SET ROLE supabase_auth_admin")
        admin.execute("DELETE FROM auth.users WHERE id = %s", [users[0]])
    after = rows_of(database, ARCHIVE)
    assert {name: total * 3 // 2 for name, (total, _) in after.items()} == {
        n: total for n, (total, _) in before.items()
    }


def test_a_deploy_over_parked_rows_is_refused(destroyed: Destroyed) -> None:
    """Before it makes an empty twin, it names the script that brings the rows back; after that it goes through."""
    database, _, before = destroyed
    with (
        deployer_of(database, Access.SERVICE) as deployer,
        pytest.raises(RolloutErrors, match=r"ADOPT003 table public\.creator_profiles: .*restore\.sql"),
    ):
        deployer.up()
    assert rows_of(database, ARCHIVE) == before
    database.psql("--quiet", f"--file={SQL_ROOT / 'rollback' / 'restore.sql'}")
    deployer = deploy(database.deployer)
    assert rows_of(database) == before
    assert deployer.drift() == {}
    deployer.close()
