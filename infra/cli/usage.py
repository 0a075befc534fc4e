"""Turns what the option parser refuses into errors of the project's own form."""

import contextlib
import sys
from collections.abc import Iterator
from typing import Final

from typer.exceptions import Abort, TyperException

from infra.errors import RolloutError

USAGE: Final = 2
#: The parser's class for a group of commands that was named alone; its text is the group's help.
_HELP_WANTED: Final = "NoArgsIsHelpError"


@contextlib.contextmanager
def parse_failures() -> Iterator[None]:
    """Let the parser's refusals leave as CLI001, and a group without a command as its help.

    Raises:
        RolloutError: CLI001 with the parser's words and where to read on.
        SystemExit: after the help was shown.
    """
    try:
        yield
    except Abort:
        raise KeyboardInterrupt from None
    except TyperException as error:
        if type(error).__name__ == _HELP_WANTED:
            sys.stdout.write(f"{error.format_message()}\n")
            raise SystemExit(USAGE) from None
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "rollout"
        raise RolloutError(
            "CLI001", command, error.format_message(), fix=f"`{command} --help` lists what there is"
        ) from None
