"""Who changes the rollout, and from which commit: what the ledger keeps of every entry."""

import getpass
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from typing import Final

#: Who runs this, where the environment says so: our own variable, then those of the usual CI systems.
ACTOR_VARIABLES: Final = ("ROLLOUT_ACTOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILDKITE_BUILD_CREATOR")
COMMIT_VARIABLES: Final = ("ROLLOUT_COMMIT", "GITHUB_SHA", "CI_COMMIT_SHA", "BUILDKITE_COMMIT")
GIT_SECONDS: Final = 5
UNKNOWN_ACTOR: Final = "unknown"


@dataclass(frozen=True)
class Provenance:
    """Who, and which commit; the commit is empty outside of a repository, and ends in ``-dirty`` with changes."""

    actor: str
    commit: str


@cache
def provenance() -> Provenance:
    """Return who runs this process, and the commit of the folder that it runs in."""
    return Provenance(_first(ACTOR_VARIABLES) or _git("config", "user.email") or login_name(), _commit())


def _first(variables: tuple[str, ...]) -> str:
    return next((value for name in variables if (value := os.environ.get(name, "").strip())), "")


def _commit() -> str:
    if told := _first(COMMIT_VARIABLES):
        return told
    head = _git("rev-parse", "HEAD")
    return f"{head}-dirty" if head and _git("status", "--porcelain", "--untracked-files=no") else head


def _git(*arguments: str) -> str:
    git = shutil.which("git")
    if git is None:
        return ""
    command = [git, "-c", "core.fsmonitor=false", *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command, with no word from outside
            command, capture_output=True, text=True, timeout=GIT_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def login_name() -> str:
    """Return who is logged in to this machine."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return UNKNOWN_ACTOR
