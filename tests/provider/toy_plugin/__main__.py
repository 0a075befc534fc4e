"""The toy kinds as a plugin's process; they live in the folder that TOY_FOLDER names."""

import os
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[3])


def start() -> int:
    from infra.provider.server import main  # noqa: PLC0415 - found only now
    from tests.provider.toy import toy_handlers, toy_opener  # noqa: PLC0415 - as above

    folder = Path(os.environ["TOY_FOLDER"])
    return main(sys.argv[1:], handlers=lambda: toy_handlers(folder), opener=toy_opener(folder))


if __name__ == "__main__":
    sys.exit(start())
