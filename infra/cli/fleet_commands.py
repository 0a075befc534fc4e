"""The commands over many stacks."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

import sys
from typing import Annotated

import typer

from infra.cli.options import EngineOption, JsonOption, YesOption, make_output

fleet = typer.Typer(no_args_is_help=True, help="The same program over many databases, in waves.")

FileOption = Annotated[str, typer.Option("--file", metavar="FILE", help="The fleet file, in the project's folder.")]
MatrixOption = Annotated[
    bool, typer.Option("--matrix", help="One line of JSON that a CI matrix takes: wave and stack of each job.")
]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Go on with the last run: what is done stays done, the rest is deployed.")
]
KeepOption = Annotated[
    bool, typer.Option("--keep-going", help="Go on with the next wave though one was stopped; the exit code is 1.")
]
ByOption = Annotated[
    str, typer.Option("--by", metavar="threads|dask", help="What runs the stacks of a wave beside one another.")
]
SchedulerOption = Annotated[
    str,
    typer.Option(
        "--scheduler", metavar="ADDRESS", help="A Dask scheduler, such as tcp://host:8786; else this machine."
    ),
]


@fleet.command("plan")
def fleet_plan(*, file: FileOption = "fleet.yaml", matrix: MatrixOption = False, json: JsonOption = False) -> int:
    """Show the waves with their stacks, each with the phase of its stack file. No database is asked."""
    from infra.cli.fleet_run import matrix_line, plan_document, show_plan

    output = make_output(json=json)
    if matrix:
        sys.stdout.write(matrix_line(file) + "\n")
        return 0
    document = plan_document(file)
    show_plan(document, output)
    output.document(document)
    return 0


@fleet.command("up")
def fleet_up(  # noqa: PLR0913 - what the command line has
    *,
    file: FileOption = "fleet.yaml",
    resume: ResumeOption = False,
    keep_going: KeepOption = False,
    by: ByOption = "threads",
    scheduler: SchedulerOption = "",
    engine: EngineOption = "auto",
    yes: YesOption = False,
    json: JsonOption = False,
) -> int:
    """Deploy every stack with `rollout up`, wave after wave, the canary first.

    After each wave its stacks must pass the gate that the fleet file names before the next one begins. Once more
    stacks of a wave have failed than may, nothing more of it is begun, and no later wave: mend the cause and go on
    with --resume. A stack's own password is read from PGPASSWORD_NAME. Ends with 0 when every stack is done, else 1.
    """
    from infra.cli.asking import ask, require_answer
    from infra.cli.fleet_run import Wish, journal_document, plan_document, run, show_journal, show_plan

    output = make_output(json=json)
    require_answer("fleet up", output, yes=yes)
    show_plan(plan_document(file), output)
    if not yes and not ask("Deploy these stacks?"):
        output.note("nothing was changed")
        return 1
    wish = Wish(file, resume, keep_going, by, scheduler, engine)
    done, journal = run(wish, output)
    show_journal(journal, output)
    output.document({"ok": done} | journal_document(journal))
    return 0 if done else 1


@fleet.command("status")
def fleet_status(*, file: FileOption = "fleet.yaml", json: JsonOption = False) -> int:
    """Show what the last run has come to, and the phase that each database is in now.

    Ends with 0 when every stack is done and answers, else with 3.
    """
    from infra.cli.fleet_run import last_journal, phases_now, show_status, status_document

    output = make_output(json=json)
    journal = last_journal(file)
    phases = phases_now(list(journal.records))
    document = status_document(journal, phases)
    show_status(document, output)
    output.document(document)
    return 0 if document["ok"] else 3
