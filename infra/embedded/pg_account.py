"""Who the embedded server runs as: PostgreSQL refuses root, so root hands it to an account that already exists."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.errors import RolloutError

#: Tried in this order; none is ever added.
CANDIDATES: Final = ("postgres", "nobody")
TIMEOUT_SECONDS: Final = 120


@dataclass(frozen=True)
class Account:
    """An unprivileged account of this machine."""

    name: str
    uid: int
    gid: int


def server_account() -> Account | None:
    """Return the account for the server, or None when that is simply the caller.

    Raises:
        RolloutError: EMB001 when root has no unprivileged account to hand the server to.
    """
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise RolloutError(
        "EMB001",
        "embedded PostgreSQL",
        "PostgreSQL does not run as root and this machine has no account for it",
        allowed=" or ".join(CANDIDATES),
        fix="run the command as an ordinary user",
    )


def run_as(
    account: Account | None, command: Sequence[str | Path], *, folder: Path, timeout: float = TIMEOUT_SECONDS
) -> subprocess.CompletedProcess[str]:
    """Run a command as the account in the folder, with a plain environment, and return its exit code and output.

    Raises:
        RolloutError: EMB001 when it does not end in time.
    """
    try:
        return subprocess.run(  # noqa: S603 - our own binaries with our own arguments, no shell
            [str(part) for part in command],
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            cwd=folder,
            env=plain_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        problem = f"{Path(command[0]).name} did not end within {timeout:.0f} seconds"
        fix = "see whether the machine is overloaded, and try again"
        raise RolloutError("EMB001", "embedded PostgreSQL", problem, fix=fix) from None


def plain_environment() -> dict[str, str]:
    """Return an environment without the caller's PG* settings, locale and time zone."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def may_run(account: Account | None, program: Path) -> bool:
    """Tell whether the account can reach and run the program, access lists included."""
    return _test(account, "-x", program)


def may_enter(account: Account | None, folder: Path) -> bool:
    """Tell whether the account can reach what stands in the folder."""
    return _test(account, "-x", folder)


def _test(account: Account | None, flag: str, path: Path) -> bool:
    if account is None:
        return True
    return run_as(account, ["/bin/sh", "-c", f'test {flag} "$1"', "sh", path], folder=Path("/")).returncode == 0


def hand_over(path: Path, account: Account | None) -> None:
    """Make the account the owner of a file or folder."""
    if account is not None:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
