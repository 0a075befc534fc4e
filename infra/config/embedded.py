"""Where the embedded PostgreSQL listens and what its deployer's password is, read from its folder."""

import json
from pathlib import Path
from typing import Final

from infra.embedded.pg_account import server_account
from infra.embedded.pg_passwords import Passwords
from infra.embedded.pg_process import find_postmaster
from infra.embedded.postgres import embedded_database, folder_of
from infra.errors import RolloutError
from infra.resources import Connection

_PATH: Final = "database.embedded"
#: After `pulumi install` alone there is no `rollout`.
_START: Final = "run `rollout db start` first, or `venv/bin/python -m infra.cli db start` where there is no `rollout`"


def embedded_connection(home: Path) -> Connection:
    """Return the connection to the embedded PostgreSQL of this home. Nothing is made or started.

    Raises:
        RolloutError: EMB002 when it does not run, or its folder belongs to somebody else.
    """
    folder = folder_of(home, server_account())
    try:
        running = find_postmaster((folder / "data").resolve())
        passwords = Passwords(**json.loads((folder / "passwords.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise _not_there(folder) from None
    except (OSError, ValueError, TypeError) as error:
        problem = f"what is kept in {folder} cannot be read ({type(error).__name__})"
        raise RolloutError("EMB002", _PATH, problem, fix="run this as whoever ran `rollout db start`") from None
    if running is None or running.port is None:
        raise _not_there(folder)
    target = embedded_database(folder, running.port, passwords).deployer
    return Connection(**target.model_dump())


def _not_there(folder: Path) -> RolloutError:
    return RolloutError("EMB002", _PATH, f"the embedded PostgreSQL of {folder} does not run", fix=_START)
