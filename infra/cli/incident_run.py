"""Gathers an incident: the database, the plan and the logs, written into one folder."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from infra.cli import incident_wording as words
from infra.cli.incident_logs import Logs, read_logs
from infra.cli.incident_reading import Known, read_known
from infra.cli.incident_window import Times
from infra.cli.options import open_runner
from infra.cli.output import Output
from infra.cli.preview_data import describe_plan
from infra.cli.report import Action
from infra.cli.rollback_connection import Place, find_place
from infra.config.editing import StackFile
from infra.errors import RolloutError, RolloutErrors, redact
from infra.preview.document import PlanDocument
from infra.report.incident import REPORT, Incident, as_file, render_incident, write_folder

FOLDER: Final = "incidents"
_NOT_ASKED: Final = "it was not asked (--no-preview)"


@dataclass(frozen=True)
class Wish:
    """What was asked for."""

    around: str = ""
    margin: str = "1h"
    since: str = ""
    until: str = ""
    plan: Path | None = None
    logs: tuple[Path, ...] = ()
    engine: str = "auto"
    preview: bool = True


def gather_incident(stack: str, wish: Wish, out: Path | None, output: Output) -> int:
    """Gather it, write the folder and say where it is; return the exit code.

    Raises:
        RolloutError: CLI001 for what cannot be read or written; why the database does not answer, where no time is
            given.
    """
    place = find_place(stack)
    stored = _stored(wish.plan)
    known = read_known(place, Times(wish.around, wish.margin, wish.since, wish.until))
    logs = read_logs(place, wish.logs, known.window)
    plan, problem = _plan(place, wish)
    incident = _incident(place, known, logs, plan, problem, stored)
    files = _files(known, incident, logs, {"plan.json": plan, "plan-before.json": stored})
    folder = out or place.home / FOLDER / f"{stack}-{known.window.begun:%Y%m%dT%H%M%SZ}"
    write_folder(folder, files)
    output.line(incident.headline, "bold")
    for text in (*incident.summary, *incident.problems):
        output.line(text)
    output.line(f"{len(files)} files in {folder}, for you alone; begin with {REPORT}")
    window = {name: at.isoformat() for name, at in asdict(known.window).items()}
    output.document(
        {"ok": True, "folder": str(folder), "files": sorted(files), "problems": list(incident.problems)} | window
    )
    return 0


def _stored(file: Path | None) -> PlanDocument | None:
    if file is None:
        return None
    try:
        return PlanDocument.from_text(file.read_text(encoding="utf-8"))
    except OSError as error:
        problem = f"it cannot be read ({error.strerror})"
    except ValueError:
        problem = "it is not what `rollout preview --json` prints"
    raise RolloutError("CLI001", f"--plan {file}", problem, fix="name the file that the pipeline has kept")


def _plan(place: Place, wish: Wish) -> tuple[PlanDocument | None, str]:
    """Return what an `up` would do now; where that cannot be told, why."""
    if not wish.preview:
        return None, _NOT_ASKED
    quiet = Output(as_json=True)
    try:
        stack, runner = open_runner(place.stack, wish.engine, quiet, read_only=True)
        found = describe_plan(runner, stack, runner.plan(Action.UP), quiet)
    except RolloutErrors as error:
        return None, "; ".join(map(str, error.errors))
    except RolloutError as error:
        return None, str(error)
    return (PlanDocument.from_json(found), "") if found else (None, "it was stopped")


def _incident(
    place: Place, known: Known, logs: Logs, plan: PlanDocument | None, problem: str, stored: PlanDocument | None
) -> Incident:
    window = known.window
    return Incident(
        stack=place.stack,
        since=window.since,
        begun=window.begun,
        ended=window.ended,
        until=window.until,
        headline=words.headline(place.stack, known),
        summary=tuple(words.summary(known)),
        happenings=tuple(words.happenings(known)),
        who=tuple(dict.fromkeys(entry.actor for entry in known.inside)),
        impact=tuple(words.impact(known)),
        flags=tuple(words.flags_off(known)),
        figures=tuple(words.figures(known)),
        stages=tuple(words.stages(known)),
        now=tuple(words.now(known)),
        done=tuple(words.done(known)),
        tasks=tuple(words.tasks(place.stack, known, StackFile(place.file).phase, plan)),
        rows=tuple(words.rows(known)),
        rows_say=words.rows_say(known),
        plan=tuple(words.plan_lines(plan, problem, stored)),
        logs=logs.sentences,
        problems=known.problems,
    )


def _files(known: Known, incident: Incident, logs: Logs, plans: dict[str, PlanDocument | None]) -> dict[str, str]:
    """Return the text of each file; the report names them all."""
    documents: dict[str, Any] = {
        "timeline.json": [asdict(item) for item in incident.happenings],
        "ledger.json": [asdict(entry) for entry in known.inside],
        "figures.json": {
            "window": asdict(known.window),
            "before": asdict(known.before) if known.before else None,
            "after": asdict(known.after) if known.after else None,
            "rows": [asdict(row) for row in known.rows],
            "triggers": [reading.to_json() for reading in known.readings],
            "state": asdict(known.state) if known.state else None,
        },
    } | {name: plan.to_json() for name, plan in plans.items() if plan}
    files = {name: as_file(content) for name, content in documents.items()} | logs.files
    return files | {REPORT: redact(render_incident(incident, sorted(files)))}
