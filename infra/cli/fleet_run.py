"""Carries a fleet's commands out: the waves, a run over them, and how every database stands."""

import json
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from infra.cli.output import Output, align
from infra.cli.rollback_connection import find_place, find_target
from infra.cli.stacks import find_project, read_stack_file
from infra.config.fleet import read_fleet
from infra.database.rollout import read_state
from infra.database.session import open_session
from infra.embedded.postgres import home_of
from infra.errors import RolloutError, RolloutErrors
from infra.fleet.engines import Engine, open_pool
from infra.fleet.journal import Journal, Standing, begin_journal, read_journal
from infra.fleet.run import Course, run_fleet
from infra.fleet.work import carry_out, password_variable

_NAME: Final = "rollout fleet"
_STYLES: Final = {"done": "green", "failed": "red", "running": "yellow", "pending": "dim"}
#: So many databases are asked at once.
_ASKED: Final = 16


def plan_document(file: str) -> dict[str, Any]:
    """Return the waves, each stack with the phase that its file asks for."""
    folder = find_project()
    fleet = read_fleet(folder, file)
    waves = [
        {
            "name": wave.name,
            "stacks": [{"name": name, "phase": read_stack_file(name).config.get("phase")} for name in wave.stacks],
        }
        for wave in fleet.plan
    ]
    return {
        "waves": waves,
        "stacks": sum(len(wave["stacks"]) for wave in waves),
        "concurrency": fleet.concurrency,
        "maxFailures": fleet.max_failures,
        "gate": [check.value for check in fleet.gate],
    }


def matrix_line(file: str) -> str:
    """Return the plan as the matrix of a CI: a job for each stack, with the number and the name of its wave."""
    plan = read_fleet(find_project(), file).plan
    jobs = [
        {"wave": number, "name": wave.name, "stack": stack} for number, wave in enumerate(plan) for stack in wave.stacks
    ]
    return json.dumps({"include": jobs}, separators=(",", ":"))


@dataclass(frozen=True)
class Wish:
    """How a fleet is to be deployed, as the command line says it."""

    file: str
    resume: bool = False
    keep_going: bool = False
    by: str = Engine.THREADS
    scheduler: str = ""
    engine: str = "auto"


def run(wish: Wish, output: Output) -> tuple[bool, Journal]:
    """Deploy the fleet; return whether every stack is done, and the journal.

    Raises:
        RolloutError: CLI001 for an engine that is none, FLEET001 to FLEET003, CLI007 while another run is at it.
    """
    if wish.by not in list(Engine):
        problem = f"'{wish.by}' runs no fleet"
        raise RolloutError("CLI001", "--by", problem, allowed=", ".join(Engine), fix="name one of them")
    folder = find_project()
    fleet = read_fleet(folder, wish.file)
    with (
        begin_journal(_journal_file(folder, wish.file), fleet.plan, resume=wish.resume) as journal,
        open_pool(Engine(wish.by), fleet.concurrency, wish.scheduler) as pool,
    ):
        course = Course(pool, carry_out, output.line, str(folder), wish.engine, wish.keep_going)
        return run_fleet(fleet, journal, course), journal


def last_journal(file: str) -> Journal:
    """Return the last run over the fleet of this file.

    Raises:
        RolloutError: FLEET002 when there was none.
    """
    return read_journal(_journal_file(find_project(), file))


def phases_now(stacks: Iterable[str]) -> dict[str, str]:
    """Return the phase of each stack's database, or why it cannot be told; many are asked at once."""
    names = list(stacks)
    with ThreadPoolExecutor(_ASKED) as pool:
        return dict(zip(names, pool.map(_phase, names), strict=True))


def journal_document(journal: Journal) -> dict[str, Any]:
    """Return a run as `--json` shows it."""
    return {
        "counts": {standing.value: len(journal.of(standing)) for standing in Standing},
        "stacks": [{"name": name} | asdict(record) for name, record in journal.records.items()],
    }


def status_document(journal: Journal, phases: dict[str, str]) -> dict[str, Any]:
    """Return a run with the phases of now."""
    document = journal_document(journal)
    stacks = [entry | {"phase": phases[entry["name"]]} for entry in document["stacks"]]
    fine = all(entry["standing"] == Standing.DONE and entry["phase"].isdigit() for entry in stacks)
    return {"ok": fine} | document | {"stacks": stacks}


def show_plan(document: dict[str, Any], output: Output) -> None:
    """Show the waves."""
    for wave in document["waves"]:
        output.line(f"{wave['name']} ({len(wave['stacks'])})", "bold")
        for line in align([(f"  {stack['name']}", f"phase {stack['phase']}") for stack in wave["stacks"]]):
            output.line(line)
    gate = ", ".join(document["gate"]) or "none"
    output.line(f"{document['concurrency']} at once, {document['maxFailures']} may fail in a wave, gate: {gate}", "dim")


def show_journal(journal: Journal, output: Output) -> None:
    """Show what a run has come to, and how to go on."""
    counts = [f"{len(journal.of(standing))} {standing}" for standing in Standing if journal.of(standing)]
    output.line(", ".join(counts), "bold")
    if len(journal.of(Standing.DONE)) < len(journal.records):
        output.line("mend the cause, then `rollout fleet up --resume`")


def show_status(document: dict[str, Any], output: Output) -> None:
    """Show each stack of a run: its wave, how it stands, the phase of now, and why it failed."""
    rows = [
        (entry["name"], entry["wave"], entry["standing"], f"phase {entry['phase']}", entry["why"])
        for entry in document["stacks"]
    ]
    for entry, line in zip(document["stacks"], align(rows), strict=True):
        output.line(line, _STYLES[entry["standing"]])


def _phase(stack: str) -> str:
    try:
        target = find_target(find_place(stack))
        if own := os.environ.get(password_variable(stack)):
            target = target.model_copy(update={"password": own})
        with open_session(target, application_name=_NAME) as session:
            state = read_state(session)
    except RolloutErrors as errors:
        return errors.errors[0].problem
    except RolloutError as error:
        return error.problem
    return str(state.phase) if state else "none"


def _journal_file(folder: Path, file: str) -> Path:
    return home_of(folder) / "fleet" / f"{Path(file).stem}.json"
