"""The commands for the pooler."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

import typer

from infra.cli.options import JsonOption, StackOption, make_output

pool = typer.Typer(no_args_is_help=True, help="The pooler in front of the database.")


@pool.callback()
def _pool() -> None:
    """Keep the command below a group of its own, whatever else joins it."""


@pool.command("status")
def pool_status(*, stack: StackOption = "dev", json: JsonOption = False) -> int:
    """Show each pool against its size, who waits, and the known holes of PgBouncer's version. Nothing is changed.

    Ends with 0, or with 3 when clients wait because every connection of a pool is in use. Another stack's console is
    reached at pooling.pooler of its file, with ROLLOUT_CONSOLE_USER and ROLLOUT_CONSOLE_PASSWORD of the environment.
    """
    from infra.cli.pool_reading import find_console, show_state
    from infra.database.console import open_console
    from infra.pooling.status import read_state

    output = make_output(json=json)
    target, local = find_console(stack)
    with open_console(target) as console:
        state = read_state(console, local=local)
    show_state(state, output)
    output.document({"ok": True} | state.document())
    return 3 if state.saturated else 0


@pool.command("settings")
def pool_settings(*, stack: StackOption = "dev", json: JsonOption = False) -> int:
    """Show what the stack's pools ask of the server and the pooler, with the sum and, at a platform, the commands.

    Nothing is asked or changed. On Supabase and RDS the platform sets these: the commands are for whoever may.
    """
    from infra.cli.stack_settings import read_settings
    from infra.cli.stacks import find_stack
    from infra.pooling.platforms import setups

    output = make_output(json=json)
    pooling = read_settings(find_stack(stack)).pooling
    found = setups(pooling)
    output.line(f"{pooling.arithmetic()} of max_connections {pooling.server.max_connections}")
    for setup in found:
        output.line()
        output.line(setup.title, "bold")
        for name, value in setup.figures.items():
            output.line(f"  {name} = {value}")
        for note in setup.notes:
            output.line(f"  ({note})")
        if setup.command:
            output.line(f"  {setup.command}")
    output.document(
        {
            "platform": pooling.platform.value,
            "sum": pooling.total,
            "arithmetic": pooling.arithmetic(),
            "maxConnections": pooling.server.max_connections,
            "setups": [setup.document() for setup in found],
        }
    )
    return 0
