"""A project of its own for each test of the command, or the files of a stack whose database is a test's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.cli.rollback_connection import Place
from tests.cli.commands import Project
from tests.cli.kept import kept_homes, put_home
from tests.cli.places import make_place
from tests.clusters import Database
from tests.phases.rollouts import Stage, staged


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


@pytest.fixture
def first(database18: Database) -> Iterator[Stage]:
    """A pipeline in phase 1."""
    with staged(database18, 1) as made:
        yield made


@pytest.fixture
def place(first: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The files of its stack, where the test is; the password is in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PGPASSWORD", first.database.deployer.password or "")
    return make_place(tmp_path, first.database.deployer, 1)
