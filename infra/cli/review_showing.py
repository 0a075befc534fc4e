"""A review as it was asked for: on the terminal, as Markdown or JSON, or in a file."""

from datetime import datetime
from pathlib import Path
from typing import Final

from infra.cli.output import Output
from infra.cli.review_run import Kind, make_review
from infra.errors import RolloutError
from infra.models.moments import first_moment
from infra.report.reviews import Verdict, text_lines

_STYLES: Final = {Verdict.MET: "green", Verdict.NOT_MET: "red", Verdict.UNDECIDED: "yellow", Verdict.UNMEASURED: "dim"}


def show_review(
    kind: str, since: str, until: str, output: Output, *, stack: str, markdown: bool, out: Path | None
) -> int:
    """Make the review and show it, or write it as Markdown; return the exit code.

    Raises:
        RolloutError: CLI001 for a kind, a time or a file that cannot be.
    """
    if kind not in list(Kind):
        raise RolloutError("CLI001", "review", f"'{kind}' is no review", allowed=", ".join(Kind), fix="name one")
    made = make_review(Kind(kind), stack, read_time(since, "--since"), read_time(until, "--until"))
    if out is not None:
        _write(out, made.markdown())
        output.line(f"written to {out}")
    elif markdown:
        output.line(made.markdown().rstrip())
    else:
        for text, verdict in text_lines(made):
            output.line(text, _STYLES[verdict] if verdict else "")
    output.document(made.document())
    return 0 if made.is_met else 3


def read_time(text: str, option: str) -> datetime | None:
    """Return the moment that an option names; None where it was left out.

    Raises:
        RolloutError: CLI001 where it is none.
    """
    try:
        return first_moment(text.replace(" ", "T", 1)) if text else None
    except ValueError:
        allowed = "a day such as 2030-01-31, or 2030-01-31T18:00:00Z, in UTC unless it says otherwise"
        raise RolloutError("CLI001", option, f"{text!r} is no time", allowed=allowed, fix="correct it") from None


def _write(file: Path, text: str) -> None:
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        fix = "name a file that is not there yet, in a folder that is"
        raise RolloutError("CLI001", f"--out {file}", f"it cannot be written ({error.strerror})", fix=fix) from None
