"""The matrix: every line of it is carried out by tests that pytest collects, on each server and through each way in."""

import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from typing import Final

from tests.attacks.matrix import ELSEWHERE, LINES
from tests.cli.commands import ROOT

PAGE: Final = ROOT / "docs" / "security.md"
#: Where attacks are carried out.
PLACES: Final = (
    "tests/attacks",
    "tests/pooling/test_auth.py",
    "tests/provider/kinds/test_closed.py",
    "tests/provider/kinds/test_passwords.py",
)
#: Asks both ways at once while something is changed; no role is changed through a pooler; the pooler itself.
OWN_WAYS: Final = {"T33", "T34", "T35", "T40"}
#: Says which line each test that was collected carries out, in a process of its own: here a part may be asked for.
COLLECT: Final = """
import sys
import pytest

class Collector:
    def pytest_collection_modifyitems(self, items):
        for item in items:
            for mark in item.iter_markers("attack"):
                print("attack:", mark.args[0], item.nodeid)

pytest.main(["--collect-only", "-qq", "-p", "no:cacheprovider", *sys.argv[1:]], plugins=[Collector()])
"""


@cache
def collected() -> dict[str, list[str]]:
    """Return the tests by line, with their parameters."""
    done = subprocess.run(
        [sys.executable, "-c", COLLECT, *PLACES], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    found = defaultdict(list)
    for said in done.stdout.splitlines():
        if said.startswith("attack: "):
            _, line, test = said.split(" ", 2)
            found[line].append(test)
    return found


def test_every_line_is_carried_out_or_has_a_reason() -> None:
    """By a test that is collected, so that a file which pytest passes over counts for nothing."""
    assert collected().keys() | ELSEWHERE.keys() == LINES.keys()
    assert not collected().keys() & ELSEWHERE.keys()
    assert all(ELSEWHERE.values())


def test_on_each_server_and_through_each_way_in() -> None:
    """Each line on PostgreSQL 15 and 18, directly and through the pooler."""
    for line, tests in collected().items():
        ways = () if line in OWN_WAYS else ("direct", "pooled")
        for part in ("pg15", "pg18", *ways):
            assert any(re.search(rf"[\[-]{part}[\]-]", test) for test in tests), (line, part)


def test_the_page_names_every_attack_and_its_tests() -> None:
    """Each line of the matrix is a row of the page with exactly the tests that carry it out, and the reverse."""
    rows = re.findall(r"^\| (T\d+) \| (.+?) \| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [row[0] for row in rows] == list(LINES)
    for line, attack, defence, tests in rows:
        assert attack
        assert defence
        named = re.findall(r"`(\S+?)`", tests)
        assert len(set(named)) == len(named), line
        functions = {test.rpartition("::")[2].partition("[")[0] for test in collected()[line]}
        assert set(named) == functions, line
