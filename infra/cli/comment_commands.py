"""The command that writes a plan as a comment for a pull request, and posts it."""

# ruff: noqa: PLC0415 - what a command does is imported when it runs, so that help comes at once

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.options import EngineOption, StackOption, make_output

PlanOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--plan",
        metavar="FILE",
        help="What `rollout preview --json` printed, instead of a preview now; several for several stacks.",
    ),
]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it there, not to stdout.")]
PostOption = Annotated[
    bool,
    typer.Option("--post", help="Post it on the pull request: the stack's comment is changed in place, or added."),
]
PullRequestOption = Annotated[
    int | None,
    typer.Option("--pull-request", metavar="N", min=1, help="Which one; by default the one that the CI job is for."),
]


def comment(
    *,
    stack: StackOption = "dev",
    engine: EngineOption = "auto",
    plan: PlanOption = None,
    out: OutOption = None,
    post: PostOption = False,
    pull_request: PullRequestOption = None,
) -> int:
    """Write what `up` would do as a comment for a pull request, in Markdown. Nothing is changed in the database.

    One line to decide by, then what is dangerous, the worst first; then the phase, the gate, who may do what, each
    step with its locks, the SQL beside the SQL back, drift, findings of the rules, and the commands. Never more than
    64,000 characters: what has no room is left out whole, and named.

    With --post it goes to GitHub (GITHUB_REPOSITORY, GITHUB_TOKEN, the number from GITHUB_EVENT_PATH; GITHUB_API_URL
    for a server of one's own) or to GitLab (CI_API_V4_URL, CI_PROJECT_ID, CI_MERGE_REQUEST_IID, GITLAB_TOKEN). The
    comment is found by its first line, which nobody sees, and by its author: it is changed, never posted twice.
    """
    from infra.cli.comment_run import deliver, live_plan, read_plans

    output = make_output(json=False)
    plans = read_plans(plan) if plan else [live_plan(stack, engine)]
    deliver(plans, output, out=out, to_post=post, number=pull_request)
    return 0
