"""Create twice equals create once; what is deleted comes back; nothing is left to do after either."""

import pytest

from infra.models.setting import Scope, Setting
from infra.models.table import Table
from tests.provider.kinds.bench import Bench, handler_of
from tests.provider.kinds.samples import DATABASE_SETTING, NEEDS, NOTES, PEOPLE, SAMPLES, SYSTEM_SETTING


@pytest.mark.parametrize("name", SAMPLES)
def test_create_twice_equals_create_once(bench: Bench, name: str) -> None:
    """The second create changes nothing and takes no lock, and what is read is what was declared."""
    model = SAMPLES[name]
    bench.create(*NEEDS[name], model)
    assert bench.drift(model) == []
    snapshot = bench.read(model)
    assert snapshot is not None
    assert snapshot.inputs == model.dump()
    bench.reopen()
    before, dump, start = bench.database.roles(), bench.database.dump(), bench.mark()
    bench.create(model)
    assert bench.logged(start) == []
    assert bench.rows("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]
    assert (bench.database.roles(), bench.database.dump()) == (before, dump)


@pytest.mark.parametrize("name", SAMPLES)
def test_delete_and_create_again(bench: Bench, name: str) -> None:
    """Apply, delete, apply: the same database, and an empty plan. Deleting what is gone is no error."""
    model = SAMPLES[name]
    bench.create(*NEEDS[name], model)
    dump, roles = bench.database.dump(), bench.database.roles()
    bench.delete(model)
    assert bench.drift(model) != []
    neither_dumped = model in {SYSTEM_SETTING, DATABASE_SETTING}
    assert neither_dumped or bench.database.dump() != dump or bench.database.roles() != roles
    bench.delete(model)
    if isinstance(model, Table):
        bench.admin(f"DROP TABLE pipeline_archive.{model.name}")
    bench.create(model)
    assert bench.drift(model) == []
    assert (bench.database.dump(), bench.database.roles()) == (dump, roles)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_preview_changes_nothing(bench: Bench, name: str) -> None:
    """Neither of an object that is missing nor of one that is there; the deploy lock is not taken."""
    model = SAMPLES[name]
    bench.create(*NEEDS[name])
    dump, roles, start = bench.database.dump(), bench.database.roles(), bench.mark()
    bench.create(model, preview=True)
    assert bench.logged(start) == []
    assert (bench.database.dump(), bench.database.roles()) == (dump, roles)
    bench.create(model)
    start = bench.mark()
    bench.create(model, preview=True)
    assert bench.logged(start) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_an_import_takes_over_all_that_stands(bench: Bench, name: str) -> None:
    """Read by its id alone, an object gives the inputs that make it; a missing one gives nothing."""
    model = SAMPLES[name]
    handler = handler_of(model)
    bench.create(*NEEDS[name])
    if not isinstance(model, Setting) and not name.endswith("grant"):
        assert handler.read(bench.call(), handler.identity(model), None) is None
    bench.create(model)
    snapshot = handler.read(bench.call(), handler.identity(model), None)
    assert snapshot is not None
    start = bench.mark()
    handler.create(bench.call(), snapshot.inputs)
    assert bench.logged(start) == [] or name == "system setting"


def test_a_parked_table_refuses_a_second_one(bench: Bench) -> None:
    """Its rows wait in the archive: the refusal names the script that brings them back, in a preview too."""
    bench.create(PEOPLE, NOTES)
    bench.delete(NOTES)
    for preview in (True, False):
        (error,) = bench.refusals(NOTES, preview=preview)
        assert error.code == "ADOPT003"
        assert "restore.sql" in error.fix


def test_every_scope_of_setting_is_tried() -> None:
    scopes = {model.scope for model in SAMPLES.values() if isinstance(model, Setting)}
    assert scopes == set(Scope)
