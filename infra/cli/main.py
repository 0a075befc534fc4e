"""The entry point of `rollout`."""

import sys

from infra.cli.app import app


def main() -> None:
    """Run the command line. Characters that the terminal does not know are replaced, never a failure."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr] # a text stream of the interpreter's own
    app()
