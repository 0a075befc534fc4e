"""The command that runs the rules alone."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from typing import Annotated

import typer

from infra.cli.options import JsonOption, StackOption, make_output

AllOption = Annotated[
    bool, typer.Option("--all", help="For every phase and either kind of access, not the stack file's own alone.")
]


def lint(*, stack: StackOption = "dev", every: AllOption = False, json: JsonOption = False) -> int:
    """Run the rules over the stack's file and the definition that it asks for. No database and no engine is needed.

    Every finding is told at once: its code, where it is, what is wrong, what is allowed, the fix, and the page of
    docs/rules that explains it. Ends with 0 when there is none, with 3 when there are some.
    """
    from infra.cli.lint_run import lint_stack, show_findings
    from infra.cli.stacks import read_stack_file

    output = make_output(json=json)
    result = lint_stack(read_stack_file(stack), every=every)
    show_findings(result, output)
    return 3 if result.findings else 0
