"""Edits of stack files: what is asked for changes, and not a byte of anything else."""

import difflib
import os
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from infra.config.editing import StackFile
from infra.config.splicing import rewrite, same
from infra.errors import RolloutError

ROOT: Final = Path(__file__).resolve().parents[2]
STACKS: Final = ("dev", "staging", "prod")
RICH: Final = """\
# at the top
secretsprovider: passphrase
encryptionsalt: v1:abc=:v1:def
config:
  creative-pipeline:phase: 3  # by the way

  # what is not to be read
  creative-pipeline:databasePassword:
    secure: v1:AAA=:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
  creative-pipeline:access:   'service'
  creative-pipeline:flags:
    # a flag
    CREATOR_AGENT_LAUNCH: false # why
    CREATIVE_PIPELINE_FULL: false
  # before the overrides
  creative-pipeline:overrides:
  - gate: "1"   # odd
    by: ada
  # at the end
  pulumi:disable-default-providers: ["*"]
"""


@pytest.fixture(params=STACKS)
def real(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Each of the project's own stack files, as a copy."""
    file = tmp_path / f"Pulumi.{request.param}.yaml"
    file.write_bytes((ROOT / file.name).read_bytes())
    return file


@pytest.fixture
def rich(tmp_path: Path) -> Path:
    file = tmp_path / "Pulumi.mine.yaml"
    file.write_bytes(RICH.encode())
    return file


def changes(before: str, after: str) -> list[str]:
    """Return the lines that went and came."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def test_a_new_phase_is_one_changed_line(real: Path) -> None:
    before = real.read_text(encoding="utf-8")
    file = StackFile(real)
    assert file.phase == 1
    file.set_phase(2)
    assert file.save()
    after = real.read_text(encoding="utf-8")
    assert changes(before, after) == ["-  creative-pipeline:phase: 1", "+  creative-pipeline:phase: 2"]
    assert StackFile(real).phase == 2


@pytest.mark.parametrize("written", ['"2"', "'2'", "2"])
def test_a_phase_is_a_number_however_it_is_quoted(tmp_path: Path, written: str) -> None:
    """`pulumi config set phase 2` writes a text."""
    path = tmp_path / "Pulumi.mine.yaml"
    path.write_text(
        f"config:\n  creative-pipeline:phase: {written}\n  creative-pipeline:access: '1'\n", encoding="utf-8"
    )
    file = StackFile(path)
    assert (file.phase, file.get("access")) == (2, "1")
    file.set_phase(3)
    assert file.save()
    assert StackFile(path).phase == 3


def test_what_does_not_change_stays_byte_for_byte(real: Path) -> None:
    """Neither reading, nor setting what is there already, nor going there and back leaves a trace."""
    before, seen = real.read_bytes(), real.stat().st_mtime_ns
    file = StackFile(real)
    file.set_phase(1)
    file.set_flags({})
    assert not file.save()
    assert real.stat().st_mtime_ns == seen
    file.set_phase(4)
    file.set_flags({"CREATOR_AGENT_ECONOMICS": False})
    assert file.save()
    file.set_phase(1)
    file.set_flags({})
    assert file.save()
    assert real.read_bytes() == before


def test_flags_come_and_go_below_the_last_key(real: Path) -> None:
    before = real.read_text(encoding="utf-8")
    file = StackFile(real)
    file.set_flags({"CREATIVE_PIPELINE_FULL": False, "CREATOR_AGENT_LAUNCH": False})
    file.save()
    assert changes(before, real.read_text(encoding="utf-8")) == [
        "+  creative-pipeline:flags:",
        "+    CREATIVE_PIPELINE_FULL: false",
        "+    CREATOR_AGENT_LAUNCH: false",
    ]
    assert StackFile(real).flags == {"CREATIVE_PIPELINE_FULL": False, "CREATOR_AGENT_LAUNCH": False}


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        (
            "phase",
            2,
            ["-  creative-pipeline:phase: 3  # by the way", "+  creative-pipeline:phase: 2  # by the way"],
        ),
        ("access", "legacy", ["-  creative-pipeline:access:   'service'", "+  creative-pipeline:access:   legacy"]),
        (
            "flags",
            {"CREATOR_AGENT_LAUNCH": False, "CREATOR_AGENT_ECONOMICS": False},
            ["-    CREATIVE_PIPELINE_FULL: false", "+    CREATOR_AGENT_ECONOMICS: false"],
        ),
        (
            "overrides",
            [{"gate": "1", "by": "ada"}, {"gate": "no", "by": "bob", "until": "2026-12-31"}],
            ["+  - gate: 'no'", "+    by: bob", "+    until: '2026-12-31'"],
        ),
        ("ready", {"launch": True}, ["+  creative-pipeline:ready:", "+    launch: true"]),
        (
            "databasePassword",
            {"secure": "v1:other"},
            [RICH.splitlines()[8].join(["-", ""]), "+    secure: v1:other"],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_edit_is_as_small_as_it_can_be(rich: Path, key: str, value: Any, expected: list[str]) -> None:
    """Comments, quotes and the encrypted password around it are kept, also within what is edited."""
    file = StackFile(rich)
    file.set(key, value)
    file.save()
    assert changes(RICH, rich.read_text(encoding="utf-8")) == expected
    assert StackFile(rich).get(key) == value


def test_a_key_goes_with_its_value_and_without_its_neighbours_comments(rich: Path) -> None:
    file = StackFile(rich)
    file.set_flags({})
    file.save()
    went = [f"-{line}" for line in RICH.splitlines()[10:14]]
    assert changes(RICH, rich.read_text(encoding="utf-8")) == went


def test_line_ends_and_a_missing_last_one_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.mine.yaml"
    file.write_bytes(b"config:\r\n  creative-pipeline:phase: 1\r\n  creative-pipeline:protect: true")
    edited = StackFile(file)
    edited.set_phase(2)
    edited.set_flags({"A": False})
    edited.save()
    expected = b"config:\r\n  creative-pipeline:phase: 2\r\n  creative-pipeline:protect: true\r\n"
    assert file.read_bytes() == expected + b"  creative-pipeline:flags:\r\n    A: false\r\n"


def test_an_empty_section_and_an_empty_file_can_be_filled(tmp_path: Path) -> None:
    for number, text in enumerate(("", "# nothing yet\n", "config:\n", "config: {}\n", "config:\n  # none\n")):
        file = tmp_path / f"Pulumi.s{number}.yaml"
        file.write_text(text, encoding="utf-8")
        edited = StackFile(file)
        edited.set_phase(1)
        edited.save()
        assert StackFile(file).phase == 1, text
        assert ("#" in text) is ("#" in file.read_text(encoding="utf-8"))


def test_a_file_that_changed_meanwhile_is_left_alone(real: Path) -> None:
    file = StackFile(real)
    file.set_phase(2)
    theirs = real.read_bytes() + b"# theirs\n"
    real.write_bytes(theirs)
    with pytest.raises(RolloutError, match=r"CFG006 Pulumi.* somebody else has changed it meanwhile"):
        file.save()
    assert real.read_bytes() == theirs


def test_the_mode_stays_and_nothing_is_left_beside(real: Path) -> None:
    real.chmod(0o640)
    file = StackFile(real)
    file.set_phase(2)
    file.save()
    assert real.stat().st_mode & 0o777 == 0o640
    assert list(real.parent.iterdir()) == [real]


def test_a_link_stays_a_link(real: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / real.name
    link.parent.mkdir()
    link.symlink_to(real)
    file = StackFile(link)
    file.set_phase(2)
    file.save()
    assert link.is_symlink()
    assert StackFile(real).phase == 2


def test_a_failed_write_leaves_the_file_and_nothing_beside(real: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = real.read_bytes()

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    file = StackFile(real)
    file.set_phase(2)
    with pytest.raises(RolloutError, match=r"CFG006 .*No space left"):
        file.save()
    assert real.read_bytes() == before
    assert list(real.parent.iterdir()) == [real]


@pytest.mark.parametrize(
    "text",
    [
        "config:\n  creative-pipeline:phase: 1\n  creative-pipeline:phase: 1\n",
        "config:\n  creative-pipeline:flags: &a\n    A: false\n  other:x: *a\n",
    ],
    ids=["twice", "an anchor"],
)
def test_what_cannot_be_edited_safely_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "Pulumi.mine.yaml"
    file.write_text(text, encoding="utf-8")
    edited = StackFile(file)
    edited.set_phase(3)
    edited.set_flags({"B": False})
    with pytest.raises(RolloutError, match="CFG006"):
        edited.save()
    assert file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("text", ["[1", "- a list\n", "config: [1]\n"])
def test_what_is_no_stack_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "Pulumi.mine.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RolloutError, match="CFG002"):
        StackFile(file)


_SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.text("ay:#-'\" \n0", max_size=6)
_KEYS = st.text("abc:", min_size=1, max_size=3)
_VALUES = st.recursive(_SCALARS, lambda below: st.lists(below, max_size=3) | st.dictionaries(_KEYS, below, max_size=3))


@given(st.dictionaries(_KEYS, _VALUES, min_size=1, max_size=4), st.dictionaries(_KEYS, _VALUES, max_size=4))
def test_any_data_becomes_any_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Whatever stands in the file, the result says what it should, and saying the same again changes nothing."""
    text = yaml.safe_dump(before, sort_keys=False)
    result = rewrite(text, after)
    assert same(yaml.safe_load(result) or {}, after)
    assert rewrite(result, after) == result


def test_flags_that_are_no_map_are_none(tmp_path: Path) -> None:
    """The kill switch edits a file whatever stands there; the next run names the fault."""
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text("config:\n  creative-pipeline:phase: 3\n  creative-pipeline:flags: 3\n", encoding="utf-8")
    file = StackFile(path)
    assert file.flags == {}
    file.set_phase(1)
    assert file.save()
    assert "phase: 1\n  creative-pipeline:flags: 3" in path.read_text(encoding="utf-8")
