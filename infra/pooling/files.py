"""Where PgBouncer's files stand: each written whole or not at all, readable for PgBouncer alone."""

import grp
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.errors import RolloutError
from infra.files import replace_file
from infra.pooling.names import HBA, INI, MARKER, USERS

NAMES: Final = (USERS, HBA, INI)
#: What stood in a file's place before it was ours; a deletion puts it back.
BEFORE: Final = ".before-rollout"
PRIVATE: Final = 0o600
FOR_A_GROUP: Final = 0o640

Texts = Mapping[str, str | None]


@dataclass(frozen=True)
class Folder:
    """The folder of the files, and the group that PgBouncer reads them by."""

    path: Path
    group: str | None = None

    @property
    def mode(self) -> int:
        """What the files' modes are to be."""
        return FOR_A_GROUP if self.group else PRIVATE

    def read(self) -> dict[str, str | None]:
        """Return the text of each file, None for one that is not there.

        Raises:
            RolloutError: PGB004 for one that cannot be read.
        """
        return {name: self._read(name) for name in NAMES}

    def is_ours(self) -> bool:
        """Tell whether we have written the main file."""
        return is_marked(self._read(INI))

    def wrong_modes(self) -> dict[str, str]:
        """Return the modes of the files that are not as they should be."""
        modes = {name: stat.S_IMODE((self.path / name).stat().st_mode) for name in NAMES if (self.path / name).exists()}
        return {name: f"{mode:04o}" for name, mode in modes.items() if mode != self.mode}

    def put(self, texts: Texts) -> None:
        """Bring each file to its text, and remove those without one. What was somebody else's is kept beside it.

        Raises:
            RolloutError: PGB004.
        """
        with _file_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            for name, text in texts.items():
                self._keep_foreign(name)
                if text is None:
                    (self.path / name).unlink(missing_ok=True)
                else:
                    group = _group_id(self.group) if self.group else None
                    replace_file(self.path / name, text.encode(), mode=self.mode, group=group)

    def put_back(self) -> list[str]:
        """Remove our files, put back what stood there before, and return the names of those."""
        back = []
        with _file_errors(self.path):
            for name in NAMES:
                kept = self.path / f"{name}{BEFORE}"
                if kept.exists():
                    kept.replace(self.path / name)
                    back.append(name)
                elif is_marked(self._read(name)):
                    (self.path / name).unlink()
            with suppress(OSError):
                self.path.rmdir()  # one that others use is not empty
        return back

    def _read(self, name: str) -> str | None:
        with _file_errors(self.path / name):
            try:
                return (self.path / name).read_text(encoding="utf-8", errors="replace")
            except FileNotFoundError:
                return None

    def _keep_foreign(self, name: str) -> None:
        text, kept = self._read(name), self.path / f"{name}{BEFORE}"
        if text is not None and not is_marked(text) and not kept.exists():
            os.link(self.path / name, kept)


def is_marked(text: str | None) -> bool:
    """Tell whether the text begins as our files do."""
    return text is not None and MARKER in text.partition("\n")[0]


def _group_id(name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        problem = f"this machine has no group {name!r}"
        raise RolloutError("PGB004", "group", problem, fix="correct it, or leave it out") from None


@contextmanager
def _file_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fix = "see that the folder may be written by whoever deploys, who must be of the group that is named"
        raise RolloutError("PGB004", str(path), (error.strerror or type(error).__name__).lower(), fix=fix) from None
