"""A project of its own for each section."""

from tests.cli.conftest import kept, project

__all__ = ["kept", "project"]
