"""What stands under other names, belongs to others too, or came into a state by hand: taken over, never stuck."""

from collections.abc import Iterator

import pytest

from infra.errors import RolloutErrors
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


@pytest.mark.parametrize(
    ("made", "path"),
    [
        ("ALTER TABLE public.pipeline_metrics OWNER TO supabase_admin", "table public.pipeline_metrics"),
        (
            "ALTER VIEW public.creator_pipeline_overview OWNER TO supabase_admin",
            "view public.creator_pipeline_overview",
        ),
        (
            "ALTER FUNCTION public.get_creator_pipeline_status(uuid) OWNER TO supabase_admin",
            "function public.get_creator_pipeline_status(uuid)",
        ),
    ],
)
def test_what_belongs_to_a_stranger_is_refused_in_the_preview(
    database: Database, deployer: Deployer, made: str, path: str
) -> None:
    """Before anything is changed, and with the membership that is missing."""
    with database.connect(user="admin") as admin:
        admin.execute(made.encode())
    objects = {f"{type(item).__name__.lower()} {getattr(item, 'identity', '')}": item for item in deployer.objects()}
    with pytest.raises(RolloutErrors, match=r"^ADOPT001 .* it belongs to supabase_admin, whom deployer may not act as"):
        deployer.create(objects[path], preview=True)


@pytest.mark.parametrize("constraint", ["check", "key"])
def test_rows_that_break_a_constraint_nobody_checked_are_refused_in_the_preview(
    database: Database, deployer: Deployer, constraint: str
) -> None:
    """It stands NOT VALID, and `up` would fail on validating it: the preview has the query that finds the rows."""
    name, definition = {
        "check": ("assessment_scores_score_check", "CHECK (score >= 0 AND score <= 100)"),
        "key": (
            "assessment_scores_creator_profile_id_fkey",
            "FOREIGN KEY (creator_profile_id) REFERENCES public.creator_profiles (id) ON DELETE CASCADE",
        ),
    }[constraint]
    row = "INSERT INTO public.assessment_scores (creator_profile_id, dimension, score)"
    row += " VALUES (gen_random_uuid(), 'x', 500)"
    with database.connect(user="admin") as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute(f"ALTER TABLE public.assessment_scores DROP CONSTRAINT {name}".encode())
        admin.execute("ALTER TABLE public.assessment_scores DROP CONSTRAINT IF EXISTS assessment_scores_score_check")
        admin.execute(row.encode())
        admin.execute(f"ALTER TABLE public.assessment_scores ADD CONSTRAINT {name} {definition} NOT VALID".encode())
    table = next(item for item in deployer.definition.tables if item.name == "assessment_scores")
    with pytest.raises(RolloutErrors) as refused:
        deployer.create(table, preview=True)
    (error,) = [error for error in refused.value.errors if name in error.path]
    assert error.code == "DB007"
    query = error.problem.partition("find them with: ")[2]
    with database.connect(user="admin") as admin:
        assert len(admin.execute(query.encode()).fetchall()) == 1
