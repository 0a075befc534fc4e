"""What a command needs of an engine: to look, to act, to import."""

from typing import Any, Protocol

from infra.cli.report import Action, Report
from infra.database.target import Target


class Runner(Protocol):
    """One of the two engines, set up for one stack."""

    def plan(self, action: Action) -> Report:
        """Return what the action would do; nothing is written."""

    def apply(self, action: Action, planned: Report | None) -> Report:
        """Do it. What was planned tells the display how much there is to do."""

    def take_in(self, kind: str, name: str, identity: str, *, parent: str, provider: str) -> Report:
        """Take an object that exists into the state."""

    def show_plan(self, report: Report) -> None:
        """Show what `plan` returned, if it has not been shown as it went."""

    def target(self) -> Target:
        """Return the stack's database as the deployer sees it."""

    def urns(self) -> list[str]:
        """Return the URNs of everything in the state."""

    def resources(self) -> dict[str, list[dict[str, Any]]]:
        """Return the inputs of everything in the state by the types' last words, such as ``Table``; no secrets."""

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs of the last `up`."""
