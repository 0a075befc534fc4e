"""The pipeline of a fleet: its waves as jobs that wait for one another, each a matrix over the stacks of the wave."""

from dataclasses import dataclass
from math import ceil
from typing import Final

from infra.errors import RolloutError
from infra.models.fleet import Fleet
from infra.report.ci import Forge, render, require_names

FILES: Final[dict[Forge, dict[str, str]]] = {
    Forge.GITHUB: {".github/workflows/rollout-fleet.yml": "github/rollout-fleet.yml.j2"},
    Forge.GITLAB: {".gitlab/rollout-fleet.yml": "gitlab/rollout-fleet.yml.j2"},
}
#: How many jobs a matrix may have.
MOST: Final = {Forge.GITHUB: 256, Forge.GITLAB: 200}
#: A job without a limit of the fleet's own, in minutes; and what it takes beside the deploy.
_MINUTES: Final = 120
_BESIDE: Final = 15


@dataclass(frozen=True)
class FleetPipeline:
    """What it is written for: the fleet, whose plan is the one that `rollout fleet plan` shows, and the branch.

    Raises:
        RolloutError: CLI001 for a name that would be more than a name in the files.
    """

    fleet: Fleet
    branch: str = "main"

    def __post_init__(self) -> None:
        require_names(self.branch, *(stack for wave in self.fleet.plan for stack in wave.stacks))

    @property
    def minutes(self) -> int:
        """How long a job may take, the pause before a gate included."""
        fleet = self.fleet
        work = ceil(fleet.timeout.total_seconds() / 60) + _BESIDE if fleet.timeout else _MINUTES
        return work + (ceil(fleet.pause.total_seconds() / 60) if fleet.pause else 0)


def render_fleet(forge: Forge, pipeline: FleetPipeline) -> dict[str, str]:
    """Return the text of the file under its path from the project's folder on.

    Raises:
        RolloutError: FLEET001 for a wave that has more stacks than the forge's matrix has jobs.
    """
    fleet = pipeline.fleet
    for wave in fleet.plan:
        if len(wave.stacks) > MOST[forge]:
            problem = f"{len(wave.stacks)} stacks in one wave"
            allowed = f"{MOST[forge]} jobs in a matrix of {forge.value}"
            raise RolloutError(
                "FLEET001", wave.name, problem, allowed=allowed, fix="lower waveSize, or name more waves"
            )
    values = {
        "fleet": fleet,
        "waves": fleet.plan,
        "gate": fleet.looks,
        "pause": ceil(fleet.pause.total_seconds()) if fleet.pause else 0,
        "minutes": pipeline.minutes,
        "branch": pipeline.branch,
    }
    return render(FILES[forge], values)
