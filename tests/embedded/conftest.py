"""Where the embedded server lives, for the tests that are about that place."""

from pathlib import Path

import pytest

from infra.embedded.pg_account import server_account
from infra.embedded.postgres import folder_of


@pytest.fixture
def inside(home: Path) -> Path:
    """A home with the server in it; root's checkout in a closed folder has its server elsewhere."""
    if folder_of(home, server_account()) != home.resolve() / "db":
        pytest.skip("the server's account cannot run the programs of this checkout, which lies in a closed folder")
    return home
