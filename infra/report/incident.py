"""An incident: what was gathered around a rollback, and the folder that holds it with a report filled in."""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from infra.errors import RolloutError
from infra.report.rendering import render_document
from infra.report.scrubbing import scrub_values

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
REPORT: Final = "incident.md"


@dataclass(frozen=True)
class Happening:
    """One entry of the timeline, in words; `evidence` is a line each."""

    at: str
    what: str
    by: str
    why: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Compared:
    """A figure before the rollback, after it, and what it should be."""

    title: str
    before: str
    after: str
    wanted: str = ""


@dataclass(frozen=True)
class TableRows:
    """The rows of a table: now, from before the rollback, in the last backup before it, and deleted ever."""

    table: str
    now: str
    earlier: str
    backed_up: str
    deleted: str


@dataclass(frozen=True)
class Task:
    """What has to be done after a rollback; `done` only where the database shows it."""

    text: str
    done: bool = False
    command: str = ""


@dataclass(frozen=True)
class Incident:
    """Everything of the report. Times are in UTC; what is not known is empty."""

    stack: str
    since: datetime
    begun: datetime
    ended: datetime
    until: datetime
    headline: str
    summary: tuple[str, ...]
    happenings: tuple[Happening, ...]
    who: tuple[str, ...]
    impact: tuple[str, ...]
    flags: tuple[str, ...]
    figures: tuple[Compared, ...]
    stages: tuple[str, ...]
    now: tuple[str, ...]
    done: tuple[str, ...]
    tasks: tuple[Task, ...]
    rows: tuple[TableRows, ...]
    rows_say: str
    plan: tuple[str, ...]
    logs: tuple[str, ...]
    problems: tuple[str, ...] = ()
    """What could not be gathered, and why."""


def render_incident(incident: Incident, files: list[str]) -> str:
    """Return the report."""
    return render_document("incident.md.j2", incident=incident, files=files)


def as_file(content: Any) -> str:
    """Return a document as a file of the folder holds it, without secrets and e-mails."""
    return json.dumps(scrub_values(json.loads(json.dumps(content, default=str))), indent=2, ensure_ascii=False) + "\n"


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files into a folder that is not there yet, for its owner alone; all of them or none.

    Raises:
        RolloutError: CLI001 where the folder is there, or cannot be made.
    """
    if folder.exists():
        fix = "name another one with --out, or move it away"
        raise RolloutError("CLI001", f"--out {folder}", "it is there already, and nothing is written over", fix=fix)
    aside = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        for name, text in files.items():
            _write(aside / name, text)
        aside.chmod(FOLDER_MODE)
        aside.rename(folder)
    except OSError as error:
        fix = "name a folder in one that you may write to"
        raise RolloutError("CLI001", f"--out {folder}", f"it cannot be made ({error.strerror})", fix=fix) from None
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "w", encoding="utf-8") as opened:
        opened.write(text)
