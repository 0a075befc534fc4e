"""The command that proves who may do what."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from typing import Annotated

import typer

from infra.cli.options import JsonOption, StackOption, make_output

TriggersOption = Annotated[
    bool,
    typer.Option(
        "--with-user-triggers",
        help="Go on where triggers of others run when a user is added: what they send out is not undone.",
    ),
]
MutateOption = Annotated[
    bool,
    typer.Option(
        "--mutate", help="On a throw-away copy, break every policy, grant, attribute and flag: each must be noticed."
    ),
]


def verify(
    *,
    stack: StackOption = "dev",
    with_user_triggers: TriggersOption = False,
    mutate: MutateOption = False,
    json: JsonOption = False,
) -> int:
    """Prove the access table (docs/access.md) against the live database, in a transaction that is undone.

    Every role tries every operation on every table, view and function, as two creators, a member of the team and a
    stranger; the catalog must say the same. On a protected stack what takes a strong lock is read from the catalog
    alone, and no lock is waited for longer than 100 ms. The API's own login is tried where its password is known: on
    the embedded database, or in ROLLOUT_API_PASSWORD. Exits with 0 when it is proven, with 5 when something differs,
    and with 3 when a part of it could not be tried.
    """
    from infra.cli.verify_mutation import run_mutation
    from infra.cli.verify_run import exit_code, run_proof
    from infra.cli.verify_wording import mutation_document, report_document, show_mutation, show_report

    output = make_output(json=json)
    if mutate:
        mutation = run_mutation(stack, output)
        show_mutation(mutation, output)
        output.document(mutation_document(mutation))
        return exit_code(differs=bool(mutation.survivors))
    report = run_proof(stack, with_user_triggers=with_user_triggers)
    show_report(report, output)
    output.document(report_document(report))
    return exit_code(differs=report.is_weaker, unknown=report.is_open)
