"""The pipelines' files: which stacks they are for, which files are stale, and writing them over nobody's own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from infra.cli.stacks import read_stack_file
from infra.config.files import stack_names
from infra.errors import RolloutError
from infra.files import replace_file

#: Deployed after every other stack.
_LAST: Final = ("prod", "production", "live")
_MODE: Final = 0o644


def deployed_stacks(project: Path) -> tuple[str, ...]:
    """Return the stacks whose database a pipeline can reach, in the order of deploying: production comes last."""
    reached = [name for name in stack_names(project) if not read_stack_file(name).has_embedded_database]
    return tuple(sorted(reached, key=lambda name: (name in _LAST, name)))


def stale_files(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Return the paths of those that are missing or say something else."""
    return [path for path, text in files.items() if _read(folder / path) != text]


def write_files(folder: Path, files: Mapping[str, str], *, force: bool) -> list[str]:
    """Write those that are not current and return their paths; all or none.

    Raises:
        RolloutError: CLI001 when a file that is there says something else and `force` does not allow that.
    """
    stale = stale_files(folder, files)
    others = [path for path in stale if (folder / path).exists()]
    if others and not force:
        problem = f"{', '.join(others)} would be written over"
        raise RolloutError("CLI001", "ci", problem, fix="look at the difference, then add --force, or choose --out")
    for path in stale:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        replace_file(folder / path, files[path].encode(), mode=_MODE)
    return stale


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else None
