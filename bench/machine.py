"""What a figure depends on besides the code: the machine, what else it does, and the versions of what is measured."""

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final

from infra.embedded.pg_binaries import wheel_binaries

_PACKAGES: Final = ("pulumi", "pydantic", "psycopg", "pglast")
_GIB: Final = 1024**3


def describe_machine() -> str:
    """Return the processors, their make and the memory, such as ``2 × Intel(R) Xeon(R), 23 GB``."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    return f"{os.cpu_count()} × {_processor()}, {memory:.0f} GB of memory, {platform.system()} {platform.machine()}"


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "processors"


def versions() -> Mapping[str, str]:
    """Return the version of each tool that is measured; what is not there is left out."""
    found = {"Python": platform.python_version(), "PostgreSQL": _told([str(wheel_binaries() / "postgres"), "-V"])}
    found |= {name: version(name) for name in _PACKAGES}
    for name, command in (("PgBouncer", ["pgbouncer", "-V"]), ("Pulumi's CLI", ["pulumi", "version"])):
        if shutil.which(command[0]):
            found[name] = _told(command)
    return found


def _told(command: list[str]) -> str:
    """Return the last word of the first line that a command prints, which is its version."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed commands
    lines = done.stdout.splitlines()
    return lines[0].split()[-1].removeprefix("v") if lines else "?"


def commit() -> str:
    """Return the short name of the commit that is measured, with a word where files differ from it."""
    git = shutil.which("git")
    if git is None:
        return "unknown"
    root = Path(__file__).parent
    asked = [git, "-C", str(root), "describe", "--always", "--dirty=, changed since"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - git itself
    return done.stdout.strip() or "unknown"
