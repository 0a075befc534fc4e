"""The pipelines as they are rendered, taken apart: their jobs, their steps, and what each step runs."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

from infra.models.fleet import Fleet
from infra.report.ci import Forge, Pipelines, render_pipelines
from infra.report.ci_fleet import FleetPipeline, render_fleet

STACKS: Final = ("staging", "prod")
FLEET: Final = Fleet.model_validate(
    {
        "stacks": ["eu-1", "eu-2", "us-1", "us-2"],
        "canary": ["us-2"],
        "waveSize": 2,
        "concurrency": 3,
        "pause": "90s",
        "timeout": "30m",
        "gate": ["converged", "verified", "calm"],
    }
)
TEXTS: Final = {
    forge: render_pipelines(forge, Pipelines(STACKS)) | render_fleet(forge, FleetPipeline(FLEET)) for forge in Forge
}
_OWN_KEYS: Final = frozenset({"stages", "variables", "default"})


@dataclass(frozen=True)
class Script:
    """What one step runs in a shell, and where it stands."""

    where: str
    text: str
    environment: dict[str, str]

    @property
    def invocations(self) -> Iterator[list[str]]:
        """The arguments of each `rollout` in it."""
        for line in self.text.replace("\\\n", " ").splitlines():
            if match := re.search(r"venv/bin/rollout (.*?)( (>|>>|\|\|) .*)?$", line):
                yield shlex.split(match[1].replace('"$STACK"', "dev").replace("$STACK", "dev"))


def workflow(name: str) -> dict[str, Any]:
    """The workflow of this name as GitHub reads it."""
    return load(TEXTS[Forge.GITHUB][f".github/workflows/rollout-{name}.yml"])


def load(text: str) -> dict[str, Any]:
    """Read YAML, in which `on` is a word and no truth."""
    content: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it makes texts of everything
    return content


def jobs(forge: Forge) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every job by the file and its own name."""
    for path, text in TEXTS[forge].items():
        content = load(text)
        found = content["jobs"] if forge is Forge.GITHUB else {k: v for k, v in content.items() if k not in _OWN_KEYS}
        yield from ((f"{path} {name}", job) for name, job in found.items())


def scripts() -> list[Script]:
    """Everything that any step of either forge runs."""
    found = []
    for where, job in jobs(Forge.GITHUB):
        for step in job["steps"]:
            if "run" in step:
                environment = {**job.get("env", {}), **step.get("env", {})}
                found.append(Script(f"{where}: {step['name']}", step["run"], environment))
    for where, job in jobs(Forge.GITLAB):
        lines = [*job.get("before_script", []), *job.get("script", [])]
        found += [Script(f"{where}: {place}", line, {}) for place, line in enumerate(lines)]
    return found
