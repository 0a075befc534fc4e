"""What Pulumi starts: ``python <this folder> <engine address>``, in the program's folder."""

import sys
from pathlib import Path


def start() -> int:
    """Put the project on the path, in the place of this folder, whose modules are not for the top level, and serve."""
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    from infra.provider.server import main  # noqa: PLC0415 - found only now

    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(start())
