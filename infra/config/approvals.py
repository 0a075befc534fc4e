"""What is approved on a stack: by its own file, and by files beside it that come and go with a pull request."""

import difflib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from infra.ddl.statement import Hazard
from infra.errors import RolloutError
from infra.models.approval import LONGEST, Approval, Placed
from infra.models.base import faults_of
from infra.models.config_commands import stack_file
from infra.models.definition import Definition

#: Beside the stack files, and in a folder there.
FILE: Final = "approvals.yaml"
FOLDER: Final = "approvals"
_KINDS: Final = ("tables", "functions", "policies", "indexes", "triggers", "views", "grants")
_FORM: Final = "a list of {hazard, object, why, by, until} and, if it is for one stack alone, stack"


def gather(own: tuple[Approval, ...], folder: Path, stack: str) -> tuple[tuple[Placed, ...], list[RolloutError]]:
    """Return what is approved for this stack, expired or not, and every fault of what says so."""
    found = [Placed(approval=approval, where=stack_file(stack)) for approval in own]
    problems: list[RolloutError] = []
    for path in approval_files(folder):
        placed, faults = _read(path, path.relative_to(folder).as_posix())
        found += placed
        problems += faults
    problems += [fault for one in found for fault in faults_in(one, datetime.now(UTC))]
    return tuple(one for one in found if one.approval.stack in ("", stack)), problems


def approval_files(folder: Path) -> list[Path]:
    """Return the files of a project that may hold approvals, in order."""
    single = folder / FILE
    several = sorted(path for path in (folder / FOLDER).glob("*.y*ml") if path.suffix in {".yaml", ".yml"})
    return [*([single] if single.is_file() else []), *several]


def _read(path: Path, where: str) -> tuple[list[Placed], list[RolloutError]]:
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, OSError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}:{mark.line + 1}" if mark else where
        return [], [RolloutError("APP002", place, "it cannot be read as YAML", allowed=_FORM, fix="correct it there")]
    if not isinstance(content, list | None):
        return [], [RolloutError("APP002", where, "it is not a list", allowed=_FORM, fix="begin each with a dash")]
    placed, problems = [], []
    for number, item in enumerate(content or [], start=1):
        try:
            placed.append(Placed(approval=Approval.model_validate(item), where=where))
        except ValidationError as error:
            problems += [_named(fault) for fault in faults_of(error, f"{where} {number}", Approval)]
    return placed, problems


def _named(fault: RolloutError) -> RolloutError:
    allowed = fault.allowed or _FORM
    return RolloutError("APP002", fault.path, fault.problem, allowed=allowed, fix=fault.fix)


def faults_in(one: Placed, now: datetime) -> Iterator[RolloutError]:
    """Yield what no single value shows: a hazard that there is not, or a word that would hold for too long."""
    approval, codes = one.approval, [hazard.value for hazard in Hazard]
    where = f"{one.where} {approval.object_name}"
    if approval.hazard not in codes:
        problem = f"there is no hazard {approval.hazard}{_near(approval.hazard, codes)}"
        yield RolloutError(
            "APP002", where, problem, allowed=", ".join(codes), fix="write the code that a preview shows"
        )
    if approval.is_too_long(now):
        problem = f"it would hold until {approval.until}, and an approval is of one change, not for good"
        yield RolloutError(
            "APP002", where, problem, allowed=f"{LONGEST.days} days from now at most", fix="write an earlier date"
        )


def unknown_objects(approvals: tuple[Placed, ...], definition: Definition) -> Iterator[RolloutError]:
    """Yield a warning for each approval of what the definition does not have: it may be of what goes away."""
    known = [_name(model) for kind in _KINDS for model in getattr(definition, kind)]
    for one in approvals:
        name = one.approval.object_name
        if name not in known:
            problem = f"the definition has no {name}{_near(name, known)}"
            fix = "nothing, if that is what this change takes away; otherwise write it as a preview does"
            yield RolloutError("APP002", one.where, problem, fix=fix)


def _name(model: Any) -> str:
    return f"{type(model).__name__.lower()} {model.identity}"


def _near(text: str, known: list[str]) -> str:
    near = difflib.get_close_matches(text, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
