"""The commands for backups."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from infra.cli.backup_display import document, show_list, show_proof, show_taken
from infra.cli.options import EngineOption, JsonOption, StackOption, make_output, open_runner

if TYPE_CHECKING:
    from infra.backups.stores import Kept, Store
    from infra.cli.output import Output


class _Commands(TyperGroup):
    """The commands below `backup`; without one it is `take`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        alone = not args or (args[0].startswith("-") and args[0] != "--help")
        return super().parse_args(ctx, ["take", *args] if alone else args)


backup = typer.Typer(cls=_Commands, help="Backups of the pipeline's tables, proven by restoring them.")

OutOption = Annotated[
    str | None,
    typer.Option(
        "--out",
        metavar="PLACE",
        help="Where backups are kept: a folder, or s3://BUCKET/PREFIX; as `backups` in the stack file says by default,"
        " or .rollout/backups/STACK.",
    ),
]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The .dump, with its .dump.json beside it.")]
NameArgument = Annotated[str | None, typer.Argument(metavar="[NAME]", help="The .dump; the newest one by default.")]
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
    """Back the pipeline's tables up, and prove it: restore them into a throw-away PostgreSQL and compare every row.

    What the stack file keeps no longer is deleted once the new one is proven. `rollout backup` is the same.
    """
    from infra.cli.backup_flow import delete_expired, open_store, prove_backup, take_backup, tell_ledger, tell_taken

    output = make_output(json=json)
    chosen, runner = open_runner(stack, engine, output, read_only=True)
    store = open_store(chosen, out)
    taken = take_backup(runner.target(), store)
    show_taken(taken, output)
    if no_verify:
        untold = tell_taken(runner.target, taken)
        place = f" --out {out}" if out else ""
        output.note(f"not verified: rollout restore-check {taken.name} --stack {stack}{place}")
        output.document({"ok": True, "backup": document(taken), "recorded": not untold})
        return 0
    proven = prove_backup(store, taken)
    untold = tell_ledger(runner.target, proven.verification)
    # A place that is named for once is nobody's to tidy up.
    gone = delete_expired(chosen, store) if out is None else []
    show_proof(proven, untold, output, gone)
    return 0


@backup.command("verify")
def backup_verify(
    file: FileArgument, *, stack: StackOption = "dev", engine: EngineOption = "auto", json: JsonOption = False
) -> int:
    """Restore a backup into a throw-away PostgreSQL and compare every row; the stack's ledger is told if it can be."""
    from infra.backups.manifest import MANIFEST_SUFFIX
    from infra.backups.stores import FolderStore

    output = make_output(json=json)
    found = file.resolve()
    store = FolderStore(found.parent)
    return _check(store, store.find(found.name.removesuffix(MANIFEST_SUFFIX)), stack, engine, output)


def restore_check(
    name: NameArgument = None,
    *,
    stack: StackOption = "dev",
    engine: EngineOption = "auto",
    out: OutOption = None,
    json: JsonOption = False,
) -> int:
    """Restore a backup into a throw-away PostgreSQL: checksum, rows, values and catalog must be what they were.

    The newest one by default. The stack's ledger is told if it can be; nothing is left of what was restored.
    """
    from infra.cli.backup_flow import find_backup, open_store
    from infra.cli.stacks import find_stack

    output = make_output(json=json)
    store = open_store(find_stack(stack), out)
    return _check(store, find_backup(store, name), stack, engine, output)


@backup.command("list")
def backup_list(*, stack: StackOption = "dev", out: OutOption = None, json: JsonOption = False) -> int:
    """List the stack's backups, oldest first: when, how much, and whether each was proven."""
    from infra.cli.backup_flow import open_store, readable
    from infra.cli.stacks import find_stack

    output = make_output(json=json)
    found, errors = readable(open_store(find_stack(stack), out))
    problems = [str(error) for error in errors]
    show_list(found, output)
    for problem in problems:
        output.error(problem)
    output.document({"ok": not problems, "backups": [document(item) for item in found], "problems": problems})
    return 1 if problems else 0


def _check(store: "Store", kept: "Kept", stack: str, engine: str, output: "Output") -> int:
    """Restore a backup, tell the ledger, and say what came of it."""
    from infra.cli.backup_flow import prove_backup, tell_ledger

    _, runner = open_runner(stack, engine, output, read_only=True)
    proven = prove_backup(store, kept)
    show_proof(proven, tell_ledger(runner.target, proven.verification), output)
    return 0
