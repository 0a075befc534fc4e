"""Files in the project's folder: whole or not at all, in nobody else's place, and never outside."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

from infra.delivery.files import place, project_folder, read_file, remove_file, write_file
from infra.errors import RolloutError


def ours(text: str) -> bool:
    return text.startswith("ours")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def refused(folder: Path, path: str = "f") -> RolloutError:
    with pytest.raises(RolloutError) as caught:
        write_file(folder, path, "ours", ours)
    assert caught.value.code == "DLV001"
    assert caught.value.path == path
    return caught.value


def test_a_file_is_made_with_its_folder_and_read_by_everybody(folder: Path) -> None:
    """Whatever the umask: the application runs as another user."""
    before = os.umask(0o077)
    try:
        assert write_file(folder, "deploy/a/f.env", "ours 1", ours)
    finally:
        os.umask(before)
    file = folder / "deploy/a/f.env"
    assert file.read_text() == "ours 1"
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert [entry.name for entry in file.parent.iterdir()] == ["f.env"]


def test_the_same_text_is_not_written_again(folder: Path) -> None:
    write_file(folder, "f", "ours", ours)
    before = (folder / "f").stat().st_ino
    assert not write_file(folder, "f", "ours", ours)
    assert (folder / "f").stat().st_ino == before


def test_a_change_takes_the_place_in_one_step(folder: Path) -> None:
    """Whoever has the file open goes on reading the old text: it was replaced, not written over."""
    write_file(folder, "f", "ours, a long old text", ours)
    with (folder / "f").open() as reader:
        write_file(folder, "f", "ours", ours)
        assert reader.read() == "ours, a long old text"
    assert (folder / "f").read_text() == "ours"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_file(folder, "f", "ours", ours)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RolloutError, match="DLV001 f: no space left on device"):
        write_file(folder, "f", "ours 2", ours)
    assert [(entry.name, entry.read_text()) for entry in folder.iterdir()] == [("f", "ours")]


def test_somebody_elses_file_is_neither_overwritten_nor_removed(folder: Path) -> None:
    (folder / "f").write_text("theirs")
    assert "has not written" in str(refused(folder))
    assert not remove_file(folder, "f", ours)
    assert (folder / "f").read_text() == "theirs"


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_file_is_nobodys(folder: Path, text: str) -> None:
    (folder / "f").write_text(text)
    assert read_file(folder, "f") is None
    assert write_file(folder, "f", "ours", ours)


def test_what_is_gone_is_removed_already(folder: Path) -> None:
    assert remove_file(folder, "a/f", ours)
    write_file(folder, "a/f", "ours", ours)
    assert remove_file(folder, "a/f", ours)
    assert not (folder / "a/f").exists()


def test_links_lead_nowhere(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Neither a folder that is a link out of the project, nor a file that is a link."""
    outside = tmp_path_factory.mktemp("outside")
    (folder / "out").symlink_to(outside)
    (folder / "f").symlink_to(outside / "f")
    refused(folder, "out/f")
    refused(folder, "f")
    assert list(outside.iterdir()) == []


def test_a_folder_in_the_place_is_refused(folder: Path) -> None:
    (folder / "f").mkdir()
    assert "it is no file" in str(refused(folder))
    (folder / "g").write_text("theirs")
    refused(folder, "g/f")


def test_a_folder_that_may_not_be_written_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", locked)
    assert "permission denied" in str(refused(folder))


def test_the_project_is_found_from_below(tmp_path: Path) -> None:
    """As with `main:` in Pulumi.yaml, where the engine starts the provider in a folder below."""
    (tmp_path / "Pulumi.yaml").touch()
    (tmp_path / "program/deep").mkdir(parents=True)
    assert project_folder(tmp_path / "program/deep") == tmp_path.resolve()
    assert project_folder(tmp_path) == tmp_path.resolve()


def test_without_a_project_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(RolloutError, match="DLV001"):
        project_folder(tmp_path)


def test_a_project_behind_a_link_is_a_project(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert place(tmp_path / "link", "f") == (tmp_path / "real").resolve() / "f"
