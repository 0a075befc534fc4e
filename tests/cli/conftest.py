"""A project of its own for each test of the command."""

from pathlib import Path

import pytest

from tests.cli.commands import Project


@pytest.fixture
def project(home: Path, tmp_path: Path) -> Project:
    return Project(tmp_path / "project", home)
