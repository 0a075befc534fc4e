"""Edits of a stack file: a key gets another value, and everything else stays as its people wrote it."""

import copy
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from infra.config.passing import as_passed
from infra.config.splicing import UnspliceableError, rewrite, same
from infra.errors import RolloutError
from infra.files import replace_file

PROJECT: Final = "creative-pipeline"
_SECTION: Final = "config"


class StackFile:
    """A stack file as it was read, and as it is to be; nothing is written before `save`.

    Comments, the order of the keys, quotes, line ends and encrypted values stay.
    """

    def __init__(self, path: Path, project: str = PROJECT, *, content: bytes | None = None) -> None:
        self.path = path
        self._project = project
        self._read = _content(path) if content is None else content
        self._data = _parsed(self._read, path)
        self._config: dict[str, Any] = self._data.get(_SECTION) or {}

    @property
    def phase(self) -> int | None:
        """The phase, or None where the file has none or no number."""
        phase = self.get("phase")
        return phase if type(phase) is int else None

    @property
    def flags(self) -> dict[str, bool]:
        """The flags that the file itself turns off; none where it says something that is no map."""
        found = self.get("flags")
        return dict(found) if isinstance(found, dict) else {}

    def get(self, key: str) -> Any:
        """Return a key's value by its short name, as the program is given it, or None."""
        return copy.deepcopy(as_passed(key, self._config.get(self._name(key))))

    def set_phase(self, number: int) -> None:
        """Give the file another phase."""
        self.set("phase", number)

    def set_flags(self, flags: Mapping[str, bool]) -> None:
        """Let the file turn off these flags and no others; with none, the key goes."""
        if flags:
            self.set("flags", {str(name): value for name, value in flags.items()})
        else:
            self.remove("flags")

    def set(self, key: str, value: Any) -> None:
        """Give a key, by its short name, a value of texts, numbers, truths, lists and maps."""
        self._config[self._name(key)] = copy.deepcopy(value)
        self._data[_SECTION] = self._config

    def remove(self, key: str) -> None:
        """Take a key out if it is there."""
        self._config.pop(self._name(key), None)

    @property
    def text(self) -> str:
        """The file's text as it is to be.

        Raises:
            RolloutError: CFG006 when it cannot be had without touching anything else.
        """
        before = self._read.decode()
        try:
            return rewrite(before, self._data)
        except UnspliceableError as error:
            raise _not_editable(self.path, f"it cannot be edited: {error}", "edit it by hand") from None

    @property
    def changed(self) -> bool:
        """Whether `save` would write anything."""
        return not same(_parsed(self._read, self.path), self._data)

    def save(self) -> bool:
        """Write the file in one step, with the mode it had; return whether anything was to be written.

        Raises:
            RolloutError: CFG006 when somebody has changed it since it was read, or it cannot be written.
        """
        if not self.changed:
            return False
        content = self.text.encode()
        try:
            self._require_untouched()
            path = self.path.resolve()
            replace_file(path, content, mode=stat.S_IMODE(path.stat().st_mode))
        except OSError as error:
            fix = "make the file and its folder writable for you"
            raise _not_editable(self.path, f"it cannot be written ({error.strerror})", fix) from None
        self._read = content
        return True

    def _require_untouched(self) -> None:
        if self.path.read_bytes() != self._read:
            raise _not_editable(self.path, "somebody else has changed it meanwhile", "look at it, and run this again")

    def _name(self, key: str) -> str:
        """Return the key's name in the file: with the project's prefix, unless it stands there without."""
        full = f"{self._project}:{key}"
        return key if key in self._config and full not in self._config else full


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, type(error).__name__) from None


def _parsed(content: bytes, path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(content.decode()) or {}
    except (ValueError, yaml.YAMLError) as error:
        raise _unreadable(path, type(error).__name__) from None
    if not isinstance(data, dict) or not isinstance(data.get(_SECTION) or {}, dict):
        raise _unreadable(path, "it is not a mapping")
    return data


def _unreadable(path: Path, why: str) -> RolloutError:
    return RolloutError("CFG002", path.name, f"it cannot be read ({why})", fix="correct it there")


def _not_editable(path: Path, problem: str, fix: str) -> RolloutError:
    return RolloutError("CFG006", path.name, problem, fix=fix)
