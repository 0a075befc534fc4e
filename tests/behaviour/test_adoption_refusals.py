"""What cannot be reconciled safely is said before anything changes, object by object, with the query that finds it."""

import re
from typing import Final

import pytest

from infra.errors import RolloutErrors
from infra.models.access import Access
from tests.behaviour.adoptions import deployer_of, problems
from tests.clusters import Database
from tests.deploying import deploy
from tests.reference_database import build_reference
from tests.seeding import checksums, seed

#: Each mistake in the data, with the object that names it and how many rows its query finds.
MISTAKES: Final = (
    (
        "INSERT INTO public.creator_profiles (user_id) SELECT user_id FROM public.creator_profiles LIMIT 1",
        ("Index public.creator_profiles_user_id_key", 1),
    ),
    (
        (
            "ALTER TABLE public.assessment_scores DROP CONSTRAINT assessment_scores_creator_profile_id_fkey;"
            " INSERT INTO public.assessment_scores (creator_profile_id, dimension, score)"
            " VALUES (gen_random_uuid(), 'lost', 1), (gen_random_uuid(), 'lost', 2)"
        ),
        ("Table public.assessment_scores", 2),
    ),
    (
        (
            "ALTER TABLE public.creator_economics DROP CONSTRAINT creator_economics_market_demand_score_check;"
            " UPDATE public.creator_economics SET market_demand_score = 101"
        ),
        ("Table public.creator_economics", 3),
    ),
    (
        (
            "ALTER TABLE public.pipeline_metrics ALTER metric_name DROP NOT NULL;"
            " INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_value)"
            " SELECT id, 'quality', 1 FROM public.creator_profiles LIMIT 1"
        ),
        ("Table public.pipeline_metrics", 1),
    ),
)
QUERY: Final = re.compile(r"find them with: (SELECT .*)")
#: Tables on which somebody may write today, by a policy of today.
WRITABLE: Final = {
    "creator_profiles",
    "assessment_scores",
    "pipeline_sessions",
    "agent_potential_mappings",
    "creator_economics",
    "pipeline_metrics",
}


@pytest.fixture
def before(database: Database) -> Database:
    """The database of before, with rows."""
    build_reference(database)
    seed(database)
    return database


def picture(database: Database) -> tuple[str, dict[str, tuple[int, str]], object]:
    """Return all that a preview must not change: schema, rows and roles."""
    with database.connect(user="admin") as admin:
        return database.dump(), checksums(admin), database.roles()


def break_data(database: Database) -> None:
    """Make every mistake."""
    with database.connect(user="admin") as admin:
        for statement, _ in MISTAKES:
            admin.execute(statement)


def test_a_preview_names_every_conflict_and_changes_nothing(before: Database) -> None:
    """Duplicates, orphans, a broken check and a null: each under its object, and its query finds the very rows."""
    break_data(before)
    unchanged = picture(before)
    with deployer_of(before, Access.SERVICE) as deployer:
        found = problems(deployer)
    assert picture(before) == unchanged
    assert {name: [error.code for error in errors] for name, errors in found.items()} == {
        name: ["DB007"] for _, (name, _) in MISTAKES
    }
    with before.connect(user="admin") as admin:
        for _, (name, rows) in MISTAKES:
            query = QUERY.search(found[name][0].problem)
            assert query is not None, found[name][0]
            assert admin.execute(query[1].encode()).rowcount == rows, query[1]
            assert found[name][0].fix


def test_a_deploy_meets_the_same_refusals_and_keeps_every_row(before: Database) -> None:
    """Run all the same, it stops at those objects alone; once the rows are mended, it goes through."""
    break_data(before)
    with before.connect(user="admin") as admin:
        rows = checksums(admin)
        with deployer_of(before, Access.SERVICE) as deployer:
            deployer.make_schemas()
            found = problems(deployer, preview=False)
            assert {name for _, (name, _) in MISTAKES} <= found.keys()
            assert checksums(admin) == rows
        for statement in MENDING:
            admin.execute(statement)
    deployer = deploy(before.deployer)
    assert deployer.drift() == {}
    deployer.close()


MENDING: Final = (
    (
        "DELETE FROM public.creator_profiles AS p USING public.creator_profiles AS o"
        " WHERE p.user_id = o.user_id AND p.created_at > o.created_at"
    ),
    "DELETE FROM public.assessment_scores WHERE dimension = 'lost'",
    "UPDATE public.creator_economics SET market_demand_score = 100",
    "DELETE FROM public.pipeline_metrics WHERE metric_name IS NULL",
)


