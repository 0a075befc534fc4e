"""One change of a live database by plain psql: what the plan says, a lock in the way, and the way back."""

from contextlib import closing
from pathlib import Path

from infra.database.workspace import open_workspace
from infra.ddl.difference import Changed, difference_script
from infra.models.definition import Definition
from infra.models.grant import Entry
from infra.models.index import Index, IndexColumn
from infra.preview.items import Item
from infra.preview.planning import plan_items
from tests.clusters import Database
from tests.ddl.scripts import definition, deploy, plain, run_script
from tests.preview.ground import added, changed

PROFILES = "public.creator_profiles"
SAID = ("-v", "by=Ada", "-v", "why=a reviewed change")


def wanted() -> Definition:
    """Return the definition with another index, a stricter policy and one more privilege."""
    made = added(
        definition(),
        "indexes",
        Index(table="pipeline_metrics", name="pipeline_metrics_stage_idx", columns=(IndexColumn(name="stage"),)),
    )
    made = changed(
        made, "policies", f"{PROFILES}.creator_update", check="user_id = (SELECT auth.uid()) AND id IS NOT NULL"
    )
    grant = next(item for item in made.grants if item.object_name == PROFILES)
    more = Entry(role="pipeline_monitor", privilege="references")
    return changed(made, "grants", grant.identity, entries=(*grant.entries, more))


def planned(database: Database, definition: Definition) -> tuple[Item, ...]:
    with closing(open_workspace(database.deployer, application_name="test")) as workspace:
        return plan_items(workspace, definition, {})


def script(changes: list[Changed]) -> str:
    return difference_script(changes, name="change.sql", title="Carries out a change.", database="eden_academy")


def test_a_change_by_psql_leaves_the_engine_nothing_and_goes_back(database: Database, tmp_path: Path) -> None:
    """A lock in the way stops it with nothing half done; the same script goes on once it is gone."""
    deploy(database, tmp_path)
    before = plain(database.dump())
    items = planned(database, wanted())
    assert {item.kind for item in items} == {"Index", "Policy", "Grant"}
    change = script([Changed(item.kind, item.identity, item.steps) for item in items])
    back = script([Changed(item.kind, item.identity, item.back) for item in reversed(items)])
    with database.connect(user="admin") as reader:
        reader.execute("BEGIN; SELECT count(*) FROM public.creator_profiles")
        stopped = run_script(database, change, tmp_path, *SAID, "-v", "lock_timeout=100ms", check=False)
        assert stopped.returncode == 3
        assert "canceling statement due to lock timeout" in stopped.stderr
        reader.execute("ROLLBACK")
    assert plain(database.dump()) == before
    assert run_script(database, change, tmp_path, *SAID).stdout.endswith("is left.\n")
    assert planned(database, wanted()) == ()
    run_script(database, back, tmp_path, *SAID)
    assert planned(database, definition()) == ()
    assert plain(database.dump()) == before


def test_it_does_not_run_without_who_and_why(database18: Database, tmp_path: Path) -> None:
    """Whoever changes a database by hand says so; nothing is changed before that."""
    stopped = run_script(database18, script([]), tmp_path, check=False)
    assert stopped.returncode == 3
    assert "who and why must be said" in stopped.stderr
