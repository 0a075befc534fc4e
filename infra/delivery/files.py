"""Files of ours in the project's folder: read, written whole or not at all, and never in the place of others'."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from infra.errors import RolloutError
from infra.files import replace_file

PROJECT_FILES: Final = ("Pulumi.yaml", "Pulumi.yml")
#: There is nothing secret in it, and the application that reads it may be another user.
FILE_MODE: Final = 0o644


def project_folder(start: Path | None = None) -> Path:
    """Return the project's folder: the nearest at or above `start`, or above where we run, with a Pulumi.yaml.

    Engines start the provider in the program's folder, which may be one below.

    Raises:
        RolloutError: DLV001 where there is none.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if any((folder / name).is_file() for name in PROJECT_FILES):
            return folder
    raise RolloutError("DLV001", str(here), "there is no project here or above", fix="run it in the project's folder")


def place(folder: Path, path: str) -> Path:
    """Return where the file is.

    Raises:
        RolloutError: DLV001 when a link leads out of the folder, or something else than a file stands there.
    """
    root = folder.resolve()
    found = root / path
    with _file_errors(path):
        if not found.parent.resolve().is_relative_to(root) or found.is_symlink():
            problem = "a link stands there or on the way"
            raise RolloutError("DLV001", path, problem, allowed="a file below the project's folder", fix="remove it")
        if found.exists() and not found.is_file():
            raise RolloutError("DLV001", path, "it is no file", fix="choose another path")
    return found


def read_file(folder: Path, path: str) -> str | None:
    """Return the file's text, or None where there is no file or nothing in it."""
    file = place(folder, path)
    with _file_errors(path):
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return None
    return text if text.strip() else None


def write_file(folder: Path, path: str, text: str, is_ours: Callable[[str], bool]) -> bool:
    """Write the file whole or not at all; return whether it was another before.

    Raises:
        RolloutError: DLV001 when somebody else's content stands there, or the file cannot be written.
    """
    found = read_file(folder, path)
    refuse_foreign(path, found, is_ours)
    if found == text:
        return False
    file = place(folder, path)
    with _file_errors(path):
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, text.encode(), mode=FILE_MODE)
    return True


def remove_file(folder: Path, path: str, is_ours: Callable[[str], bool]) -> bool:
    """Remove the file if it is ours; return whether there is none any more."""
    found = read_file(folder, path)
    if found is not None and not is_ours(found):
        return False
    with _file_errors(path):
        place(folder, path).unlink(missing_ok=True)
    return True


def refuse_foreign(path: str, found: str | None, is_ours: Callable[[str], bool]) -> None:
    """Refuse to go on where the file holds what we have not written.

    Raises:
        RolloutError: DLV001.
    """
    if found is not None and not is_ours(found):
        fix = "move that file away, or give ours another path"
        raise RolloutError("DLV001", path, "a file stands there that the rollout has not written", fix=fix)


@contextmanager
def _file_errors(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fix = "see that the folder is there and may be written by whoever deploys"
        raise RolloutError("DLV001", path, (error.strerror or type(error).__name__).lower(), fix=fix) from None
