"""A project of its own for each test of the command."""

from pathlib import Path

import pytest

from tests.cli.commands import Project
from tests.cli.kept import kept_homes, put_home


@pytest.fixture
def project(home: Path, tmp_path: Path) -> Project:
    return Project(tmp_path / "project", home)


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kept_homes(tmp_path_factory)


@pytest.fixture
def served(project: Project, kept: Path) -> Project:
    """A project whose embedded server runs, with nothing deployed."""
    put_home(kept, "served", project.home)
    return project


@pytest.fixture
def deployed(project: Project, kept: Path) -> Project:
    """A project whose stack file was deployed as it is, by a plain `up`."""
    put_home(kept, "deployed", project.home)
    return project
