"""The proof as a matrix with a mark in each cell, as sentences, and as a document."""

from collections.abc import Iterator
from typing import Any, Final

from infra.cli.output import Output, align
from infra.models.access import Answer
from infra.pipeline.answers import ROLES
from infra.pipeline.names import ANON, API, CREATOR, MONITOR, OWNER, SERVICE, SERVICE_ROLE
from infra.verify.mutation import Mutation
from infra.verify.report import Mark, Report, Result, Square, spell

_MARKS: Final = {Mark.PROVEN: "✓", Mark.CATALOG: "c", Mark.DIFFERS: "✗", Mark.UNKNOWN: "?"}
_STYLES: Final = {Mark.DIFFERS: "red", Mark.UNKNOWN: "yellow"}
_LEGEND: Final = "✓ tried, and the catalog says the same; c by the catalog alone; ✗ differs; ? could not be tried"
#: What a column of the matrix is headed with: the roles' own names are long.
_HEADS: Final = {
    ANON: "anon",
    CREATOR: "creator",
    SERVICE: "service",
    SERVICE_ROLE: "service key",
    MONITOR: "monitor",
    OWNER: "owner",
    API: "API login",
}
_WORDS: Final = {
    Answer.OWN: "own",
    Answer.EVERY: "every",
    Answer.NONE: "none",
    Answer.REFUSED: "42501",
    Answer.ALLOWED: "may",
}
_SHOWN: Final = 6


def show_report(report: Report, output: Output) -> None:
    """Show the matrix, what differs, and the verdict."""
    places = {(square.on, square.operation, square.role): square for square in report.squares}
    rows = list(dict.fromkeys((square.on, square.operation) for square in report.squares))
    heads = ("", *(_HEADS[role] for role in ROLES))
    table = [
        (f"{_short(on)} {operation}", *(_cell(places[on, operation, role]) for role in ROLES)) for on, operation in rows
    ]
    head, *lines = align([heads, *table])
    output.line(head, "bold")
    for text, (on, operation) in zip(lines, rows, strict=True):
        marks = {places[on, operation, role].mark for role in ROLES}
        style = next((_STYLES[mark] for mark in (Mark.DIFFERS, Mark.UNKNOWN) if mark in marks), "")
        output.line(text, style)
    output.note(_LEGEND)
    for line in _said(report):
        output.line(line, "red")
    for note in report.notes:
        output.note(note)
    _show_verdict(report, output)


def _show_verdict(report: Report, output: Output) -> None:
    how = "gently, as on a protected stack" if report.gently else "with everything tried"
    done = f"{report.attempts} attempts in {report.seconds:.1f} s, {how}; nothing of it stays"
    place = f"phase {report.phase}, access {report.access}"
    if report.is_proven:
        output.line(f"proven: all {len(report.results)} cells are as declared ({place}; {done})", "green")
        return
    parts = (
        (len(report.differing), "cells differ"),
        (len(report.unknown), "could not be tried"),
        (len(report.findings), "objects or grants are not as declared"),
        (len(report.faults), "faults against the rules"),
        (len(report.hindrances), "hindrances: nothing could be tried"),
    )
    counted = ", ".join(f"{count} {words}" for count, words in parts if count)
    output.line(f"not proven: {counted} ({place}; {done})", "red")


def show_mutation(mutation: Mutation, output: Output) -> None:
    """Show how many mutants were noticed, and which were not."""
    total = len(mutation.caught)
    for name in mutation.survivors:
        output.line(f"not noticed: {name}", "red")
    noticed = total - len(mutation.survivors)
    style = "red" if mutation.survivors else "green"
    words = f"{noticed} of {total} mutants noticed ({mutation.share:.1f} %), {mutation.by_cells} of them in the matrix"
    output.line(words, style)


def report_document(report: Report) -> dict[str, Any]:
    """Return the proof as `--json` shows it."""
    return {
        "ok": report.is_proven,
        "phase": report.phase,
        "access": report.access,
        "gently": report.gently,
        "cells": len(report.results),
        "attempts": report.attempts,
        "seconds": report.seconds,
        "matrix": [_square(square) for square in report.squares],
        "differs": [_result(result) for result in (*report.differing, *report.unknown)],
        "findings": [finding.text for finding in report.findings],
        "faults": list(map(str, report.faults)),
        "hindrances": list(map(str, report.hindrances)),
        "notes": list(report.notes),
    }


def mutation_document(mutation: Mutation) -> dict[str, Any]:
    """Return what became of the mutants as `--json` shows it."""
    return {
        "ok": not mutation.survivors,
        "mutants": len(mutation.caught),
        "share": round(mutation.share, 2),
        "inTheMatrix": mutation.by_cells,
        "survivors": list(mutation.survivors),
    }


def _said(report: Report) -> Iterator[str]:
    """Yield what is not as declared; columns of which the same is said share a line."""
    groups: dict[tuple[str, str, str, tuple[str, ...]], list[Result]] = {}
    for result in (*report.differing, *report.unknown):
        cell = result.cell
        groups.setdefault((cell.role, cell.on, cell.operation, result.said), []).append(result)
    for (_, _, _, said), results in groups.items():
        columns = [result.cell.column for result in results if result.cell.column]
        first = results[0].cell.model_copy(update={"column": _listed(columns)})
        yield f"✗ {spell(first)}: {'; '.join(said)}"
    yield from (f"✗ {finding.text}" for finding in report.findings)
    yield from (f"✗ {fault}" for fault in report.faults)
    yield from (f"? {hindrance}" for hindrance in report.hindrances)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _square(square: Square) -> dict[str, str]:
    return {
        "role": square.role,
        "on": square.on,
        "operation": square.operation.value,
        "declared": _declared(square),
        "mark": square.mark.value,
    }


def _result(result: Result) -> dict[str, Any]:
    cell = result.cell
    return {
        "role": cell.role,
        "on": cell.on,
        "operation": cell.operation.value,
        "column": cell.column,
        "declared": cell.answer.value,
        "seen": list(result.said),
    }


def _cell(square: Square) -> str:
    part = f" {square.opened}/{len(square.results)}" if square.is_partial else ""
    return f"{_MARKS[square.mark]} {_WORDS[square.answer]}{part}"


def _declared(square: Square) -> str:
    part = f" ({square.opened} of {len(square.results)} columns)" if square.is_partial else ""
    return square.answer.value + part


def _short(on: str) -> str:
    """Return a name without its schema and the types of its arguments."""
    return on.partition("(")[0].rpartition(".")[2]
