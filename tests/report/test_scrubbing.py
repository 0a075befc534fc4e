"""What leaves for other eyes: no password, token, e-mail or client's address, and of a log only the time asked for."""

from datetime import UTC, datetime

import pytest

from infra.report.logs import Kind, excerpt, time_of
from infra.report.rendering import cell, line
from infra.report.scrubbing import scrub, scrub_values

SINCE, UNTIL = datetime(2030, 1, 31, 18, tzinfo=UTC), datetime(2030, 1, 31, 19, tzinfo=UTC)
SERVER = """\
2030-01-31 17:59:59.999 UTC [1] LOG:  before
2030-01-31 18:00:00.000 UTC [2] app@eden ERROR:  duplicate key value violates unique constraint "people_key"
2030-01-31 18:00:00.000 UTC [2] app@eden DETAIL:  Key (email)=(eve@example.org) already exists.
2030-01-31 18:00:00.000 UTC [2] app@eden STATEMENT:  INSERT INTO people
\tVALUES ('Eve''s word')
2030-01-31 18:10:00.000 UTC [2] app@eden ERROR:  invalid input syntax for type uuid: "Eve"
2030-01-31 18:20:00.000 UTC [3] LOG:  duration: 812.5 ms  execute s1: SELECT 'Eve'
2030-01-31 18:30:00.000 UTC [4] LOG:  connection received: host=203.0.113.9 port=1
2030-01-31 19:00:00.000 UTC [5] LOG:  after
"""


def test_of_a_server_s_log_the_messages_of_the_time_are_kept_without_values() -> None:
    assert excerpt(SERVER.splitlines(keepends=True), Kind.SERVER, SINCE, UNTIL).lines == (
        '2030-01-31 18:00:00.000 UTC [2] app@eden ERROR:  duplicate key value violates unique constraint "people_key"',
        "2030-01-31 18:10:00.000 UTC [2] app@eden ERROR:  invalid input syntax for type uuid: [value]",
        "2030-01-31 18:20:00.000 UTC [3] LOG:  duration: 812.5 ms",
        "2030-01-31 18:30:00.000 UTC [4] LOG:  connection received: host=[address] port=1",
    )


def test_of_an_application_s_log_the_lines_below_one_belong_to_it() -> None:
    """Lines before the first one with a time belong to nothing that is known, and are counted."""
    lines = [
        "banner\n",
        "{'at': '2030-01-31T18:30:00+00:00'}\n",
        "  trace\n",
        "2030-01-31T20:30:00+01:00 later\n",
        "x\n",
    ]
    found = excerpt(lines, Kind.APPLICATION, SINCE, UNTIL)
    assert (found.lines, found.undated) == (("{'at': '2030-01-31T18:30:00+00:00'}", "  trace"), 1)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2030-01-31 18:00:00 x", 18),
        ("2030-01-31T18:00:00.123Z x", 18),
        ("2030-01-31 18:00:00,123+0200 x", 16),
        ("[2030-01-31 18:00:00 UTC] x", 18),
        ("at 18:00", None),
        ("2030-02-31 18:00:00 x", None),
    ],
)
def test_a_time_is_read_as_it_is_written(text: str, hour: int | None) -> None:
    found = time_of(text)
    assert (found.hour if found else None) == hour


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("postgres://a:geheim@db/x", "postgres://a:[secret]@db/x"),
        ("password='a b' and more", "password=[secret] and more"),
        ("api_key=abc123&x=1", "api_key=[secret]&x=1"),
        ("by ada@example.org", "by [e-mail]"),
        ("from 203.0.113.9:4711", "from [address]:4711"),
        ("from 2001:db8:0:1:2:3:4:5", "from [address]"),
        ("127.0.0.1:5432 at 18:00:00 in 1.2.3", "127.0.0.1:5432 at 18:00:00 in 1.2.3"),
        ("eyJhbGciOiJIUzI1NiJ9.e30.sig", "[secret]"),
        ("5d1c2f6e-0000-4000-8000-000000000001", "5d1c2f6e-0000-4000-8000-000000000001"),
    ],
)
def test_what_is_secret_or_tells_of_a_person_is_left_out(text: str, left: str) -> None:
    assert scrub(text) == left


def test_who_acted_keeps_their_name_and_nobody_else() -> None:
    given = {
        "actor": "ada@example.org",
        "why": "eve@example.org",
        "gates": [{"by": "a@b.de", "note": "a@b.de"}],
        "n": 1,
    }
    assert scrub_values(given) == {
        "actor": "ada@example.org",
        "why": "[e-mail]",
        "gates": [{"by": "a@b.de", "note": "[e-mail]"}],
        "n": 1,
    }


def test_a_text_cannot_leave_its_cell() -> None:
    assert cell("a | b\n<script>`x`_y_ < 1") == "a \\| b \\<script>\\`x\\`\\_y\\_ < 1"
    assert line("CREATOR_AGENT *x* [y](z)\x1b") == "CREATOR_AGENT \\*x\\* \\[y\\](z)"
