"""The commands for backups."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import EngineOption, JsonOption, StackOption, make_output, open_runner

if TYPE_CHECKING:
    from infra.backups.manifest import Backup
    from infra.backups.verify import Verification
    from infra.cli.output import Output

backup = typer.Typer(no_args_is_help=True, help="Backups of the pipeline's tables, proven by restoring them.")

OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="FOLDER", help="Where backups are kept; .rollout/backups/STACK by default."),
]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The .dump, with its .dump.json beside it.")]
NoVerifyOption = Annotated[
    bool, typer.Option("--no-verify", help="Do not restore it: such a backup counts for no gate until it is verified.")
]


@backup.command("take")
def backup_take(
    *,
    stack: StackOption = "dev",
    engine: EngineOption = "auto",
    out: OutOption = None,
    no_verify: NoVerifyOption = False,
    json: JsonOption = False,
) -> int:
    """Back the pipeline's tables up, and prove it: restore them into a throw-away PostgreSQL and compare every row."""
    from infra.cli.backup_flow import backup_folder, prove_backup, take_backup, tell_ledger

    output = make_output(json=json)
    chosen, runner = open_runner(stack, engine, output, read_only=True)
    taken = take_backup(runner.target(), backup_folder(chosen, out))
    show_taken(taken, output)
    if no_verify:
        output.note(f"not verified: rollout backup verify {taken.file}")
        output.document({"ok": True, "backup": _document(taken), "recorded": False})
        return 0
    proven = prove_backup(taken)
    show_proof(proven, tell_ledger(runner.target, proven), output)
    return 0


@backup.command("verify")
def backup_verify(
    file: FileArgument, *, stack: StackOption = "dev", engine: EngineOption = "auto", json: JsonOption = False
) -> int:
    """Restore a backup into a throw-away PostgreSQL and compare every row; the stack's ledger is told if it can be."""
    from infra.backups.manifest import read_backup
    from infra.cli.backup_flow import prove_backup, tell_ledger

    output = make_output(json=json)
    _, runner = open_runner(stack, engine, output, read_only=True)
    proven = prove_backup(read_backup(file.resolve()))
    show_proof(proven, tell_ledger(runner.target, proven), output)
    return 0


@backup.command("list")
def backup_list(*, stack: StackOption = "dev", out: OutOption = None, json: JsonOption = False) -> int:
    """List the stack's backups, oldest first: when, how much, and whether each was proven."""
    from infra.backups.manifest import find_backups, read_backup
    from infra.cli.backup_flow import backup_folder
    from infra.cli.stacks import find_stack
    from infra.errors import RolloutError

    output = make_output(json=json)
    found, problems = [], []
    for file in find_backups(backup_folder(find_stack(stack), out)):
        try:
            found.append(read_backup(file))
        except RolloutError as error:
            problems.append(str(error))
    show_list(found, output)
    for problem in problems:
        output.error(problem)
    output.document({"ok": not problems, "backups": [_document(item) for item in found], "problems": problems})
    return 1 if problems else 0


def show_taken(taken: "Backup", output: "Output") -> None:
    """Say what was backed up."""
    manifest = taken.manifest
    output.line(f"taken: {taken.file}")
    tables = f"{manifest.rows} rows of {len(manifest.tables)} tables"
    output.line(f"{tables}, {manifest.size} bytes, PostgreSQL {manifest.server}, in {manifest.seconds:.1f} s")


def show_proof(proven: "Verification", untold: str, output: "Output") -> None:
    """Say what was proven and what was not, and why the ledger was not told if it was not."""
    proof = proven.proof
    same = f"{proof.tables} tables with {proof.rows} rows are the same"
    output.line(f"verified: {same}, in {proof.seconds:.1f} s", "green")
    output.note(f"in the file, not restored: {', '.join(proof.left_out)}")
    for warning in proof.warnings:
        output.note(f"not taken by the scratch database: {warning}")
    if untold:
        output.note(f"not in the ledger: {untold}")
    document = {"ok": True, "backup": _document(proven.backup), "recorded": not untold}
    output.document(document | ({"notRecorded": untold} if untold else {}))


def show_list(found: "list[Backup]", output: "Output") -> None:
    """Show backups as a table."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    if not found:
        output.line("no backups")
        return
    table = Table("taken (UTC)", "rows", "bytes", "verified (UTC)", "file", box=SIMPLE_HEAD)
    for item in found:
        proof, manifest = item.manifest.verified, item.manifest
        verified = f"{proof.at:%Y-%m-%d %H:%M}" if proof else "no"
        table.add_row(
            f"{manifest.taken_at:%Y-%m-%d %H:%M:%S}", str(manifest.rows), str(manifest.size), verified, str(item.file)
        )
    output.show(table)


def _document(item: "Backup") -> dict[str, object]:
    from infra.cli.backup_flow import backup_document

    return backup_document(item)
