"""The command that tells the application what it is configured with."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.options import StackOption, make_output


def app_config(
    *,
    format_: Annotated[str, typer.Option("--format", "-f", metavar="env|json", help="How it is read.")] = "env",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="A file in place of stdout.")] = None,
    stack: StackOption = "dev",
) -> int:
    """Print what the application is configured with: where it connects, its pool, cache, timeouts, and the flags.

    The stack file is all that is read, besides the ports of the embedded database. No secret is among it.
    """
    from infra.cli.app_config_reading import render_app_config
    from infra.cli.flags_rendering import hand_out
    from infra.cli.stacks import find_stack

    hand_out(render_app_config(find_stack(stack), format_), out, make_output(json=False))
    return 0
