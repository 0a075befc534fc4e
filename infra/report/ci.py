"""The pipelines of GitHub and GitLab that preview, deploy, look for drift and back up, for a project's stacks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from infra.errors import RolloutError

_TEMPLATES: Final = Path(__file__).parent / "templates" / "ci"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
#: What the pipelines install beside Python's packages, each by the commit that its release's tag names.
ACTIONS: Final[dict[str, tuple[str, str]]] = {
    "actions/checkout": ("3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
    "actions/setup-python": ("5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0"),
    "actions/upload-artifact": ("bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"),
    "actions/download-artifact": ("3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"),
    "aws-actions/configure-aws-credentials": ("e6de054238d6b7531b4efff3b6587d9aade6a06c", "v6.2.3"),
    "pulumi/actions": ("8e5e406f4007fca908480587cb9893c07090f58d", "v7.0.0"),
    "pulumi/auth-actions": ("141415910c3beb54e03b48e9057c204c97b956f2", "v2.1.0"),
}
PYTHON: Final = "3.12"


class Forge(StrEnum):
    """Where a project's pipelines run."""

    GITHUB = "github"
    GITLAB = "gitlab"


#: The file that each template makes, below the project's folder.
FILES: Final[dict[Forge, dict[str, str]]] = {
    Forge.GITHUB: {
        f".github/workflows/rollout-{name}.yml": f"github/rollout-{name}.yml.j2"
        for name in ("preview", "deploy", "drift", "backup")
    },
    Forge.GITLAB: {".gitlab-ci.yml": "gitlab/gitlab-ci.yml.j2"},
}


@dataclass(frozen=True)
class Pipelines:
    """What they are written for: the stacks in the order in which they are deployed, and the branch that is deployed.

    Raises:
        RolloutError: CLI001 for a name that would be more than a name in the files.
    """

    stacks: tuple[str, ...]
    branch: str = "main"

    def __post_init__(self) -> None:
        require_names(*self.stacks, self.branch)
        if not self.stacks:
            fix = "make the file of a stack, Pulumi.NAME.yaml, or name one with --stack"
            raise RolloutError("CLI001", "ci", "no stack has a database that a pipeline could reach", fix=fix)


def require_names(*names: str) -> None:
    """Refuse what would be more than a name in the files.

    Raises:
        RolloutError: CLI001.
    """
    for name in names:
        if not _NAME.fullmatch(name):
            allowed = "letters, digits, '.', '_' and '-'"
            problem = f"{name!r} cannot stand in a pipeline"
            raise RolloutError("CLI001", "ci", problem, allowed=allowed, fix="rename it")


def render_pipelines(forge: Forge, pipelines: Pipelines) -> dict[str, str]:
    """Return the text of each file under its path from the project's folder on."""
    return render(FILES[forge], {"stacks": pipelines.stacks, "branch": pipelines.branch})


def render(files: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, str]:
    """Return the text of each file, of its template and the values, under its path."""
    tools = {"python": PYTHON, "pulumi": version("pulumi")}
    return {path: _templates().get_template(name).render(tools | dict(values)) for path, name in files.items()}


@cache
def _templates() -> Environment:
    """Return jinja2 with marks of its own: GitHub's expressions have those that are usual."""
    made = Environment(  # noqa: S701 - YAML of our own words and of names that were looked at
        loader=FileSystemLoader(_TEMPLATES),
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    made.globals["uses"] = _uses
    return made


def _uses(action: str) -> str:
    commit, release = ACTIONS[action]
    return f"{action}@{commit} # {release}"
