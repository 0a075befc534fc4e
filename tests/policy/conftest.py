"""A project whose embedded server runs, as the tests of the command have it."""

from tests.cli.conftest import kept, project, served

__all__ = ["kept", "project", "served"]
