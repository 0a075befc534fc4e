"""A database of before is brought to the definition: nothing is lost, and nothing of theirs is touched."""

import re
from collections.abc import Iterator

import pytest

from infra.models.access import Access
from infra.pipeline.tables import ROLLOUT_TABLES, TABLES
from tests.behaviour.adoptions import Adoption, adopt, deployer_of, recorded
from tests.clusters import VERSIONS, Servers
from tests.conftest import _server
from tests.deploying import deploy
from tests.reference_database import RETIRED_INDEXES, drop_theirs

NAMES = tuple(table.name for table in TABLES)


@pytest.fixture(scope="module", params=VERSIONS, ids=lambda version: f"pg{version}")
def adoption(request: pytest.FixtureRequest, servers: Servers) -> Iterator[Adoption]:
    server = _server(servers, request.param)
    yield adopt(server, Access.SERVICE)
    server.reset()


def test_what_is_equal_is_left_alone(adoption: Adoption) -> None:
    """Columns, defaults, keys and checks are adopted: each table is altered in two instant ways and no other."""
    altered = sorted(text for text in adoption.statements if text.startswith('ALTER TABLE "public"'))
    wanted = [f'ALTER TABLE "public"."{name}" FORCE ROW LEVEL SECURITY' for name in NAMES]
    wanted += [f'ALTER TABLE "public"."{name}" OWNER TO "pipeline_owner"' for name in NAMES]
    assert altered == sorted(wanted)
    created = [text for text in adoption.statements if "CREATE TABLE" in text]
    ours = ("pipeline_private.applied_objects", *(f'"pipeline_private"."{table.name}"' for table in ROLLOUT_TABLES))
    assert [name for name in ours for text in created if name in text] == list(ours)
    assert len(created) == len(ours)


def test_no_table_or_index_is_made_anew(adoption: Adoption) -> None:
    """Tables and kept indexes lie in the files that they lay in; every row has the values that it had."""
    files, rows = adoption.look()
    assert rows == adoption.rows
    assert all(total > 0 for total, _ in rows.values())
    kept = {name: place for name, place in adoption.files.items() if name not in RETIRED_INDEXES}
    assert {name: files.get(name) for name in kept} == kept


def test_retired_indexes_are_dropped_concurrently_and_shown(adoption: Adoption) -> None:
    """Each in a line of its own, after what takes its place was built."""
    files, _ = adoption.look()
    assert not RETIRED_INDEXES & files.keys()
    dropped = {text for text in adoption.statements if "DROP INDEX" in text}
    assert dropped == {f'DROP INDEX CONCURRENTLY IF EXISTS "public"."{name}"' for name in RETIRED_INDEXES}
    for name in RETIRED_INDEXES:
        assert any(line.startswith(f"index public.{name}: drop the index concurrently") for line in adoption.lines)
    text = "\n".join(adoption.statements)
    assert text.index('INDEX CONCURRENTLY "creator_profiles_user_id_key"') < text.index("DROP INDEX CONCURRENTLY")


def test_faulty_policies_and_functions_are_replaced_and_shown(adoption: Adoption) -> None:
    """No policy, trigger or privilege of before is left on our tables, and the lines say what went."""
    with adoption.database.connect(user="admin") as admin:
        policies = admin.execute("SELECT policyname FROM pg_policies WHERE tablename = ANY (%s)", [list(NAMES)])
        assert not [name for (name,) in policies if " " in name]
        triggers = admin.execute("SELECT tgname FROM pg_trigger WHERE tgname ~ '^(update_|creator_activity_)'")
        assert triggers.fetchall() == [("update_artworks_updated_at",)]
        grants = admin.execute("SELECT relacl::text FROM pg_class WHERE relname = ANY (%s)", [list(NAMES)]).fetchall()
        assert not [acl for (acl,) in grants if "anon=" in acl or re.search("authenticated=[^/]*[awdDxtm]", acl)]
    shown = "\n".join(adoption.lines)
    for word in ("drop policy System can manage economics", "- authenticated: truncate", "- anon: select"):
        assert word in shown
    assert "function public.get_creator_pipeline_status(uuid): replace the function" in shown
    assert "view public.creator_pipeline_overview: replace the view" in shown
    assert "drop trigger update_creator_profiles_updated_at, whose place it takes" in shown


def test_what_is_not_ours_is_left(adoption: Adoption) -> None:
    """Another table's trigger and key, a view, a function, an extension; a column, an index and a check of ours."""
    database = adoption.database
    with database.connect(user="admin") as admin:
        profile = admin.execute("SELECT id FROM public.creator_profiles LIMIT 1").fetchone()
    with database.connect("service_role") as service:
        updated = "UPDATE public.artworks SET profile_id = %s RETURNING updated_at = now()"
        assert service.execute(updated, profile).fetchall() == [(True,)]
        assert service.execute("SELECT * FROM public.stage_counts").fetchall() == [("skill-assessment", 3)]
        assert service.execute("SELECT public.count_creators()").fetchall() == [(3,)]
        assert service.execute("SELECT DISTINCT newsletter FROM public.creator_profiles").fetchall() == [(False,)]
    with database.connect("anon") as anon:
        assert anon.execute("SELECT title FROM public.artworks").fetchall() == [("Sunflowers",)]
    dump = database.dump()
    for text in ("metric_name_not_empty", "creator_profiles_newsletter_idx", "EXTENSION IF NOT EXISTS tcn"):
        assert text in dump
    assert not [text for text in adoption.statements if "artworks" in text or "stage_counts" in text]


def test_the_next_deploy_has_nothing_to_do(adoption: Adoption) -> None:
    """There is no drift, and adopting a second time runs no DDL but for the schemas that are there already."""
    before = adoption.database.dump()
    with recorded(adoption.database) as statements, deployer_of(adoption.database, adoption.access) as deployer:
        assert deployer.drift() == {}
        deployer.make_schemas()
        for model in deployer.objects():
            deployer.create(model)
        assert [text for severity, text in deployer.lines if severity != "debug"] == []
    assert [text for text in statements if not text.startswith("CREATE SCHEMA IF NOT EXISTS")] == []
    assert adoption.database.dump() == before


def test_adopted_and_fresh_are_the_same(adoption: Adoption) -> None:
    """Without what is not ours, both have the same schema, byte for byte: columns, order, names, owners and grants."""
    fresh = adoption.database.server.create_database("fresh")
    deploy(fresh.deployer, adoption.access).close()
    drop_theirs(adoption.database)
    assert adoption.database.dump() == fresh.dump()
