"""The commands for the embedded PostgreSQL."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

import sys

import typer

from infra.cli.options import AdminOption, JsonOption, PooledOption, make_output

db = typer.Typer(no_args_is_help=True, help="The embedded PostgreSQL.")


@db.command("start")
def db_start(*, json: JsonOption = False) -> int:
    """Make the embedded PostgreSQL on first use, and start it; PgBouncer beside it, where that is installed."""
    from infra.cli.flow import public_dsn
    from infra.cli.pool_reading import bring_pooler
    from infra.cli.stacks import find_project
    from infra.embedded.postgres import ensure_running, home_of, status

    output = make_output(json=json)
    home = home_of(find_project())
    was_running = status(home).running
    database = ensure_running(home)
    output.line(f"{'runs already' if was_running else 'started'}: {public_dsn(database.deployer)}")
    pooler = bring_pooler(database, None, output)
    pooled = public_dsn(pooler.application) if pooler else None
    if pooled:
        output.line(f"pooled: {pooled}")
    output.line(f"with its password: rollout db url{', rollout db url --pooled' if pooled else ''}")
    dsn = public_dsn(database.deployer)
    output.document({"ok": True, "started": not was_running, "dsn": dsn, "pooledDsn": pooled})
    return 0


@db.command("stop")
def db_stop(*, json: JsonOption = False) -> int:
    """Stop the embedded PostgreSQL, and the pooler beside it; its data stays."""
    from infra.cli.stacks import find_project
    from infra.embedded.postgres import home_of, stop

    output = make_output(json=json)
    stopped = stop(home_of(find_project()))
    output.line("stopped; its data stays" if stopped else "it did not run")
    output.document({"ok": True, "stopped": stopped})
    return 0


@db.command("url")
def db_url(*, admin: AdminOption = False, pooled: PooledOption = False, json: JsonOption = False) -> int:
    """Print the DSN of the embedded PostgreSQL, password included: the deployer's, or the superuser's.

    With --pooled it is the way of an application: the API's login, through the pooler.
    """
    from infra.cli.embedded_server import pooled_target, running_target
    from infra.cli.stacks import find_project
    from infra.embedded.postgres import home_of

    home = home_of(find_project())
    target = pooled_target(home) if pooled else running_target(home, admin=admin)
    # The one command that is asked for a password prints it, past the display that would hide it.
    if json:
        from infra.cli.output import print_document

        print_document({"ok": True, "dsn": target.dsn()})
    else:
        sys.stdout.write(f"{target.dsn()}\n")
    return 0


@db.command("psql", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def db_psql(context: typer.Context, *, admin: AdminOption = False) -> int:
    """Open psql on the embedded PostgreSQL. Further arguments are psql's own."""
    from infra.cli.embedded_server import run_psql, running_target
    from infra.cli.stacks import find_project
    from infra.embedded.postgres import home_of

    run_psql(running_target(home_of(find_project()), admin=admin), context.args)
