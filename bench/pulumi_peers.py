"""Programs under Pulumi's own CLI: ours, an empty one, and one with a dynamic provider for the same SQL."""

import json
import os
import shutil
from pathlib import Path
from typing import ClassVar, Final

from bench.loading import ROOT
from bench.peers import PEERS, Peer, Stage, which
from bench.yard import Ended, definition
from infra.ddl.deploy import deploy_plan

PULUMI: Final = "pulumi"
_LIMIT_SECONDS: Final = 240
_DYNAMIC: Final = "pulumi-resource-pulumi-python"
_PLAIN: Final = "name: {name}\nruntime: {{name: python, options: {{toolchain: pip, virtualenv: venv}}}}\n"


class PulumiPeer(Peer):
    """A project under Pulumi's CLI, its state in a folder."""

    program = PULUMI
    how = "https://www.pulumi.com/docs/install/"
    refuses: ClassVar[dict[Stage, str]] = {
        Stage.INDEX: "measured with the embedded engine",
        Stage.REMOVAL: "measured with the embedded engine",
    }

    def write(self) -> None:
        """See `Peer`."""
        self.folder = self.yard.folder / type(self).__name__.lower()
        self.folder.mkdir(exist_ok=True)
        for name in self.links():
            (self.folder / name).unlink(missing_ok=True)
            (self.folder / name).symlink_to(ROOT / name)

    def links(self) -> tuple[str, ...]:
        """Return what of the project it reads."""
        return ("venv",)

    def configure(self) -> None:
        """Set what the stack needs, once it is there."""

    def before(self, stage: Stage) -> None:
        """Begin a stack anew."""
        if stage is Stage.NOTHING:
            backend = self.folder / "backend"
            shutil.rmtree(backend, ignore_errors=True)
            backend.mkdir()
            self.pulumi("stack", "init", "dev")
            self.configure()

    def pulumi(self, *arguments: str) -> Ended:
        """Run the CLI."""
        settings = {
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "a measurement",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PATH": f"{os.environ.get('PATH', '')}{os.pathsep}{PEERS / 'bin'}",
        }
        command = [str(self.path), *arguments, "--non-interactive"]
        return self.yard.run(command, _LIMIT_SECONDS, folder=self.folder, more=settings)

    def command(self, stage: Stage) -> list[str]:
        """See `Peer`."""
        del stage
        return ["up", "--yes", "--skip-preview", "-s", "dev"]

    def run(self, stage: Stage) -> Ended:
        """See `Peer`."""
        self.before(stage)
        return self.pulumi(*self.command(stage))


class Ours(PulumiPeer):
    """The project's own program."""

    name = "our program"

    def links(self) -> tuple[str, ...]:
        """See `PulumiPeer`."""
        return ("venv", "infra", "sql", "Pulumi.yaml", "__main__.py")

    def configure(self) -> None:
        """See `PulumiPeer`."""
        shutil.copy(self.yard.project / "Pulumi.dev.yaml", self.folder / "Pulumi.dev.yaml")
        self.pulumi("config", "set", "--secret", "databasePassword", self.yard.target.password or "", "-s", "dev")


class Empty(PulumiPeer):
    """A program that declares nothing."""

    name = "an empty program"

    def write(self) -> None:
        """See `Peer`."""
        super().write()
        self.file("Pulumi.yaml", _PLAIN.format(name="empty"))
        self.file("__main__.py", "import pulumi\n")


class Dynamic(PulumiPeer):
    """A dynamic provider that runs the same SQL, a resource a step."""

    name = "a dynamic provider, the same SQL"

    @property
    def path(self) -> str | None:
        """Where the CLI is, if it has what starts a dynamic provider."""
        return which(PULUMI) if which(_DYNAMIC) else None

    def write(self) -> None:
        """See `Peer`."""
        super().write()
        self.file("Pulumi.yaml", _PLAIN.format(name="dynamic"))
        shutil.copy(Path(__file__).with_name("programs") / "dynamic.py", self.folder / "__main__.py")
        plan = deploy_plan(definition(1, self.yard.target.user))
        steps = [[step.transactional, [statement.text for statement in step.statements]] for step in plan]
        self.file("steps.json", json.dumps(steps))
