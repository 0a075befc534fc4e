"""The command that makes the guide's reviews from what was measured and recorded."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.options import JsonOption, StackOption, make_output

_KINDS = "week-one|success"
KindArgument = Annotated[str, typer.Argument(metavar=_KINDS, help="Which review.")]
SinceOption = Annotated[
    str, typer.Option("--since", metavar="TIME", help="From then on (UTC), such as 2030-01-31 or 2030-01-31T18:00:00Z.")
]
UntilOption = Annotated[str, typer.Option("--until", metavar="TIME", help="Up to then (UTC).")]


def review(
    kind: KindArgument,
    *,
    since: SinceOption = "",
    until: UntilOption = "",
    markdown: Annotated[bool, typer.Option("--markdown", help="As Markdown.")] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="A file in place of stdout.")] = None,
    stack: StackOption = "dev",
    json: JsonOption = False,
) -> int:
    """Make the guide's week-one review, or hold the pipeline against its success criteria. Nothing is changed.

    Each line has its figure, its target and a verdict: met, not met, too little data, or that nobody can measure it
    here, and who attests it then, in `attestations` of the stack file. The week-one review covers the first seven days
    of the phase that stands, the success criteria the last seven days. Ends with 0 when every line is met, else with 3.
    """
    from infra.cli.review_showing import show_review

    return show_review(kind, since, until, make_output(json=json), stack=stack, markdown=markdown, out=out)
