"""Every command of the README and the runbook, run by a shell on an embedded stack, section by section."""

from pathlib import Path

import pytest

from tests.cli.commands import ROOT, Project
from tests.cli.kept import put_home
from tests.runbook.scenes import EMPTY, HAS_PULUMI, PREPARED, WITH_PULUMI, Block, Scene, blocks

pytestmark = pytest.mark.full


@pytest.fixture
def scene(project: Project, tmp_path: Path) -> Scene:
    for name in ("Makefile", "requirements.txt", "requirements-build.txt", "requirements-dev.txt", "pyproject.toml"):
        (project.folder / name).symlink_to(ROOT / name)
    (tmp_path / "files").mkdir()
    return Scene(project, tmp_path / "files")


@pytest.mark.parametrize("block", blocks(), ids=lambda block: block.key)
def test_each_command_of_the_section_does_what_it_says(block: Block, scene: Scene, kept: Path) -> None:
    if block.key in WITH_PULUMI and not HAS_PULUMI:
        pytest.skip("no Pulumi CLI")
    put_home(kept, "served" if block.key in EMPTY else "deployed", scene.project.home)
    if block.key in PREPARED:
        PREPARED[block.key](scene)
    for command in block.commands:
        scene.run(command)
