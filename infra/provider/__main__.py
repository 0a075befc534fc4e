"""What Pulumi starts: ``python <this folder> <engine address>``, in the program's folder."""

import importlib.util
import os
import sys
from pathlib import Path


def start() -> int:
    """Put the project on the path, in the place of this folder, whose modules are not for the top level, and serve."""
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    take_messages_alone()
    from infra.provider.server import main  # noqa: PLC0415 - found only now

    return main(sys.argv[1:])


def take_messages_alone() -> None:
    """Have the SDK's package be there without being run: its messages are all that we need of it.

    What it imports for programs would cost every start a third of its time.
    """
    for name in ("pulumi", "pulumi.runtime"):
        if name not in sys.modules and (spec := importlib.util.find_spec(name)) is not None:
            sys.modules[name] = importlib.util.module_from_spec(spec)


if __name__ == "__main__":
    # Everything is closed: to take the interpreter apart would only keep the engine waiting.
    code = start()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
