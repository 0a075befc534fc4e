"""The matrix: every line of it is injected by a test that pytest collects, or stands with a reason; and its page."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.cli.commands import ROOT
from tests.faults.matrix import ELSEWHERE, LINES

#: Says which lines were collected, in a process of its own: here only a part may have been asked for.
COLLECT: Final = """
import pytest

class Collector:
    def pytest_collection_modifyitems(self, items):
        print("lines:", *{mark.args[0] for item in items for mark in item.iter_markers("fault")})

pytest.main(["--collect-only", "-qq", "-p", "no:cacheprovider", "tests/faults"], plugins=[Collector()])
"""
SAMPLE: Final = """
import pytest
from tests.faults.conftest import fault

@pytest.mark.fault("F4", how="a | b", result="mended")
@pytest.mark.parametrize("version", ["pg15", "pg18"])
def test_times(fault, version):
    for _ in range(3):
        with fault.recovering():
            pass
    fault.recovered(9.94)

@pytest.mark.fault("F10", how="c", result="never seen")
def test_that_fails(fault):
    assert fault is None

@pytest.mark.fault("F5", how="d", result="mended without a time")
def test_without_time():
    pass
"""


def pytest_of_our_own(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def test_every_line_is_injected_or_has_a_reason() -> None:
    """By a test that is collected, so that a file which pytest passes over counts for nothing."""
    done = pytest_of_our_own("-c", COLLECT)
    said = next(line for line in done.stdout.splitlines() if line.startswith("lines:"))
    collected = set(said.split()[1:])
    assert collected | ELSEWHERE.keys() == LINES.keys()
    assert not collected & ELSEWHERE.keys()
    assert all(ELSEWHERE.values())


def test_the_page_comes_of_the_run(tmp_path: Path) -> None:
    """What several workers saw is one row for each way of injecting; what failed is not told as a success."""
    sample, page = tmp_path / "test_sample.py", tmp_path / "page.md"
    sample.write_text(SAMPLE, encoding="utf-8")
    run = (
        "-m",
        "pytest",
        "-p",
        "tests.faults.reliability",
        "-c",
        str(ROOT / "pyproject.toml"),
        "--rootdir",
        str(tmp_path),
    )
    done = pytest_of_our_own(*run, "-p", "no:cacheprovider", "-n", "2", str(sample), "--reliability", str(page))
    assert "1 failed, 3 passed" in done.stdout
    rows = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| F")]
    times = "0.0 s, at most 9.9 s (4 times)"
    assert rows == [
        f"| F4 | {LINES['F4']} | a \\| b | mended | 15: {times}<br>18: {times} |",
        f"| F5 | {LINES['F5']} | d | mended without a time | not timed |",
        f"| F10 | {LINES['F10']} | c | **failed** | not timed |",
    ]
    assert "PostgreSQL 15 and 18" in page.read_text(encoding="utf-8")
