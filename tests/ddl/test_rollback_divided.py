"""A divided table goes the same way there and back: its leaves stay where they are, its index is made leaf by leaf."""

from pathlib import Path

import pytest

from infra.ddl.deploy import deploy_script
from infra.ddl.rollback import CONFIRMATION, rollback_scripts
from infra.models.definition import Definition, Membership, Schema
from infra.models.grant import Entry, Grant, Target
from infra.models.index import Index, IndexColumn
from infra.models.role import Role
from infra.models.table import Column, Leaf, Partitioning, Table
from tests.clusters import DEPLOYER, Database
from tests.ddl.scripts import catalog_marks, run_script

OWNER, PRIVATE, ARCHIVE = "pipeline_owner", "pipeline_private", "pipeline_archive"


def owned(schema: str) -> Grant:
    entries = tuple(Entry(role=OWNER, privilege=privilege) for privilege in ("create", "usage"))
    return Grant(target=Target.SCHEMA, object_name=schema, entries=entries, exclusive=False)


DIVIDED = Definition(
    schemas=(Schema(name=PRIVATE), Schema(name=ARCHIVE)),
    roles=(Role(name=OWNER),),
    memberships=(Membership(role=OWNER, member=DEPLOYER),),
    tables=(
        Table(
            name="samples",
            owner=OWNER,
            archive_schema=ARCHIVE,
            columns=(
                Column(name="id", type="integer", nullable=False),
                Column(name="place", type="text"),
            ),
            primary_key=("id",),
            partitioning=Partitioning(
                method="range",
                key=("id",),
                leaves=(
                    Leaf(schema_name=PRIVATE, name="samples_low", bounds="FROM (0) TO (100)"),
                    Leaf(schema_name=PRIVATE, name="samples_high", bounds="FROM (100) TO (200)"),
                ),
            ),
        ),
    ),
    indexes=(Index(table="samples", name="samples_place_idx", columns=(IndexColumn(name="place"),)),),
    grants=(
        *map(owned, ("public", PRIVATE, ARCHIVE)),
        Grant(object_name="public.samples", entries=(Entry(role="service_role", privilege="select"),)),
    ),
)
SCRIPTS = rollback_scripts(DIVIDED)


@pytest.mark.parametrize("broken", [False, True], ids=["whole", "broken-index"])
def test_a_divided_table_goes_out_and_comes_back(database: Database, tmp_path: Path, *, broken: bool) -> None:
    run_script(database, deploy_script(DIVIDED), tmp_path)
    dump = database.dump()
    with database.connect(user="admin") as connection:
        connection.execute("INSERT INTO public.samples SELECT n, 'x' FROM generate_series(0, 199) AS n")
    run_script(database, SCRIPTS["remove.sql"], tmp_path)
    with database.connect(user="admin") as connection:
        if broken:
            connection.execute("DROP INDEX pipeline_archive.samples_place_idx")
            connection.execute("CREATE INDEX samples_place_idx ON ONLY pipeline_archive.samples (place)")
        assert connection.execute("SELECT count(*) FROM pipeline_archive.samples").fetchone() == (200,)
    run_script(database, SCRIPTS["restore.sql"], tmp_path)
    assert database.dump() == dump
    marks = catalog_marks(database)
    run_script(database, SCRIPTS["restore.sql"], tmp_path)
    assert catalog_marks(database) == marks
    run_script(database, SCRIPTS["destroy-data.sql"], tmp_path, "-v", f"confirm={CONFIRMATION}")
    with database.connect(user="admin") as connection:
        assert connection.execute("SELECT to_regclass('pipeline_private.samples_low')").fetchone() == (None,)
