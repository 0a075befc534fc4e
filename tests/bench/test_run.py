"""The one run of all benchmarks: what it measures, and how it shows what failed."""

import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from bench.__main__ import SECTIONS, Run, describe, page
from bench.__main__ import run as run_section
from bench.sections import Mark, Row, Section, Spread

ONE, TWO = Spread.of([1.0]), Spread.of([2.0])


@pytest.mark.parametrize("name", SECTIONS)
def test_every_section_measures_quickly_or_wholly(name: str) -> None:
    signature = inspect.signature(import_module(f"bench.{name}").measure)
    assert [(one.name, one.kind) for one in signature.parameters.values()] == [
        ("quick", inspect.Parameter.KEYWORD_ONLY)
    ]


def test_every_benchmark_of_the_folder_is_a_section() -> None:
    folder = Path(__file__).parents[2] / "bench"
    offering = {file.stem for file in folder.glob("*.py") if "\ndef measure(*, quick: bool)" in file.read_text("utf-8")}
    assert offering == set(SECTIONS)


def test_the_page_has_what_failed_and_what_was_missed() -> None:
    rows = (
        Row("a read", TWO, "the floor", ONE, Mark.ratio_at_most(1)),
        Row("a write", ONE, "the floor", TWO, Mark.ratio_at_most(1)),
    )
    missed = Run("reading", 61.4, Section("Reading", "What is read.", rows, "python -m bench.reading"))
    failed = Run("writing", 3.0, failure="no space left")
    assert not missed.is_fine
    assert not failed.is_fine
    text = "\n".join(page([missed, failed], ["A head."]))
    assert "| Reading | 2 | 1 of 2 | 61 s | missed: a read |" in text
    assert "| writing |  |  | 3 s | failed: no space left |" in text
    assert "## Reading" in text
    assert "## writing" not in text


def test_the_head_names_the_commit_the_machine_and_the_versions() -> None:
    text = "\n".join(describe(90, (0.5, 2.25), quick=True))
    assert "`make bench-quick`" in text
    assert "in 1.5 minutes" in text
    assert "0.5 before and 2.2 after" in text
    for tool in ("Python 3.", "PostgreSQL 18.", "pulumi 3."):
        assert tool in text


def test_a_section_that_fails_says_so_and_takes_no_other_with_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    interpreter = tmp_path / "python"
    interpreter.write_text("#!/bin/sh\necho 'no space left' >&2\nexit 1\n", encoding="utf-8")
    interpreter.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(interpreter))
    found = run_section("kill_switch", quick=True)
    assert found.section is None
    assert found.failure == "no space left"


def test_an_unknown_section_is_refused() -> None:
    asked = [sys.executable, "-m", "bench", "--only", "nothing"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "invalid choice: 'nothing'" in done.stderr
