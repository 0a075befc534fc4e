"""Taking the form away that the metrics stood in before, once nobody wants to go back to it."""

from dataclasses import replace

from infra.cli.output import Output
from infra.cli.rollback_connection import find_place, find_target
from infra.database.catalog.tables import read_table
from infra.database.conversion import read_conversion, read_counterpart
from infra.database.session import Session
from infra.database.workspace import open_workspace
from infra.ddl.conversion import Conversion, plan_finish
from infra.errors import RolloutError
from infra.pipeline.tables.pipeline_metrics import METRICS_BY_MONTH, PIPELINE_METRICS


def finish_months(stack: str, output: Output) -> int:
    """Compare both forms of the metrics once more, and drop the one that is not in use.

    Raises:
        RolloutError: DB007 while a conversion is under way, DB004 where others stay in the way.
    """
    workspace = open_workspace(find_target(find_place(stack)), application_name="rollout months finish")
    try:
        workspace.lock(output.line)
        conversion = _kept(workspace.session)
        if conversion is not None:
            workspace.change(plan_finish(conversion), output.line, output.line)
    finally:
        workspace.close()
    dropped = "" if conversion is None else conversion.form.twin
    output.line(f"{dropped} is gone" if dropped else "nothing to finish: the metrics stand in one form")
    output.document({"ok": True, "dropped": dropped or None})
    return 0


def _kept(session: Session) -> Conversion | None:
    found = read_table(session, PIPELINE_METRICS.schema_name, PIPELINE_METRICS.name)
    if found is None or not found[0].has_counterpart:
        return None
    twin = read_counterpart(session, PIPELINE_METRICS.name)
    if twin is not None and twin.begun and not twin.kept:
        raise RolloutError(
            "DB007",
            f"table {PIPELINE_METRICS.identity}",
            "its other form was never in use: the conversion is under way",
            fix="run `up`, which goes on with it; or take `metrics.partitioned` back, and `up` drops it",
        )
    state = replace(found[0], counterpart=twin)
    return read_conversion(session, state, METRICS_BY_MONTH if state.table.partitioning else PIPELINE_METRICS)