def test_access_must_be_stated(before: Database) -> None:
    """Policies of today let creators write: whether they go on doing so is a person's choice, asked for beforehand."""
    unchanged = picture(before)
    with deployer_of(before, Access.SERVICE, stated=False) as deployer:
        found = problems(deployer)
        assert {name: [error.code for error in errors] for name, errors in found.items()} == {
            f"Grant relation:public.{name}": ["ADOPT002"] for name in WRITABLE
        }
        error = found["Grant relation:public.pipeline_sessions"][0]
        assert "'System can manage sessions'" in error.problem
        assert "access: legacy" in error.allowed
    assert picture(before) == unchanged
    with deployer_of(before, Access.SERVICE) as deployer:
        assert problems(deployer) == {}


def test_a_deploy_without_stated_access_takes_nothing_from_the_application(before: Database) -> None:
    """Run without a preview, it is refused before a grant or a policy of today is gone."""
    with deployer_of(before, Access.SERVICE, stated=False) as deployer:
        old = access_of(before)
        with pytest.raises(RolloutErrors, match="ADOPT002"):
            deployer.up()
        assert access_of(before) == old
    deployer = deploy(before.deployer, Access.LEGACY)
    assert deployer.drift() == {}
    deployer.close()


def access_of(database: Database) -> list[tuple[str, ...]]:
    """Return today's policies and what the API's roles are granted on the tables."""
    with database.connect(user="admin") as admin:
        policies = admin.execute(
            "SELECT tablename, policyname, coalesce(qual, ''), coalesce(with_check, '') FROM pg_policies"
            " WHERE policyname ~ '[A-Z]' ORDER BY 1, 2"
        ).fetchall()
        grants = admin.execute(
            "SELECT table_name, grantee, privilege_type FROM information_schema.role_table_grants"
            " WHERE table_schema = 'public' AND grantee IN ('anon', 'authenticated', 'service_role') ORDER BY 1, 2, 3"
        ).fetchall()
    assert policies
    assert grants
    return [*policies, *grants]


#: Differences that PostgreSQL can mend in place; rows and their order of columns stay.
DIFFERENCES: Final = (
    (
        "ALTER TABLE public.creator_profiles ALTER referral_source TYPE varchar(50), ALTER creative_role DROP DEFAULT,"
        " ALTER community_interest SET DEFAULT 50, ALTER user_id DROP NOT NULL"
    ),
    "ALTER TABLE public.creator_profiles DROP CONSTRAINT creator_profiles_readiness_score_check",
    (
        "ALTER TABLE public.pipeline_sessions DROP CONSTRAINT pipeline_sessions_stage_check,"
        " ADD CONSTRAINT pipeline_sessions_stage_check CHECK (stage <> '')"
    ),
    (
        "ALTER TABLE public.assessment_scores DROP CONSTRAINT assessment_scores_creator_profile_id_fkey,"
        " ADD CONSTRAINT assessment_scores_creator_profile_id_fkey FOREIGN KEY (creator_profile_id)"
        " REFERENCES public.creator_profiles (id)"
    ),
    "ALTER TABLE public.creator_economics RENAME CONSTRAINT creator_economics_creator_profile_id_fkey TO by_hand",
    "ALTER TABLE public.creator_feature_flags DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE public.creator_feature_flags DROP COLUMN created_at",
    "DROP INDEX public.pipeline_metrics_recorded_at_idx",
    "CREATE INDEX pipeline_metrics_recorded_at_idx ON public.pipeline_metrics (recorded_at DESC)",
    "DROP VIEW public.creator_pipeline_overview",
    "CREATE VIEW public.creator_pipeline_overview AS SELECT id, creative_role FROM public.creator_profiles",
)


def test_differences_are_mended_in_place(database: Database) -> None:
    """Whatever differs is altered; afterwards the schema is that of a fresh deploy and every row is as it was."""
    build_reference(database, theirs=False)
    seed(database)
    with database.connect(user="admin") as admin:
        for statement in DIFFERENCES:
            admin.execute(statement)
        admin.execute("ALTER VIEW public.creator_pipeline_overview OWNER TO deployer")
        before = checksums(admin)
        deployer = deploy(database.deployer)
        assert deployer.drift() == {}
        deployer.close()
        after = checksums(admin)
        flags = "creator_feature_flags"  # its column was made anew, with the time of that
        assert {**after, flags: before[flags]} == before
        admin.execute("DROP FUNCTION public.update_updated_at_column, public.update_creator_activity")
    fresh = database.server.create_database("fresh")
    deploy(fresh.deployer).close()
    assert database.dump() == fresh.dump()
