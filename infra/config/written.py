"""Reads what a stack's configuration says, from its files and as handed over, for the rule about secrets."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from infra.checks import check_object
from infra.checks.config_secrets import LOADER, PROJECT_FILE
from infra.errors import RolloutError
from infra.models.configuration import Configuration


def find_plaintext(
    folder: Path, stack: str, values: Mapping[str, str] | None = None, encrypted: frozenset[str] = frozenset()
) -> list[RolloutError]:
    """Return SEC001 for every secret in plain text, in the order of the lines; files that are not there hold none.

    Raises:
        RolloutError: CFG002 when the stack's file is not YAML or cannot be read.
    """
    configuration = Configuration(stack=stack, values=dict(values or {}), encrypted=encrypted)
    texts = {"text": _text(folder / configuration.file), "project_text": _text(folder / PROJECT_FILE)}
    return check_object(configuration.model_copy(update=texts))


def _text(file: Path) -> str:
    if not file.is_file():
        return ""
    try:
        text = file.read_text(encoding="utf-8")
        yaml.compose(text, Loader=LOADER)
    except (yaml.YAMLError, ValueError, OSError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{file.name}:{mark.line + 1}" if mark else file.name
        raise RolloutError("CFG002", where, "it cannot be read as YAML", fix="correct it there") from None
    return text
