"""A preview warns of what an object stands on and is not there now, and refuses nothing for it."""

from typing import Any

import pytest

from infra.models.base import Model
from infra.models.grant import Entry, Grant, Target
from infra.models.index import IndexColumn
from tests.provider.kinds.bench import Bench
from tests.provider.kinds.samples import FUNCTION_GRANT, INDEX, NOTES, PEOPLE, POLICY, TABLE_GRANT, TOUCH, TRIGGER

UNLESS = "up fails unless this deploy makes it."
UNLESS_CHANGED = "up fails unless this deploy changes it."
CREATOR_UPDATE = "policy public.notes.creator_update"
CALLED = "trigger public.notes.notes_touch.function"
NO_ROLE = f'role "nobody_yet" does not exist now; {UNLESS}'
FOR_NOBODY_YET = (Entry(role="nobody_yet", privilege="select"), Entry(role="PUBLIC", privilege="select"))


def _told(bench: Bench, model: Model, *, preview: bool = True) -> list[str]:
    bench.lines.clear()
    bench.create(model, preview=preview)
    return [text for severity, text in bench.lines if severity == "warning"]


def _with(model: Model, **changes: Any) -> Model:
    return model.model_copy(update=changes)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (
            _with(POLICY, using="gone_col = 1"),
            f'DB008 {CREATOR_UPDATE}.using: column "gone_col" does not exist now; {UNLESS}',
        ),
        (
            _with(POLICY, check="pipeline_private.gone(id)"),
            f"DB008 {CREATOR_UPDATE}.check: function pipeline_private.gone(uuid) does not exist now; {UNLESS}",
        ),
        (_with(POLICY, roles=("nobody_yet",)), f"DB008 {CREATOR_UPDATE}.roles: {NO_ROLE}"),
        (
            _with(INDEX, columns=(IndexColumn(name="gone_col"),)),
            f'DB008 index public.notes_person_id_idx: column "gone_col" does not exist now; {UNLESS}',
        ),
        (
            _with(INDEX, where="gone_col > 0"),
            f'DB008 index public.notes_person_id_idx: column "gone_col" does not exist now; {UNLESS}',
        ),
        (
            _with(TRIGGER, function="pipeline_private.gone"),
            f"DB008 {CALLED}: function pipeline_private.gone() does not exist now; {UNLESS}",
        ),
        (
            _with(TRIGGER, function="pipeline_private.nothing"),
            f"DB008 {CALLED}: function pipeline_private.nothing() returns void now, not trigger; {UNLESS_CHANGED}",
        ),
        (_with(TABLE_GRANT, entries=FOR_NOBODY_YET), f"DB008 grant relation:public.notes: {NO_ROLE}"),
    ],
)
def test_what_is_not_there_is_said_in_a_preview(bench18: Bench, wanted: Model, said: str) -> None:
    bench18.create(PEOPLE, NOTES, TOUCH)
    bench18.admin("CREATE FUNCTION pipeline_private.nothing() RETURNS void LANGUAGE sql AS ''")
    assert _told(bench18, wanted) == [said]


def test_a_schema_says_nothing_of_a_deploy(bench18: Bench) -> None:
    """It is there before the roles are, in a fresh deploy as well."""
    grant = Grant(target=Target.SCHEMA, object_name="public", entries=(Entry(role="nobody_yet", privilege="usage"),))
    assert _told(bench18, grant) == []


@pytest.mark.parametrize("wanted", [POLICY, INDEX, TRIGGER, TABLE_GRANT, FUNCTION_GRANT], ids=lambda m: m.identity)
def test_nothing_is_said_where_all_or_nothing_is_there(bench18: Bench, wanted: Model) -> None:
    """A fresh deploy makes the table first; over one that is complete nothing is missing."""
    assert _told(bench18, wanted) == []
    bench18.create(PEOPLE, NOTES, TOUCH)
    assert _told(bench18, wanted) == []
