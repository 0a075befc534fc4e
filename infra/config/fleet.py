"""The fleet file: which stacks are deployed in which waves. A name may be a pattern over the project's stack files."""

import fnmatch
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from infra.config.files import stack_names
from infra.errors import RolloutError, RolloutErrors
from infra.models.base import faults_of
from infra.models.fleet import Fleet

FILE: Final = "fleet.yaml"
_PATTERN: Final = frozenset("*?[")


def read_fleet(folder: Path, name: str = FILE) -> Fleet:
    """Return what the fleet file says, its patterns filled in.

    Args:
        folder: the project's, which has the stack files.
        name: the fleet file, seen from there.

    Raises:
        RolloutError: FLEET001 for a file that is not there, or no map.
        RolloutErrors: with every fault of it, and each stack without a file.
    """
    known = stack_names(folder)
    given = _filled(_content(folder / name), known)
    try:
        fleet = Fleet.model_validate(given)
    except ValidationError as error:
        raise RolloutErrors(faults_of(error, name, Fleet)) from None
    named = [stack for wave in fleet.plan for stack in wave.stacks]
    if missing := [stack for stack in named if stack not in known]:
        raise RolloutErrors([_unknown(name, stack, known) for stack in missing])
    return fleet


def _content(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        fix = f"write one, such as `stacks: ['tenant-*']` with `canary: [tenant-1]` in {FILE}, or name it with --file"
        raise RolloutError("FLEET001", file.name, "there is no such file", fix=fix) from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        problem = f"it cannot be read ({type(error).__name__})"
        raise RolloutError("FLEET001", file.name, problem, fix="correct it there") from None
    if not isinstance(content, dict):
        raise RolloutError("FLEET001", file.name, "it is not a map", fix="write it as `stacks: [NAME, …]`")
    return content


def _filled(content: dict[str, Any], known: list[str]) -> dict[str, Any]:
    """Return the content with every pattern replaced by the stacks that it fits; what is of another form is left."""
    filled = dict(content)
    for key in ("stacks", "canary"):
        if isinstance(content.get(key), list):
            filled[key] = list(_fitting(content[key], known))
    if isinstance(content.get("waves"), list):
        filled["waves"] = [
            wave | {"stacks": list(_fitting(wave["stacks"], known))}
            if isinstance(wave, dict) and isinstance(wave.get("stacks"), list)
            else wave
            for wave in content["waves"]
        ]
    return filled


def _fitting(names: list[Any], known: list[str]) -> Iterator[Any]:
    for name in names:
        if isinstance(name, str) and _PATTERN & set(name):
            found = fnmatch.filter(known, name)
            # A pattern that fits nothing is named as it stands, and refused by its form.
            yield from found or [name]
        else:
            yield name


def _unknown(file: str, stack: str, known: list[str]) -> RolloutError:
    fix = f"write Pulumi.{stack}.yaml, or take the name out of {file}"
    return RolloutError("FLEET001", stack, "there is no stack file of this name", allowed=", ".join(known), fix=fix)
