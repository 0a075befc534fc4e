"""Where a comment goes: the pull request that the CI job, or the command line, names."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from infra.errors import RolloutError
from infra.posting.comments import Conversation
from infra.posting.github import ADDRESS, GitHub, github_api
from infra.posting.gitlab import GitLab, gitlab_api

#: Where an event of GitHub says which pull request it is about.
_NUMBERS: Final = (("pull_request", "number"), ("number",), ("issue", "number"))


@contextmanager
def open_conversation(number: int | None) -> Iterator[Conversation]:
    """Yield the comments of the pull request, or of the merge request.

    Raises:
        RolloutError: CLI001 when it is not said where to post, or by whom.
    """
    if repository := _variable("GITHUB_REPOSITORY"):
        with github_api(_variable("GITHUB_API_URL") or ADDRESS, _needed("GITHUB_TOKEN")) as api:
            yield GitHub(api, repository, number or _number_of_event())
        return
    if project := _variable("CI_PROJECT_ID"):
        with gitlab_api(_needed("CI_API_V4_URL"), _needed("GITLAB_TOKEN")) as api:
            yield GitLab(api, project, number or _whole(_variable("CI_MERGE_REQUEST_IID"), "CI_MERGE_REQUEST_IID"))
        return
    problem = "it is not said where to post: neither GITHUB_REPOSITORY nor CI_PROJECT_ID is set"
    fix = "set GITHUB_REPOSITORY and GITHUB_TOKEN, or CI_API_V4_URL, CI_PROJECT_ID and GITLAB_TOKEN"
    raise RolloutError("CLI001", "--post", problem, fix=fix)


def _variable(name: str) -> str:
    return os.environ.get(name, "").strip()


def _needed(name: str) -> str:
    if found := _variable(name):
        return found
    raise RolloutError("CLI001", "--post", f"{name} is not set", fix=f"set {name} in the job's environment")


def _number_of_event() -> int:
    file = _variable("GITHUB_EVENT_PATH")
    try:
        event = json.loads(Path(file).read_text(encoding="utf-8")) if file else {}
    except (OSError, ValueError):
        event = {}
    found = next((number for path in _NUMBERS if (number := _at(event, path)) is not None), None)
    return _whole(found, "GITHUB_EVENT_PATH")


def _at(event: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        event = event.get(key) if isinstance(event, dict) else None
    return event


def _whole(value: object, where: str) -> int:
    """Return the number of a pull request.

    Raises:
        RolloutError: CLI001 when it is none.
    """
    if str(value).isdecimal() and int(str(value)):
        return int(str(value))
    problem = f"it is not said which pull request: {where} names none"
    raise RolloutError("CLI001", "--post", problem, fix="run it for a pull request, or add --pull-request N")
