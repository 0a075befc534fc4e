"""Commands of their own that start the embedded server, and the server's process."""

import os
import subprocess
import sys
from pathlib import Path
from subprocess import Popen

from infra.embedded.pg_process import Postmaster, find_postmaster
from infra.embedded.postgres import EmbeddedDatabase

PROJECT = Path(__file__).resolve().parents[2]
START = (
    "import sys, pathlib, infra.embedded.postgres as p; print(p.ensure_running(pathlib.Path(sys.argv[1])).admin.port)"
)


def postmaster_of(database: EmbeddedDatabase) -> Postmaster:
    """Return the server process of an embedded database."""
    found = find_postmaster((database.folder / "data").resolve())
    assert found is not None
    return found


def start_in_a_command(home: Path, **environment: str) -> Popen[str]:
    """Start the embedded server from a process and a session of its own, which prints the port."""
    return subprocess.Popen(
        [sys.executable, "-c", START, str(home)],
        cwd=PROJECT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
