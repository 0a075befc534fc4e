"""A stack file of its own for a test database, and a clock that moves when it is waited for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from infra.cli.rollback_connection import Place
from infra.database.target import Target

STACK = "mine"
FILE = """\
# This comment stays.
config:
  creative-pipeline:phase: {phase}
  creative-pipeline:database:
    host: {target.host}
    port: {target.port}
    name: {target.name}
    user: {target.user}
    sslmode: disable
"""


def make_place(folder: Path, target: Target, phase: int = 5, more: str = "") -> Place:
    """Write the stack's files; the password is in the place alone."""
    (folder / "Pulumi.yaml").write_text("name: creative-pipeline\n", encoding="utf-8")
    file = folder / f"Pulumi.{STACK}.yaml"
    file.write_text(FILE.format(phase=phase, target=target) + more, encoding="utf-8")
    database = target.model_dump(include={"host", "port", "name", "user", "sslmode"})
    return Place(folder, STACK, database, target.password)


def say(place: Place, text: str) -> None:
    """Add lines to a stack file."""
    place.file.write_text(place.file.read_text(encoding="utf-8") + text, encoding="utf-8")


@dataclass
class MovedClock:
    """Stands still until it is waited for."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    #: What happens while somebody waits.
    meanwhile: Callable[[int], None] = lambda _waits: None
    waits: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += timedelta(seconds=seconds)
        self.meanwhile(len(self.waits))
