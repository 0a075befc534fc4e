"""The flags that a stack file asks for, as a text in the format of whoever reads it."""

import json
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final

from infra.aws.feature_flags import render_feature_flags
from infra.cli.flags_wanted import Wanted
from infra.cli.output import Output
from infra.delivery.env_text import render_env
from infra.delivery.flagd_text import render_flagd
from infra.errors import RolloutError
from infra.pipeline.flags import with_dependents


class Format(StrEnum):
    """Who reads the flags."""

    ENV = "env"
    FLAGD = "flagd"
    APPCONFIG = "appconfig"
    JSON = "json"


def _for_cohort(wanted: Wanted) -> tuple[str, ...]:
    return with_dependents(wanted.rollout.cohort_only)


_RENDER: Final[dict[Format, Callable[[Wanted], str]]] = {
    Format.ENV: lambda wanted: render_env(wanted.rollout.values),
    Format.FLAGD: lambda wanted: render_flagd(wanted.rollout.values, _for_cohort(wanted), wanted.members),
    Format.APPCONFIG: lambda wanted: render_feature_flags(wanted.rollout.values, _for_cohort(wanted)).decode() + "\n",
    Format.JSON: lambda wanted: json.dumps(wanted.rollout.values, indent=2) + "\n",
}


def render_wanted(wanted: Wanted, name: str) -> str:
    """Return the text.

    Raises:
        RolloutError: CLI001 for a format that there is none of.
    """
    if name not in list(Format):
        raise RolloutError("CLI001", "--format", f"'{name}' is no format", allowed=", ".join(Format))
    return _RENDER[Format(name)](wanted)


def hand_out(text: str, file: Path | None, output: Output) -> None:
    """Write the text to stdout, or into the file if one is named.

    Raises:
        RolloutError: DLV001 when it cannot be written.
    """
    if file is None:
        sys.stdout.write(text)
    else:
        output.note(f"{file}: {'written' if _write(file, text) else 'says so already'}")


def _write(file: Path, text: str) -> bool:
    """Write the text unless the file says it already; return whether it did not."""
    try:
        if file.is_file() and file.read_bytes() == text.encode():
            return False
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        fix = "name a file in a folder that is there and may be written"
        raise RolloutError("DLV001", str(file), str(error.strerror).lower(), fix=fix) from None
    return True
