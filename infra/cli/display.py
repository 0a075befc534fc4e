"""Shows a report: the plan before a run, what came of it, and the table at its end."""

from collections import Counter
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from infra.cli.output import Output
from infra.cli.report import STRUCTURE, Report, Step, presentable
from infra.cli.wording import ABSENT, DONE, FAILED, UNTRIED, change_line, headline, outcome, summary, text_of
from infra.embedded.engine.events import Op

INDENT: Final = " " * 12
_STYLES: Final = {Op.CREATE: "green", Op.UPDATE: "yellow", Op.REPLACE: "magenta", Op.DELETE: "red", Op.IMPORT: "cyan"}
_MESSAGE_STYLES: Final = {"warning": "yellow", "error": "red"}


def show_plan(report: Report, output: Output) -> None:
    """Show what would be done: every resource that changes, with its properties and what was said of it."""
    for step in shown_steps(report):
        show_step(step, report, output)
    show_messages(report, output)
    show_problems(report, output)
    output.line(conclusion(report))


def show_outcome(report: Report, output: Output) -> None:
    """Show what was done and how it ended; the steps themselves were shown as they went."""
    show_messages(report, output)
    show_problems(report, output)
    if report.steps:
        output.show(kinds_table(report))
    if any(step.kind == "Table" and step.op is Op.DELETE and not step.problem for step in report.steps):
        output.line("The tables are parked with every row in them; `rollout sql restore` prints what puts them back.")


def shown_steps(report: Report) -> list[Step]:
    """Return the steps that are worth a line."""

    def is_shown(step: Step) -> bool:
        if step.op is Op.SAME:
            return any(message.severity == "warning" for message in step.messages)
        return not step.problem and not (step.is_structure and not step.changes)

    return [step for step in report.steps if is_shown(step)]


def show_step(step: Step, report: Report, output: Output) -> None:
    """Show one resource."""
    output.line(headline(step, report.action, preview=report.preview), _STYLES.get(step.op, ""))
    for change in step.changes:
        output.line(INDENT + change_line(change))
    for message in step.messages:
        mark = "! " if message.severity == "warning" else ""
        for line in message.text.splitlines():
            output.line(f"{INDENT}{mark}{line}", _MESSAGE_STYLES.get(message.severity, "dim"))


def show_messages(report: Report, output: Output) -> None:
    """Show what concerns the run as a whole."""
    for message in report.messages:
        if message.severity != "error":
            output.note(f"{message.severity}: {message.text}")


def show_problems(report: Report, output: Output) -> None:
    """Show each problem once; what was only not tried is counted."""
    for text in report.told:
        output.error(text)
    if report.left:
        output.note(", ".join(report.left))


def kinds_table(report: Report) -> Table:
    """Return the table of what was done, by kind."""
    counts: Counter[tuple[str, str]] = Counter()
    for step in report.steps:
        word = outcome(step, DONE)
        counts[STRUCTURE if step.is_structure else step.kind, word] += 1
    words = [word for word in (*DONE.values(), ABSENT, FAILED, UNTRIED) if any(column == word for _, column in counts)]
    table = Table("kind", box=SIMPLE_HEAD, show_footer=True)
    table.columns[0].footer = "all"
    for word in words:
        total = sum(number for (_, column), number in counts.items() if column == word)
        table.add_column(word, justify="right", footer=str(total))
    for kind in sorted({kind for kind, _ in counts}, key=lambda name: (name == STRUCTURE, name)):
        table.add_row(kind, *(str(counts[kind, word] or "") for word in words))
    return table


def show_pairs(pairs: dict[str, Any], output: Output) -> None:
    """Show names and values, one pair a line."""
    width = max(map(len, pairs), default=0)
    for name, value in pairs.items():
        output.line(f"{name:<{width}}  {text_of(presentable(value))}")


def conclusion(report: Report) -> str:
    """Return the last line of a plan."""
    counts = summary(report.counts, report.action, preview=report.preview)
    if not report.ok:
        return "Nothing was changed."
    return f"{report.action.value} would change: {counts}." if report.changes else f"Nothing to change: {counts}."
