"""What a benchmark's figures are held against, and how they are shown."""

import pytest

from bench.sections import SECTION, Mark, Row, Section, Spread, as_markdown, as_text

TWO = Spread.of([1.0, 2.0, 9.0])
FOUR = Spread.of([4.0])


@pytest.mark.parametrize(
    ("mark", "met", "words"),
    [
        (Mark.ratio_at_most(0.5), True, "≤ 0.5×"),
        (Mark.ratio_at_most(0.49), False, "≤ 0.49×"),
        (Mark.ratio_at_least(0.5), True, "≥ 0.5×"),
        (Mark.ratio_at_least(0.51), False, "≥ 0.51×"),
        (Mark.at_most(2), True, "≤ 2 ms"),
        (Mark.at_most(1.9), False, "≤ 1.9 ms"),
        (Mark.at_least(2), True, "≥ 2 ms"),
        (Mark.at_least(2.1), False, "≥ 2.1 ms"),
    ],
)
def test_a_mark_is_of_the_medians(mark: Mark, *, met: bool, words: str) -> None:
    row = Row("a read", TWO, "the floor", FOUR, mark)
    assert row.met is met
    assert row.ratio == 0.5
    assert row.cells()[5] == words


@pytest.mark.parametrize(
    ("ours", "theirs", "met"),
    [(0.15, 0.05, True), (0.16, 0.05, False), (11.0, 10.0, True), (11.2, 10.0, False)],
)
def test_over_by_so_much_or_by_a_share_whichever_allows_more(ours: float, theirs: float, *, met: bool) -> None:
    mark = Mark.over_by_at_most(absolute=0.1, share=0.10)
    assert mark.is_met(Spread.of([ours]), Spread.of([theirs])) is met
    assert mark.words("ms") == "≤ theirs + 0.1 ms or 10%"
    assert Mark.over_by_at_most(3, 0).words("s") == "≤ theirs + 3 s"


def test_a_missed_mark_needs_its_reason_and_a_reached_one_shows_none() -> None:
    missed = Row("a write", FOUR, "no trigger", TWO, Mark.ratio_at_most(1.5))
    assert missed.is_unexplained
    assert missed.verdict == "missed"
    explained = Row("a write", FOUR, "no trigger", TWO, Mark.ratio_at_most(1.5), why="the disk is slow")
    assert not explained.is_unexplained
    assert explained.verdict == "missed: the disk is slow"
    reached = Row("a write", TWO, "no trigger", FOUR, Mark.ratio_at_most(1.5), why="the disk is slow")
    assert reached.verdict == "reached"


def test_a_peer_that_cannot_is_shown_with_what_it_cannot() -> None:
    row = Row("policies", FOUR, "sqitch", None, Mark.ratio_at_most(3), why="knows no policies")
    assert row.met is False
    assert row.ratio is None
    assert row.cells()[3:5] == ("none", "")
    assert row.verdict == "missed: knows no policies"
    assert Row("policies", FOUR, "sqitch", None).is_unexplained


def test_a_section_survives_json_and_shows_every_row() -> None:
    rows = (Row("a | b", TWO, "the floor", FOUR, Mark.at_most(500), note="10 rows"), Row("c", FOUR, "d", TWO))
    section = Section("Reading", "What is read.", rows, "python -m bench.reading", {"PostgreSQL": "18.6"})
    assert SECTION.validate_json(SECTION.dump_json(section)) == section
    page = "\n".join(as_markdown(section))
    assert "| a \\| b (10 rows) | 2 ms (1 to 9) | the floor | 4 ms | 0.5× | ≤ 500 ms | reached |" in page
    assert "PostgreSQL 18.6." in page
    assert [line for line in as_text(section) if line.startswith("c  ")]


def test_a_spread_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Spread.of([])
