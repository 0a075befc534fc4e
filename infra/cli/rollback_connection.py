"""The shortest way to a stack's database: it reads of the stack file what it needs, whatever else is wrong there.

No engine is started and nothing of Pulumi is imported: who turns the pipeline off does not wait for either.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from infra.cli.embedded_server import running_target
from infra.cli.stacks import find_project
from infra.config.files import stack_names
from infra.database.target import Target
from infra.embedded.postgres import home_of
from infra.errors import RolloutError

#: A key and the lines below it that are indented further.
_BLOCK: Final = re.compile(
    r"^(?P<indent>[ \t]*)(?:[\w-]+:)?(?P<key>database|databasePassword):"
    r"(?P<rest>[^\n]*(?:\n(?P=indent)[ \t]+[^\n]*|\n[ \t]*$)*)",
    re.MULTILINE,
)
_PULUMI_SECONDS: Final = 30


@dataclass(frozen=True)
class Place:
    """A stack as far as its database goes."""

    folder: Path
    stack: str
    database: dict[str, Any]
    password: Any = field(default=None, repr=False)

    @property
    def file(self) -> Path:
        """The stack file."""
        return self.folder / f"Pulumi.{self.stack}.yaml"

    @property
    def home(self) -> Path:
        """The folder of the embedded parts."""
        return home_of(self.folder)


def find_place(stack: str) -> Place:
    """Return the stack's project and what its file says of the database.

    Raises:
        RolloutError: CLI002 for a stack without a file, CFG004 where it says nothing of a database.
    """
    folder = find_project()
    file = folder / f"Pulumi.{stack}.yaml"
    if not stack or "/" in stack or not file.is_file():
        known = ", ".join(stack_names(folder))
        problem = f"there is no Pulumi.{stack}.yaml"
        raise RolloutError("CLI002", f"stack {stack}", problem, allowed=known, fix="name one of these with --stack")
    values = read_values(file.read_text(encoding="utf-8", errors="replace"))
    if not isinstance(values.get("database"), dict):
        fix = "write `embedded: true` below it, or host, name and user"
        raise RolloutError("CFG004", "database", f"{file.name} does not say where the database is", fix=fix)
    return Place(folder, stack, values["database"], values.get("databasePassword"))


def read_values(text: str) -> dict[str, Any]:
    """Return `database` and `databasePassword`; where the file as a whole is no YAML, from their own lines."""
    try:
        config = yaml.safe_load(text).get("config") or {}
        return {str(key).rpartition(":")[2]: value for key, value in config.items()}
    except (yaml.YAMLError, AttributeError):
        return {found["key"]: _block(found["rest"]) for found in _BLOCK.finditer(text)}


def find_target(place: Place) -> Target:
    """Return the deployer's login.

    Raises:
        RolloutError: EMB002 when the embedded PostgreSQL does not run, CFG002 or CFG004 for an address that cannot be
            used, CLI003 when the password is encrypted and nobody can read it.
    """
    if place.database.get("embedded") is True:
        return running_target(place.home, admin=False)
    missing = [key for key in ("host", "name", "user") if not place.database.get(key)]
    if missing:
        fix = f"write it below `database` in {place.file.name}"
        raise RolloutError("CFG004", f"database.{missing[0]}", "it is missing", fix=fix)
    known = {key: value for key, value in place.database.items() if key in Target.model_fields and key != "password"}
    try:
        return Target(**({"port": 5432} | known), password=_password(place))
    except ValueError:
        fix = f"correct it in {place.file.name}"
        raise RolloutError("CFG002", "database", "it is not the address of a database", fix=fix) from None


def _block(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def _password(place: Place) -> str | None:
    """Return the password: of the environment, in plain text, or as Pulumi decrypts it; None leaves it to libpq."""
    given = os.environ.get("PGPASSWORD")
    if given or place.password is None:
        return given or None
    return place.password if isinstance(place.password, str) else _decrypted(place)


def _decrypted(place: Place) -> str:
    pulumi = shutil.which("pulumi")
    command = [pulumi or "", "config", "get", "databasePassword", "--stack", place.stack, "--non-interactive"]
    try:
        done = subprocess.run(  # noqa: S603 - Pulumi's own CLI; the stack has a file of that name
            command,
            cwd=place.folder,
            capture_output=True,
            text=True,
            timeout=_PULUMI_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        raise _unreadable(place, "Pulumi's CLI, which decrypts it, cannot be run") from None
    if done.returncode != 0:
        raise _unreadable(place, "Pulumi's CLI does not decrypt it")
    return done.stdout.strip()


def _unreadable(place: Place, why: str) -> RolloutError:
    problem = f"the password in {place.file.name} is encrypted, and {why}"
    return RolloutError("CLI003", "databasePassword", problem, fix="give it in PGPASSWORD, and run this again")
