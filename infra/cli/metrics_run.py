"""What the commands for the metrics do."""

from typing import Final

from infra.cli.output import Output
from infra.cli.rollback_connection import find_place, find_target
from infra.database.metrics_rollup import has_rollup, read_standing, refresh_all
from infra.database.session import open_session
from infra.errors import RolloutError

_NAME: Final = "rollout metrics"


def refresh_rollup(stack: str, output: Output) -> int:
    """Compute whatever is settled, step by step, and say up to where that is; return the exit code.

    Raises:
        RolloutError: DB003 where the rollup is not deployed.
    """
    with open_session(find_target(find_place(stack)), application_name=_NAME) as session:
        if not has_rollup(session):
            problem = "the rollup of the metrics is not there"
            raise RolloutError("DB003", "metrics", problem, fix=f"run `rollout up --stack {stack}` first")
        computed = 0
        for hours in refresh_all(session):
            computed += hours
            output.note(f"{computed} hours")
        standing = read_standing(session)
    until = standing.watermark.isoformat() if standing else None
    output.document({"ok": True, "hours": computed, "until": until, "stale": standing.stale if standing else 0})
    held = "a transaction that is under way may still write; run it again later"
    output.line(f"{computed} hours computed; the rollup holds up to {until}" if until else f"nothing computed: {held}")
    return 0
