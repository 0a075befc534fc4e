"""A pooler that may not open as many files as its clients need is refused before it starts, with the number."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from infra.pipeline.pooling import DEFAULTS

ROOT: Final = Path(__file__).parents[2]
START: Final = """
from pathlib import Path
from infra.embedded.pooler_process import PoolerPlace
from infra.errors import RolloutError
from infra.pipeline.pooling import DEFAULTS
try:
    PoolerPlace(Path("nowhere")).start(DEFAULTS.files)
except RolloutError as error:
    print(error)
"""


def test_the_number_that_is_needed_is_named(tmp_path: Path) -> None:
    """A client is a file, and so is a server connection; the limit is a real one."""
    command = ["/bin/sh", "-c", 'ulimit -n 200 && exec "$@"', "sh", sys.executable, "-c", START]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
    )
    needed = DEFAULTS.files + 64
    assert done.stdout.startswith(
        f"POOL008 pooling.pools: PgBouncer needs {DEFAULTS.files} + 64 = {needed} open files and may have 200."
    ), done.stdout + done.stderr
    assert f"ulimit -n {needed}" in done.stdout
