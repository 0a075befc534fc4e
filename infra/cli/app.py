"""The whole command line: the commands by their names, and how each of them ends."""

import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from infra.cli import stack_commands
from infra.cli.advance_commands import advance
from infra.cli.app_config_commands import app_config
from infra.cli.approve_commands import approve
from infra.cli.backup_commands import backup, restore_check
from infra.cli.ci_commands import ci
from infra.cli.claim_commands import claim
from infra.cli.cohort_commands import cohort
from infra.cli.comment_commands import comment
from infra.cli.db_commands import db
from infra.cli.demo_commands import demo
from infra.cli.doctor_commands import doctor
from infra.cli.drift_commands import drift
from infra.cli.failures import guarded
from infra.cli.flags_commands import flags
from infra.cli.fleet_commands import fleet
from infra.cli.gate_commands import gate
from infra.cli.history_commands import history
from infra.cli.incident_commands import incident
from infra.cli.lint_commands import lint
from infra.cli.metrics_commands import metrics
from infra.cli.monitor_commands import monitor
from infra.cli.months_commands import months
from infra.cli.pool_commands import pool
from infra.cli.preflight_commands import preflight
from infra.cli.report_commands import report, serve
from infra.cli.review_commands import review
from infra.cli.rollback_commands import rollback
from infra.cli.sql_commands import sql
from infra.cli.usage import parse_failures
from infra.cli.verify_commands import verify
from infra.cli.watch_commands import watch

EXIT_CODES = """
Exit codes: 0 done, 1 failed, 2 not a command that can be run, 3 something would change (with --expect-no-changes) or
a gate is not passed or a rollback is proposed or `drift` has found changes or `lint` has found faults or `verify`
could not try everything or a pool is saturated or a check of `preflight` or `doctor` has failed or a line of a `review`
is not met, 4 `watch --act` has rolled back, 5 `drift` or `verify` has found an incident: something that guards the data
was weakened, 130 stopped with Ctrl-C.
"""


class Commands(TyperGroup):
    """The root of the commands: every failure below it ends as one text and an exit code."""

    def main(  # noqa: D102 - as in its base
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: ARG002, FBT001, FBT002 - the base's signature
        windows_expand_args: bool = True,  # noqa: FBT001, FBT002 - the base's signature
        **extra: Any,
    ) -> Any:
        given = list(sys.argv[1:] if args is None else args)

        def run() -> Any:
            with parse_failures():
                return super(Commands, self).main(
                    given,
                    prog_name or "rollout",
                    complete_var,
                    standalone_mode=False,
                    windows_expand_args=windows_expand_args,
                    **extra,
                )

        sys.exit(guarded(run, as_json="--json" in given))


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Roll the creator pipeline out on a PostgreSQL, and back.",
    epilog=EXIT_CODES,
)

for command in (stack_commands.up, stack_commands.preview, stack_commands.refresh, stack_commands.destroy):
    app.command()(command)
app.command("import")(stack_commands.import_)
app.command()(stack_commands.status)
app.command()(comment)
app.command()(approve)
app.command()(drift)
app.command()(lint)
app.command()(verify)
for page in (report, serve):
    app.command()(page)
for step in (preflight, doctor, gate, advance, rollback, watch, history, incident, review, claim, demo):
    app.command()(step)
app.command()(app_config)
app.add_typer(flags, name="flags")
app.add_typer(cohort, name="cohort")
app.add_typer(backup, name="backup")
app.command()(restore_check)
app.add_typer(fleet, name="fleet")
app.add_typer(sql, name="sql")
app.add_typer(db, name="db")
app.add_typer(pool, name="pool")
app.add_typer(months, name="months")
app.add_typer(ci, name="ci")
app.add_typer(monitor, name="monitor")
app.add_typer(metrics, name="metrics")
app.add_typer(stack_commands.state, name="state")
