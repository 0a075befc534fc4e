"""What the commands for backups say."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.backups.stores import Kept
    from infra.cli.backup_flow import Proven
    from infra.cli.output import Output


def show_taken(taken: "Kept", output: "Output") -> None:
    """Say what was backed up."""
    manifest = taken.manifest
    output.line(f"taken: {taken.place}")
    tables = f"{manifest.rows} rows of {len(manifest.tables)} tables"
    output.line(f"{tables}, {manifest.size} bytes, PostgreSQL {manifest.server}, in {manifest.seconds:.1f} s")


def show_proof(proven: "Proven", untold: str, output: "Output", gone: "Sequence[Kept]" = ()) -> None:
    """Say what was proven and what was not, why the ledger was not told if it was not, and what is kept no longer."""
    proof = proven.verification.proof
    same = f"{proof.tables} tables with {proof.rows} rows and {proof.objects} objects of the catalog are the same"
    output.line(f"verified: {same}, in {proof.seconds:.1f} s", "green")
    output.note(f"in the file, not restored: {', '.join(proof.left_out)}")
    for warning in proof.warnings:
        output.note(f"not taken by the scratch database: {warning}")
    if untold:
        output.note(f"not in the ledger: {untold}")
    for kept in gone:
        output.line(f"deleted: {kept.place}")
    told = {"ok": True, "backup": document(proven.kept), "recorded": not untold}
    told |= {"notRecorded": untold} if untold else {}
    output.document(told | ({"deleted": [kept.place for kept in gone]} if gone else {}))


def show_list(found: "Sequence[Kept]", output: "Output") -> None:
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
            f"{manifest.taken_at:%Y-%m-%d %H:%M:%S}", str(manifest.rows), str(manifest.size), verified, item.place
        )
    output.show(table)


def document(item: "Kept") -> dict[str, object]:
    """Return a backup as `--json` shows it."""
    from infra.cli.backup_flow import backup_document

    return backup_document(item)
