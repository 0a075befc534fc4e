"""Asking before something is changed: on its own, so that who is in a hurry imports no engine for it."""

from infra.cli.output import Output
from infra.errors import RolloutError


def require_answer(name: str, output: Output, *, yes: bool) -> None:
    """Refuse at once what would need an answer that nobody is there to give.

    Raises:
        RolloutError: CLI004.
    """
    if not yes and not output.may_ask:
        why = "with --json nothing is asked" if output.as_json else "there is no terminal to ask on"
        problem = f"it asks before it changes anything, and {why}"
        raise RolloutError("CLI004", name, problem, fix="add --yes to go ahead")


def ask(question: str) -> bool:
    """Ask on the terminal; anything but a yes is a no."""
    try:
        answer = input(f"{question} [y/N] ")
    except EOFError:
        return False
    return answer.strip().lower() in {"y", "yes"}
