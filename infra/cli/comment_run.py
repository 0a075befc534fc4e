"""Writes plans as comments: a plan from a file or from a preview, a comment to stdout, to a file or to a forge."""

# ruff: noqa: PLC0415 - an engine is for a live stack alone: whoever renders a file does not wait for its imports

import sys
from collections.abc import Sequence
from pathlib import Path

from infra.cli.output import Output
from infra.config.editing import PROJECT
from infra.errors import RolloutError
from infra.preview.document import PlanDocument
from infra.report.comment import marker, write_comment


def live_plan(name: str, engine: str) -> PlanDocument:
    """Return what `up` would do now. Of the preview itself nothing is shown: the comment is the only result."""
    from infra.cli.options import open_runner
    from infra.cli.preview_data import describe_plan
    from infra.cli.report import Action

    quiet = Output(as_json=True)
    stack, runner = open_runner(name, engine, quiet)
    report = runner.plan(Action.UP)
    if report.cancelled:
        raise KeyboardInterrupt
    return PlanDocument.from_json(describe_plan(runner, stack, report, quiet))


def read_plans(files: Sequence[Path]) -> list[PlanDocument]:
    """Return the plans of these files, one for each stack.

    Raises:
        RolloutError: CLI001 for a file that holds no plan, or for a second plan of a stack.
    """
    plans = [_read(file) for file in files]
    names = [plan.stack for plan in plans]
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        problem = f"there are several plans of {', '.join(twice)}, and a stack has one comment"
        raise RolloutError("CLI001", "--plan", problem, fix="name one file for each stack")
    return plans


def deliver(
    plans: Sequence[PlanDocument], output: Output, *, out: Path | None, to_post: bool, number: int | None
) -> None:
    """Write the comments where they are wanted."""
    texts = [write_comment(plan, PROJECT) for plan in plans]
    if out is not None:
        _write(out, "\n".join(texts))
    if to_post:
        _post(plans, texts, output, number)
    elif out is None:
        sys.stdout.write("\n".join(texts))


def _post(plans: Sequence[PlanDocument], texts: Sequence[str], output: Output, number: int | None) -> None:
    from infra.cli.comment_places import open_conversation
    from infra.posting.comments import post

    with open_conversation(number) as conversation:
        for plan, text in zip(plans, texts, strict=True):
            done = post(conversation, marker(PROJECT, plan.stack), text)
            output.line(f"{plan.stack}: {'added' if done.created else 'changed'} {done.place}".rstrip())


def _read(file: Path) -> PlanDocument:
    try:
        return PlanDocument.from_text(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = f"it cannot be read ({type(error).__name__})"
        raise RolloutError(
            "CLI001", str(file), f"this is no plan: {reason}", fix="write it anew by `rollout preview --json`"
        ) from None


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        problem = f"the comment cannot be written there ({error.strerror or type(error).__name__})"
        raise RolloutError("CLI001", str(file), problem, fix="name a file in a folder that is there") from None
