"""Which project and stack a command is about, where its database is, and which engine runs it."""

import difflib
import json
import os
import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from infra.config.files import stack_names
from infra.config.passing import as_passed
from infra.embedded.loading import load_yaml
from infra.errors import RolloutError

if TYPE_CHECKING:
    from infra.config.stack import Source

PROJECT_FILE: Final = "Pulumi.yaml"
DEFAULT_STACK: Final = "dev"
POOLER_VARIABLES: Final = {
    "consolePassword": "ROLLOUT_CONSOLE_PASSWORD",
    "lookupPassword": "ROLLOUT_LOOKUP_PASSWORD",
}


class EngineName(StrEnum):
    """What runs the program; `auto` is the embedded engine where the database is the embedded one."""

    AUTO = "auto"
    PULUMI = "pulumi"
    EMBEDDED = "embedded"


@dataclass(frozen=True)
class Stack:
    """One stack of the project: its name, its folder, and what its file gives as configuration, by short names."""

    folder: Path
    project: str
    name: str
    config: dict[str, Any]

    @property
    def home(self) -> Path:
        """The folder of the embedded parts."""
        from infra.embedded.postgres import home_of  # noqa: PLC0415 - models come with it; the plugins start before

        return home_of(self.folder)

    @property
    def has_embedded_database(self) -> bool:
        """Whether the stack's database is the embedded PostgreSQL."""
        database = self.config.get("database")
        return isinstance(database, dict) and database.get("embedded") is True


def find_project(start: Path | None = None) -> Path:
    """Return the project's folder: the current one, or the nearest above it that has a `Pulumi.yaml`.

    Raises:
        RolloutError: CLI001 when there is none.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / PROJECT_FILE).is_file():
            return folder
    raise RolloutError(
        "CLI001", str(here), f"there is no {PROJECT_FILE} here or above", fix="run this in the project's folder"
    )


def find_stack(name: str) -> Stack:
    """Return the stack of this name.

    Raises:
        RolloutError: CLI002 for a stack without a file, CFG002 for a file that is no YAML.
        RolloutErrors: SEC001 for each secret in plain text, with every other fault of the file.
    """
    from infra.config.written import find_plaintext  # noqa: PLC0415 - the rules parse SQL; the kill switch does not wait

    stack = read_stack_file(name)
    if find_plaintext(stack.folder, name):
        _refuse(stack)
    return stack


def read_stack_file(name: str) -> Stack:
    """Return the stack of this name, whatever its file says.

    Raises:
        RolloutError: CLI002 for a stack without a file, CFG002 for a file that is no YAML.
    """
    folder = find_project()
    file = folder / f"Pulumi.{name}.yaml"
    if not name or "/" in name or not file.is_file():
        raise _unknown_stack(folder, name)
    project = _read(folder / PROJECT_FILE).get("name")
    config = _read(file).get("config")
    named = {str(key).removeprefix(f"{project}:"): value for key, value in (config or {}).items()}
    own = {key: as_passed(key, value) for key, value in named.items()}
    return Stack(folder, str(project), name, own)


def choose_engine(asked: EngineName, stack: Stack) -> EngineName:
    """Return the engine for the stack: as asked, or the embedded one for the dev stack and an embedded database.

    Raises:
        RolloutError: CLI003 when Pulumi's engine is needed and its CLI is not on this machine.
    """
    engine = asked
    if asked is EngineName.AUTO:
        first_try = stack.name == DEFAULT_STACK or stack.has_embedded_database
        engine = EngineName.EMBEDDED if first_try else EngineName.PULUMI
    if engine is EngineName.PULUMI and shutil.which("pulumi") is None:
        raise RolloutError(
            "CLI003",
            f"stack {stack.name}",
            "Pulumi's CLI, which runs it, is not on the PATH",
            fix=(
                "install it (https://www.pulumi.com/docs/install/) and run `pulumi login`; the dev stack runs without, "
                "and any other with --engine embedded"
            ),
        )
    return engine


def environment_password() -> str:
    """Return `PGPASSWORD`: the embedded engine cannot read the password that is encrypted in a stack file."""
    return os.environ.get("PGPASSWORD", "")


def pooler_secrets() -> dict[str, str]:
    """Return the pooler's secrets of the environment, by their keys: the embedded engine decrypts none of the file."""
    given = {key: os.environ.get(variable, "") for key, variable in POOLER_VARIABLES.items()}
    return {key: value for key, value in given.items() if value}


def _refuse(stack: Stack) -> None:
    """Refuse a file with a secret in plain text before any engine reads it, with whatever else is wrong in it."""
    from infra.config.stack import resolve  # noqa: PLC0415 - it imports Pulumi's SDK

    resolve(source_of(stack))


def source_of(stack: Stack) -> "Source":
    """Return the stack's file as the program would be given it; what is encrypted there stays so."""
    from infra.config.stack import Source  # noqa: PLC0415 - it imports Pulumi's SDK

    texts = {key if ":" in key else f"{stack.project}:{key}": _text(value) for key, value in stack.config.items()}
    encrypted = {key for key, value in stack.config.items() if isinstance(value, dict) and value.keys() == {"secure"}}
    secrets = frozenset(key if ":" in key else f"{stack.project}:{key}" for key in encrypted)
    return Source(stack.project, stack.name, stack.folder, texts, secrets)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _unknown_stack(folder: Path, name: str) -> RolloutError:
    known = stack_names(folder)
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    return RolloutError(
        "CLI002",
        f"stack {name}",
        f"there is no Pulumi.{name}.yaml{hint}",
        allowed=", ".join(known),
        fix="name one of these with --stack",
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        content = load_yaml(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        problem = f"it cannot be read ({type(error).__name__})"
        raise RolloutError("CFG002", file.name, problem, fix="correct it there") from None
    if not isinstance(content, dict):
        raise RolloutError("CFG002", file.name, "it is not a mapping", fix="write it as `key: value`")
    return content
