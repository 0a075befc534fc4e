"""Destroying data: only when it is said in so many words, in an order that shuts nobody else out for long."""

from pathlib import Path

import pytest

from infra.ddl.deploy import deploy_script
from infra.ddl.rollback import CONFIRMATION, rollback_scripts
from tests.clusters import Database
from tests.ddl.scripts import catalog_marks, definition, deploy, run_script
from tests.seeding import NAMES, seed

SCRIPTS = rollback_scripts(definition())
DESTROY = SCRIPTS["destroy-data.sql"]
CONFIRM = ("-v", f"confirm={CONFIRMATION}")


def tables_left(database: Database) -> int:
    with database.connect(user="admin") as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE tablename = ANY (%s)", [list(NAMES)]).fetchone()
        assert row is not None
        return int(row[0])


@pytest.mark.parametrize("options", [(), ("-v", "confirm=yes"), ("-v", "confirm=")])
def test_without_the_confirmation_it_lists_the_rows_and_changes_nothing(
    database: Database, tmp_path: Path, options: tuple[str, ...]
) -> None:
    deploy(database, tmp_path)
    seed(database, creators=2)
    before = catalog_marks(database)
    result = run_script(database, DESTROY, tmp_path, *options, check=False)
    assert result.returncode == 3
    assert "not confirmed: nothing was changed" in result.stderr
    assert f"-v confirm={CONFIRMATION}" in result.stderr
    listed = {
        line.split("|")[0].strip(): line.split("|")[1].strip() for line in result.stdout.splitlines() if "|" in line
    }
    assert listed["public.pipeline_metrics"] == "120"
    assert {f"public.{name}" for name in NAMES} < set(listed)
    assert catalog_marks(database) == before


@pytest.mark.parametrize("parked", [False, True], ids=["standing", "parked"])
def test_confirmed_it_drops_everything_twice_in_a_row(database: Database, tmp_path: Path, parked: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Users, schemas, roles and the ledger stay; then the same definition can be deployed anew, to the same schema."""
    deploy(database, tmp_path)
    dump, roles = database.dump(), database.roles()
    users = seed(database)
    if parked:
        run_script(database, SCRIPTS["remove.sql"], tmp_path)
    run_script(database, DESTROY, tmp_path, *CONFIRM)
    assert tables_left(database) == 0
    assert database.roles() == roles
    with database.connect(user="admin") as connection:
        assert connection.execute("SELECT count(*) FROM auth.users").fetchone() == (len(users) + 1,)
        left = connection.execute("SELECT proname FROM pg_proc WHERE proowner = 'pipeline_owner'::regrole")
        assert left.fetchall() == [("refuse_change",)]  # the ledger stays, and what guards it
    marks = catalog_marks(database)
    run_script(database, DESTROY, tmp_path, *CONFIRM)
    assert catalog_marks(database) == marks
    run_script(database, deploy_script(definition()), tmp_path)
    assert database.dump() == dump


def test_a_busy_table_of_users_stops_it_while_every_row_is_there(database: Database, tmp_path: Path) -> None:
    """Only the key needs the lock on the users: it gives up in time, and the next run goes on from there."""
    deploy(database, tmp_path)
    seed(database, creators=1)
    with database.connect(user="admin") as reader, reader.transaction():
        reader.execute("SELECT count(*) FROM auth.users")
        result = run_script(database, DESTROY, tmp_path, *CONFIRM, check=False)
    assert result.returncode == 3
    assert "lock timeout" in result.stderr
    assert tables_left(database) == len(NAMES)
    run_script(database, DESTROY, tmp_path, *CONFIRM)
    assert tables_left(database) == 0


def test_each_foreign_key_goes_alone_before_any_table() -> None:
    steps = [block for block in DESTROY.split("\nBEGIN;\n")[1:] if "CONSTRAINT" in block.partition("COMMIT;")[0]]
    bodies = [block.partition("COMMIT;")[0] for block in steps]
    keys = [key.name for table in definition().tables for key in table.foreign_keys]
    assert len(bodies) == len(keys) == 9
    assert all(sum(f'"{key}"' in body for key in keys) == 1 for body in bodies)
    assert DESTROY.rindex("DROP CONSTRAINT") < DESTROY.index("DROP TABLE")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "CREATE TABLE public.theirs (profile uuid CONSTRAINT their_key REFERENCES public.creator_profiles)",
            "key their_key of public.theirs",
        ),
        ("CREATE VIEW public.theirs AS SELECT id FROM public.pipeline_metrics", "view public.theirs"),
        (
            """CREATE TABLE public.theirs (id uuid);
            CREATE POLICY their_policy ON public.theirs USING (id IN (SELECT id FROM public.creator_profiles))""",
            "policy their_policy on public.theirs",
        ),
    ],
    ids=["key", "view", "policy"],
)
def test_what_somebody_else_built_on_the_tables_refuses(
    database18: Database, tmp_path: Path, statement: str, said: str
) -> None:
    """Before the first key is dropped: a half-destroyed pipeline would no longer erase a deleted user's rows."""
    deploy(database18, tmp_path)
    with database18.connect() as connection:
        connection.execute(statement.encode())
    before = catalog_marks(database18)
    result = run_script(database18, DESTROY, tmp_path, *CONFIRM, check=False)
    assert result.returncode == 3
    assert said in result.stderr
    assert catalog_marks(database18) == before
