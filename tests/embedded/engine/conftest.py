"""A project with the toy provider, whose program each test writes as it needs it."""

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from infra.embedded.engine.engine import Engine, Result
from infra.embedded.engine.events import Event, Op
from infra.embedded.engine.records import Record

TOY = Path(__file__).parent / "toy"

PRELUDE = """
import json
import pulumi
from pulumi import ResourceOptions as Opts, Output

config = pulumi.Config()


class Thing(pulumi.CustomResource):
    made: Output[str]

    def __init__(self, name, opts=None, **props):
        super().__init__("toy:index:Thing", name, {**props, "made": None}, opts)


class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("toy:index:Group", name, {}, opts)


toy = pulumi.ProviderResource("toy", "toy", {"folder": config.require("folder")})
with_toy = Opts(provider=toy)


def using(**options):
    return Opts.merge(with_toy, Opts(**options))

"""


class World:
    """A project folder, a home for its state, and the folder in which the toy keeps its objects."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "project"
        self.objects = root / "objects"
        self.home = root / "home"
        self.folder.mkdir()
        self.objects.mkdir()
        self.events: list[Event] = []
        self.settings()

    def settings(self, *, refresh: bool = False, config: str = "") -> None:
        options = "options: {refresh: always}\n" if refresh else ""
        plugins = f"plugins: {{providers: [{{name: toy, path: {TOY}}}]}}\n"
        (self.folder / "Pulumi.yaml").write_text(f"name: trial\nruntime: python\n{plugins}{options}{config}")

    def program(self, body: str) -> None:
        (self.folder / "__main__.py").write_text(PRELUDE + dedent(body))

    def engine(self, **extra: Any) -> Engine:
        config = {"folder": str(self.objects)} | extra.pop("extra_config", {})
        return Engine(self.folder, "dev", self.home, self.events.append, extra_config=config, **extra)

    def up(self, body: str | None = None, **extra: Any) -> Result:
        if body is not None:
            self.program(body)
        return self.engine(**extra).up()

    def preview(self, body: str | None = None) -> Result:
        if body is not None:
            self.program(body)
        return self.engine().preview()

    def calls(self, *kinds: str) -> list[str]:
        """The provider's calls so far, of these kinds; the log is emptied."""
        log = self.objects / "calls.log"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return [" ".join(line.split()[:2]) for line in lines if line.split()[0] in kinds]

    def stored(self) -> dict[str, dict[str, Any]]:
        """The toy's objects by id."""
        return {path.stem: json.loads(path.read_text()) for path in self.objects.glob("*.json")}

    def things(self) -> dict[str, Record]:
        """The state's objects by name."""
        return {record.name: record for record in self.engine().state() if record.managed}

    @property
    def state_folder(self) -> Path:
        return self.home / "state" / "trial" / "dev"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def count() -> Callable[[Result], dict[str, int]]:
    """What a run changed, without what stayed the same."""
    return lambda result: {str(op): n for op, n in result.changes.items() if op is not Op.SAME}
