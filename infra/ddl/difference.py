"""One reviewed change of a live database as a script for plain psql, and its way back as another."""

from collections.abc import Sequence
from dataclasses import dataclass

from infra.ddl.guards import guard_alone, guard_author
from infra.ddl.script import Part, Script, render_script
from infra.ddl.statement import Plan
from infra.ddl.templates import render

_ABOUT = (
    "Made for what stood in {database} when it was written, and for no other database.",
    "Run it on a direct connection as the deployer:",
    "  psql -X -v ON_ERROR_STOP=1 -v by=<who> -v why=<why> -f {name}",
    "A lock that does not come in time stops the script; `-v lock_timeout=2s` gives it longer.",
    "Each part stands or falls as a whole. One that was carried out before may fail, or do the same again: stopped on",
    "the way, have the script written anew, with what is left. The phase and its flags are no part of it.",
)


@dataclass(frozen=True)
class Changed:
    """An object, and what is done to it."""

    kind: str
    identity: str
    steps: Plan


def difference_script(changes: Sequence[Changed], *, name: str, title: str, database: str) -> str:
    """Return the script that carries these steps out, one after the other.

    Args:
        changes: the objects, in order.
        name: the script's file.
        title: what it does, in one sentence.
        database: where, without a login.
    """
    objects = [(change.kind, change.identity) for change in changes]
    script = Script(
        title=title,
        about=(*(line.format(name=name, database=database) for line in _ABOUT), ""),
        guards=(guard_author("by", "why"), guard_alone()),
        parts=tuple(Part(step) for change in changes for step in change.steps),
        ending="Done: `rollout preview` shows whether anything is left.",
        report=render("forgetting.sql.j2", objects=objects) if objects else "",
    )
    return render_script(script)
