"""The commands of monitoring: serve the figures, and write the rules and dashboards."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.options import JsonOption, StackOption, make_output

monitor = typer.Typer(invoke_without_command=True)

OutOption = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="The folder to write to; it is made where it is not there.")
]


@monitor.callback()
def serve(
    context: typer.Context,
    *,
    listen: Annotated[
        str, typer.Option("--listen", metavar="HOST:PORT", help="Where to serve; port 0 takes a free one.")
    ] = "127.0.0.1:9464",
    once: Annotated[bool, typer.Option("--once", help="Look once, print the figures, and end.")] = False,
    stack: StackOption = "dev",
    json: JsonOption = False,
) -> int:
    """Serve `/metrics` for Prometheus and `/health` until it is stopped, and publish to CloudWatch where asked for.

    It reads as pipeline_monitor: by that role's own login with its password in ROLLOUT_MONITOR_PASSWORD, else by the
    deployer's, which takes the role. Nothing is changed; a database that is gone is told, and waited for. With --once
    it ends with 0, or with 1 where the database does not answer.
    """
    if context.invoked_subcommand is not None:
        return 0
    from infra.cli.monitor_run import find_scene, look_once, run_monitor

    scene = find_scene(stack)
    output = make_output(json=json)
    return look_once(scene, output) if once else run_monitor(scene, listen, output)


@monitor.command("rules")
def monitor_rules(*, out: OutOption, stack: StackOption = "dev", json: JsonOption = False) -> int:
    """Write the alarms as rules for Prometheus, with the stack's thresholds."""
    from infra.cli.monitor_run import stack_monitoring, write_files
    from infra.monitoring.prometheus import FILE, render_rules

    return write_files({FILE: render_rules(stack_monitoring(stack))}, out, make_output(json=json))


@monitor.command("dashboards")
def monitor_dashboards(*, out: OutOption, stack: StackOption = "dev", json: JsonOption = False) -> int:
    """Write the dashboards for Grafana, with the stack's thresholds as lines."""
    from infra.cli.monitor_run import stack_monitoring, write_files
    from infra.monitoring.grafana import render_dashboards

    return write_files(render_dashboards(stack_monitoring(stack)), out, make_output(json=json))
