"""The difference between a live database and the stack's definition as SQL for a person with psql."""

import sys
from typing import Final

from infra.cli.options import open_runner
from infra.cli.output import Output
from infra.cli.sql_texts import stack_definition
from infra.database.workspace import open_workspace
from infra.ddl.difference import Changed, difference_script
from infra.errors import RolloutErrors
from infra.models.rollout import Rollout
from infra.preview.items import Item
from infra.preview.planning import plan_items

_NAME: Final = "rollout sql change"


def print_change(stack: str, engine: str, output: Output, *, back: bool) -> int:
    """Print the script, or one that brings back what stands now; return the exit code.

    Raises:
        RolloutErrors: with everything that keeps an `up` from making the change.
    """
    chosen, runner = open_runner(stack, engine, Output(as_json=True))
    target = runner.target()
    workspace = open_workspace(target, application_name=_NAME)
    try:
        items = plan_items(workspace, stack_definition(chosen), runner.resources())
    finally:
        workspace.close()
    if errors := [error for item in items for error in item.errors]:
        raise RolloutErrors(errors)
    changes = [item for item in items if item.kind != Rollout.__name__]
    name = f"{stack}-{'back' if back else 'change'}.sql"
    title = "Takes back" if back else "Carries out"
    text = difference_script(
        _backwards(changes) if back else [Changed(item.kind, item.identity, item.steps) for item in changes],
        name=name,
        title=f"{title} what `up` of stack {stack} would change: {len(changes)} objects.",
        database=f"{target.name}@{target.host}:{target.port}",
    )
    if output.as_json:
        lacking = [item.name for item in changes if not item.is_reversible]
        output.document({"ok": True, "script": name, "sql": text, "irreversible": lacking})
    else:
        sys.stdout.write(text)
    return 0


def _backwards(items: list[Item]) -> list[Changed]:
    """Return the ways back, the last change first; what has none is left out, and named by `preview --json`."""
    return [Changed(item.kind, item.identity, item.back) for item in reversed(items)]
