"""Writing approvals: from the plan of a live stack to lines in a file, for a person to review."""

import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from infra.cli.comment_run import live_plan
from infra.cli.output import Output
from infra.cli.stacks import find_project
from infra.config.approvals import FILE, FOLDER, faults_in
from infra.errors import RolloutError, RolloutErrors
from infra.files import replace_file
from infra.models.approval import Approval, Placed
from infra.models.base import faults_of
from infra.preview.approvals import unapproved
from infra.preview.document import HazardNote, PlanDocument


@dataclass(frozen=True)
class Said:
    """What a person says on the command line."""

    why: str
    by: str
    until: str
    hazard: str = ""
    object_name: str = ""
    every: bool = False


def write_approvals(stack: str, engine: str, said: Said, file: str, output: Output) -> int:
    """Write the approvals of what the plan needs into the file, and show them; return the exit code.

    Raises:
        RolloutError: CLI001 for a file that is not read, or where nothing of the plan is meant.
        RolloutErrors: APP002 for what is said.
    """
    path = _path(file)
    if not (said.every or said.hazard or said.object_name):
        fix = "name a hazard, an object or both, or say --all"
        raise RolloutError("CLI001", "approve", "nothing says what is approved", fix=fix)
    made = [_approval(note, said, stack) for note in _chosen(live_plan(stack, engine), said)]
    problems = [fault for one in made for fault in faults_in(Placed(approval=one, where=file), datetime.now(UTC))]
    if problems:
        raise RolloutErrors(problems)
    if made:
        _append(path, made)
    for one in made:
        output.line(f"{one.hazard} of {one.object_name}")
    output.line(f"written to {file}: commit it with the change" if made else "nothing of the plan needs approval")
    output.document({"ok": True, "file": file, "approvals": [one.dump() for one in made]})
    return 0


def _path(file: str) -> Path:
    """Return where the file is, if it is one that `up` reads."""
    folder = find_project()
    path = Path(file)
    known = path.as_posix() == FILE or (path.parent.as_posix() == FOLDER and path.suffix in {".yaml", ".yml"})
    if not known:
        allowed = f"{FILE}, or a .yaml file in {FOLDER}/"
        raise RolloutError(
            "CLI001", "--file", f"approvals are not read from {file}", allowed=allowed, fix="name another"
        )
    return folder / path


def _chosen(plan: PlanDocument, said: Said) -> list[HazardNote]:
    needing = unapproved(plan.hazards)
    chosen = [
        note
        for note in needing
        if said.every or (said.hazard in ("", note.code) and said.object_name in ("", note.object))
    ]
    if needing and not chosen:
        allowed = "; ".join(f"{note.code} of {note.object}" for note in needing)
        raise RolloutError(
            "CLI001",
            "approve",
            "nothing of the plan that needs approval is meant",
            allowed=allowed,
            fix="name one of these",
        )
    if not needing and (others := [error for error in plan.errors if not error.startswith("APP001 ")]):
        raise RolloutError("CLI001", "approve", f"there is no plan to approve: {others[0]}", fix="mend that first")
    return chosen


def _approval(note: HazardNote, said: Said, stack: str) -> Approval:
    content = {"hazard": note.code, "object": note.object, "why": said.why, "by": said.by, "until": said.until}
    try:
        return Approval.load(content | {"stack": stack})
    except ValidationError as error:
        raise RolloutErrors(faults_of(error, "", Approval)) from None


def _append(path: Path, made: list[Approval]) -> None:
    """Add the approvals behind what stands in the file, which stays as its people wrote it."""
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    head = before if not before or before.endswith("\n") else before + "\n"
    added: list[dict[str, Any]] = [one.model_dump(mode="json", by_alias=True) for one in made]
    text = head + yaml.safe_dump(added, sort_keys=False, allow_unicode=True, width=1000)
    try:
        known = yaml.safe_load(before) or []
        sound = yaml.safe_load(text) == [*known, *added]
    except (yaml.YAMLError, TypeError):
        sound = False
    if not sound:
        fix = "write it as a list of lines that begin with a dash, and run this again"
        raise RolloutError("APP002", path.name, "nothing can be added to it", fix=fix)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, text.encode(), mode=stat.S_IMODE(path.stat().st_mode) if before else 0o644)
