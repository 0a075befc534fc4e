"""The application goes on working: what it does today, done by whoever may do it under each access."""

import pytest

from tests.behaviour.pipelines import Creator, Pipeline
from tests.behaviour.rows import ROWS, Row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.__name__)
def test_row(pipeline: Pipeline, creator: Creator, row: Row) -> None:
    row(pipeline, creator)
