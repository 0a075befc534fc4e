"""Which triggers may read a statement's rows as a table: those that PostgreSQL lets."""

from typing import Any

import pytest
from pydantic import ValidationError

from infra.models.trigger import Trigger

INSERTED: dict[str, Any] = {
    "table": "notes",
    "name": "notes_touch",
    "timing": "after",
    "events": ["insert"],
    "for_each": "statement",
    "new_table": "inserted",
    "function": "pipeline_private.touch",
}


def test_a_statement_s_rows_have_a_name() -> None:
    assert Trigger.model_validate(INSERTED).new_table == "inserted"
    updated = INSERTED | {"events": ["update"], "old_table": "before"}
    assert Trigger.model_validate(updated).old_table == "before"


@pytest.mark.parametrize(
    "change",
    [
        {"timing": "before"},
        {"for_each": "row"},
        {"events": ["insert", "update"]},
        {"events": ["delete"]},
        {"old_table": "before"},
    ],
)
def test_rows_that_are_not_to_be_had_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"_table is not to be had of .*"):
        Trigger.model_validate(INSERTED | change)
