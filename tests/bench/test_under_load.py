"""What the page says of a statement that took too long: busy processors are a reason, a lock is none."""

import pytest

from bench.conversion import why_long
from bench.figures import Figures
from bench.under_load import _row

LONG = 120.0


def figures(longest: float, wait: float, tail: float = 9.0) -> Figures:
    return Figures("phase 2 to 3", "pipeline", 1, 1, longest, "COMMIT", tail, wait, wait, "", 1000.0)


@pytest.mark.parametrize(
    ("wait", "tail", "is_excused"), [(0.0, 9.0, True), (6.0, 9.0, True), (LONG, 9.0, False), (0.0, LONG, False)]
)
def test_only_a_statement_that_waited_for_no_lock_has_a_reason(*, wait: float, tail: float, is_excused: bool) -> None:
    """Where a lock held it up, or one in a thousand is as long, there is none: the benchmark ends with an error."""
    row = _row(figures(LONG, wait, tail), figures(9.0, 0.0))
    assert row.mark is not None
    assert row.ours is not None
    assert not row.mark.is_met(row.ours, row.theirs)
    assert bool(row.why) == is_excused


@pytest.mark.parametrize(
    ("wait", "tail", "reason"),
    [
        (0.0, 9.0, "no lock"),
        (LONG - 5, 9.0, "it stood behind the exchange for 115 ms"),
        (30.0, 9.0, ""),
        (0.0, LONG, ""),
    ],
)
def test_a_conversion_tells_what_held_a_statement_up(*, wait: float, tail: float, reason: str) -> None:
    why = why_long(figures(LONG, wait, tail))
    assert why.startswith(reason)
    assert bool(why) == bool(reason)
