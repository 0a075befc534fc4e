"""The commands that look at a stack and change it."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

import sys
from typing import Annotated

import typer

from infra.cli.options import (
    EngineOption,
    ExpectOption,
    JsonOption,
    SkipPreviewOption,
    StackOption,
    TakeOverOption,
    UnaskedOption,
    YesOption,
    is_embedded,
    make_output,
    open_runner,
)
from infra.errors import RolloutError

state = typer.Typer(no_args_is_help=True, help="What the embedded engine knows of a stack.")


def up(
    *,
    stack: StackOption = "dev",
    engine: EngineOption = "auto",
    yes: YesOption = False,
    take_over: TakeOverOption = False,
    expect_no_changes: ExpectOption = False,
    skip_preview: SkipPreviewOption = False,
    json: JsonOption = False,
) -> int:
    """Bring the database to the definition: show the plan, ask, do it, show what was done."""
    from infra.cli.asking import require_answer

    if skip_preview and not yes:
        raise RolloutError("CLI001", "up --skip-preview", "nobody can be asked about no plan", fix="add --yes")

    output = make_output(json=json)
    if not expect_no_changes:
        require_answer("up", output, yes=yes)
    chosen, runner = open_runner(stack, engine, output)

    from infra.cli import flow
    from infra.cli.report import Action

    def before() -> None:
        from infra.cli.taking_over import take_over_deploy

        take_over_deploy(runner, output)

    if skip_preview:
        if take_over:
            before()
        return flow.act(runner, Action.UP, output, stack=chosen, expect_no_changes=expect_no_changes)
    return flow.change(
        runner,
        Action.UP,
        output,
        stack=chosen,
        yes=yes,
        expect_no_changes=expect_no_changes,
        before=before if take_over else None,
    )


def preview(
    *,
    stack: StackOption = "dev",
    engine: EngineOption = "auto",
    expect_no_changes: ExpectOption = False,
    fail_on_unapproved: Annotated[
        bool, typer.Option("--fail-on-unapproved", help="Exit with 6 if a hazard needs approval and has none.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """Show what `up` would do: each change with its properties, and what was changed by hand. Nothing is written.

    Then who may do what afterwards that they could not do before (+) or can no longer (-), and the hazards of each
    object, which docs/hazards explains. With --json also a document, `plan`, that holds all a reviewer decides by, of
    a preview that fails too: phase, flags, cohort and gate; each object's SQL with its locks, the size of what they
    lock and the SQL back; hazards, access, drift, what the rules find, and what would keep `up` from going through.
    """
    from infra.cli.preview_data import preview_stack

    return preview_stack(
        stack,
        engine,
        make_output(json=json),
        expect_no_changes=expect_no_changes,
        fail_on_unapproved=fail_on_unapproved,
    )


def refresh(
    *,
    stack: StackOption = "dev",
    engine: EngineOption = "auto",
    yes: UnaskedOption = False,  # noqa: ARG001 - see its help
    expect_no_changes: ExpectOption = False,
    json: JsonOption = False,
) -> int:
    """Bring the state to what the database really has. The database itself is left as it is."""
    from infra.cli import flow
    from infra.cli.report import Action

    output = make_output(json=json)
    chosen, runner = open_runner(stack, engine, output)
    return flow.act(runner, Action.REFRESH, output, stack=chosen, expect_no_changes=expect_no_changes)


def destroy(
    *,
    stack: StackOption = "dev",
    engine: EngineOption = "auto",
    yes: YesOption = False,
    json: JsonOption = False,
) -> int:
    """Take everything away, the tables parked with every row in them. The embedded PostgreSQL goes on running."""
    from infra.cli import flow
    from infra.cli.asking import require_answer
    from infra.cli.report import Action

    output = make_output(json=json)
    require_answer(Action.DESTROY.value, output, yes=yes)
    chosen, runner = open_runner(stack, engine, output)
    return flow.change(runner, Action.DESTROY, output, stack=chosen, yes=yes)


def import_(  # noqa: PLR0913 - what the command line has
    kind: Annotated[str, typer.Argument(metavar="TYPE", help="Such as rollout:postgres:Table.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="The resource's name in the program.")],
    identity: Annotated[str, typer.Argument(metavar="ID", help="The object's id, such as public.creator_profiles.")],
    *,
    parent: Annotated[str, typer.Option(metavar="URN", help="The resource's parent; the stack by default.")] = "",
    provider: Annotated[str, typer.Option(metavar="NAME", help="The provider, where its package has several.")] = "",
    stack: StackOption = "dev",
    engine: EngineOption = "auto",
    yes: UnaskedOption = False,  # noqa: ARG001 - see its help
    json: JsonOption = False,
) -> int:
    """Take an object that exists into the state, protected. Seldom needed: `up` adopts what it finds."""
    from infra.cli import flow

    output = make_output(json=json)
    chosen, runner = open_runner(stack, engine, output)
    report = runner.take_in(kind, name, identity, parent=parent, provider=provider)
    return flow.finish(runner, report, output, stack=chosen)


def status(
    *,
    stack: StackOption = "dev",
    engine: EngineOption = "auto",
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Show what `rollout report` shows, again and again, until Ctrl-C.")
    ] = False,
    every: Annotated[str, typer.Option("--every", metavar="SPAN", help="How often, with --watch.")] = "30s",
    json: JsonOption = False,
) -> int:
    """Show the stack, its phase, its database and its resources, and whether state and database agree.

    With --watch: the verdict, gate, cohort, alarms, drift and ledger as the page of `rollout report` has them, redrawn
    on a terminal; elsewhere one line each time, with --json one document on a line.
    """
    from infra.cli.stacks import EngineName
    from infra.cli.status import read_status, show_status

    output = make_output(json=json)
    if watch:
        from infra.cli.status_watch import watch_status

        return watch_status(stack, every, output)
    chosen, runner = open_runner(stack, engine, output, read_only=True)
    used = EngineName.EMBEDDED if is_embedded(runner) else EngineName.PULUMI
    show_status(read_status(runner, chosen, used), output)
    return 0


@state.command("export")
def state_export(
    *,
    stack: StackOption = "dev",
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Even to a terminal.")] = False,
) -> int:
    """Print the deployment that `pulumi stack import` takes. It holds secrets: keep it to yourself."""
    from infra.cli.embedded_runner import EmbeddedRunner
    from infra.cli.output import print_document
    from infra.cli.stacks import find_stack

    if sys.stdout.isatty() and not show_secrets:
        problem = "the deployment holds secrets in plain text, and this is a terminal"
        raise RolloutError("CLI001", "state export", problem, fix="write it to a file, or add --show-secrets")
    print_document(EmbeddedRunner(find_stack(stack), make_output(json=True), read_only=True).export())
    return 0
