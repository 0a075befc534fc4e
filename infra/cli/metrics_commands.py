"""The commands for the metrics: their rollup."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

import typer

from infra.cli.options import JsonOption, StackOption, make_output

metrics = typer.Typer(no_args_is_help=True, help="The metrics: their rollup by the hour.")


@metrics.callback()
def _metrics() -> None:
    """Keep `pipeline_metrics` quick to read."""


@metrics.command("refresh")
def metrics_refresh(*, stack: StackOption = "dev", json: JsonOption = False) -> int:
    """Compute the hours of the metrics that are over, or were changed since, so that gates read sums.

    Gates are right without it, and slower. `rollout monitor` does it every five minutes; pg_cron can do it, too, by
    `SELECT pipeline_private.refresh_metrics_rollup(24)`.
    """
    from infra.cli.metrics_run import refresh_rollup

    return refresh_rollup(stack, make_output(json=json))
