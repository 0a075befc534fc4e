"""The options that several commands have, and what they open."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from infra.errors import RolloutError

if TYPE_CHECKING:
    from infra.cli.embedded_runner import EmbeddedRunner
    from infra.cli.output import Output
    from infra.cli.pulumi_runner import PulumiRunner
    from infra.cli.stacks import Stack

StackOption = Annotated[
    str, typer.Option("--stack", "-s", metavar="NAME", help="The stack: the NAME of its Pulumi.NAME.yaml.")
]
EngineOption = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="auto|pulumi|embedded",
        help="Pulumi's own CLI, or the embedded engine; auto takes the latter for dev and for an embedded database.",
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
UnaskedOption = Annotated[bool, typer.Option("--yes", "-y", help="Taken for the sake of scripts; nothing is asked.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, and nothing else there.")]
TakeOverOption = Annotated[
    bool,
    typer.Option("--take-over", help="End what another deploy, killed or not, still has at work in the database."),
]
ExpectOption = Annotated[
    bool, typer.Option("--expect-no-changes", help="Exit with 3, and change nothing, if something would change.")
]
SkipPreviewOption = Annotated[
    bool, typer.Option("--skip-preview", help="Make no plan first: with --yes, for runs that nobody reads.")
]
AdminOption = Annotated[bool, typer.Option("--admin", help="As the embedded server's superuser.")]

PooledOption = Annotated[bool, typer.Option("--pooled", help="Through PgBouncer, as the API's login.")]


def make_output(*, json: bool) -> "Output":
    """Return where the command's words go."""
    from infra.cli.output import Output

    return Output(as_json=json)


def open_runner(
    name: str, engine: str, output: "Output", *, read_only: bool = False
) -> "tuple[Stack, EmbeddedRunner | PulumiRunner]":
    """Return the stack, and its engine set up for it; with `read_only` no database is started and nothing is told."""
    from infra.cli.stacks import EngineName, choose_engine, find_stack, read_stack_file

    if engine not in list(EngineName):
        raise RolloutError("CLI001", "--engine", f"'{engine}' is no engine", allowed=", ".join(EngineName))
    stack = read_stack_file(name)
    with _faults_of_its_file_first(name):
        chosen = choose_engine(EngineName(engine), stack)
    if chosen is EngineName.EMBEDDED:
        return stack, _open_embedded(name, stack, output, read_only=read_only)
    stack = find_stack(name)
    from infra.cli.pulumi_runner import PulumiRunner

    return stack, PulumiRunner(stack, output, read_only=read_only)


@contextmanager
def _faults_of_its_file_first(name: str) -> Iterator[None]:
    """Where what is inside fails, tell what is wrong with the stack's file: to look at that takes longer."""
    try:
        yield
    except RolloutError:
        from infra.cli.stacks import find_stack

        find_stack(name)
        raise


def _open_embedded(name: str, stack: "Stack", output: "Output", *, read_only: bool) -> "EmbeddedRunner":
    """Start the plugins first, and let them end with the runner: the rest of a command is imported meanwhile."""
    from infra.cli.embedded_plugins import start_plugins

    with _faults_of_its_file_first(name):
        pool = None if read_only else start_plugins(stack)
    with ExitStack() as undo:
        if pool is not None:
            undo.callback(pool.close)
        from infra.cli.embedded_runner import EmbeddedRunner
        from infra.cli.stacks import find_stack

        runner = EmbeddedRunner(find_stack(name), output, read_only=read_only, pool=pool)
        undo.pop_all()
    if pool is not None:
        weakref.finalize(runner, pool.close)
    return runner


def is_embedded(runner: "EmbeddedRunner | PulumiRunner") -> bool:
    """Tell which engine it is."""
    return type(runner).__name__ == "EmbeddedRunner"
