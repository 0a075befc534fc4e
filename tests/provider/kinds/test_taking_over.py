"""What stands under other names, belongs to others too, or came into a state by hand: taken over, never stuck."""

from collections.abc import Iterator

import pytest

from infra.models.role import Role
from infra.pipeline.views import OVERVIEW
from infra.provider.kinds.role import RoleKind
from infra.provider.kinds.view import ViewKind
from tests.clusters import Database
from tests.deploying import Deployer


@pytest.fixture
def deployer(database: Database) -> Iterator[Deployer]:
    deployed = Deployer(database.deployer)
    deployed.up()
    yield deployed
    deployed.close()


def names(database: Database, query: str) -> list[str]:
    with database.connect(user="admin") as admin:
        return [row[0] for row in admin.execute(query.encode()).fetchall()]


@pytest.mark.parametrize("spoilt", [{"owner": "postgres"}, {"columns": [{"name": ""}]}, {"query": "no query"}])
def test_a_state_that_no_definition_could_say_is_no_trap(
    database: Database, deployer: Deployer, spoilt: dict[str, object]
) -> None:
    """What a refresh found by hand is data: the next read, update and delete go on from what stands."""
    kind, wanted = ViewKind(), OVERVIEW.dump()
    state = wanted | spoilt
    found = kind.read(deployer.call(), OVERVIEW.identity, state)
    assert found is not None
    assert found.inputs["owner"] == OVERVIEW.owner
    updated = kind.update(deployer.call(), OVERVIEW.identity, state, wanted)
    assert updated.inputs == wanted
    kind.delete(deployer.call(), OVERVIEW.identity, state)
    assert names(database, "SELECT viewname FROM pg_views WHERE schemaname = 'public'") == []


def test_a_key_under_another_name_gives_way(database: Database, deployer: Deployer) -> None:
    """A key that would keep users from being deleted does not survive beside the one that is declared."""
    with database.connect(user="admin") as admin:
        admin.execute(
            "ALTER TABLE public.pipeline_metrics DROP CONSTRAINT pipeline_metrics_creator_profile_id_fkey,"
            " ADD CONSTRAINT fk_by_hand FOREIGN KEY (creator_profile_id) REFERENCES public.creator_profiles (id)"
        )
    deployer.create(next(table for table in deployer.definition.tables if table.name == "pipeline_metrics"))
    keys = "SELECT conname FROM pg_constraint WHERE conrelid = 'public.pipeline_metrics'::regclass AND contype = 'f'"
    assert names(database, keys) == ["pipeline_metrics_creator_profile_id_fkey"]
    assert deployer.drift() == {}


def test_an_index_under_another_name_is_taken_over(database: Database, deployer: Deployer) -> None:
    """It gets our name; nothing is built, and no second one stands beside it."""
    with database.connect(user="admin") as admin:
        admin.execute("ALTER INDEX public.assessment_scores_dimension_idx RENAME TO by_dimension")
    before = names(database, "SELECT relfilenode::text FROM pg_class WHERE relname = 'by_dimension'")
    index = next(item for item in deployer.definition.indexes if item.name == "assessment_scores_dimension_idx")
    assert "Index public.assessment_scores_dimension_idx" in deployer.drift()
    deployer.create(index)
    after = "SELECT relfilenode::text FROM pg_class WHERE relname = 'assessment_scores_dimension_idx'"
    assert names(database, after) == before
    assert names(database, "SELECT relname FROM pg_class WHERE relname = 'by_dimension'") == []
    assert deployer.drift() == {}


def test_a_role_of_another_database_keeps_its_login(database: Database, deployer: Deployer) -> None:
    """Deleting it here leaves it as it is while anything, in whatever database, depends on it."""
    role = next(item for item in deployer.definition.roles if item.login)
    assert isinstance(role, Role)
    RoleKind().delete(deployer.call(), role.name, role.dump())
    assert role.name in names(database, "SELECT rolname FROM pg_roles WHERE rolcanlogin")
