"""One environment on a terminal: what the page shows, in a screenful, and in one line."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from infra.cli.history_run import printable
from infra.report.page.model import Environment, Level, PageDocument, Series
from infra.report.page.render import MARKS

_STYLES: Final = {
    Level.GOOD: "bold green",
    Level.WAITING: "bold blue",
    Level.ATTENTION: "bold yellow",
    Level.BAD: "bold red",
    Level.UNKNOWN: "bold",
}
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_EVENTS: Final = 5
_REASONS: Final = 3
_BAR: Final = 24


def line_of(one: Environment, at: datetime) -> str:
    """Return the environment in one line."""
    parts = [f"{at:%Y-%m-%d %H:%M:%S}Z", one.stack, f"{MARKS[one.verdict.level]} {one.verdict.title}"]
    parts += [f"phase {one.phase}"] if one.phase else []
    parts += [f"gate {one.gate.number} {one.gate.verdict}"] if one.gate else []
    parts += [f"creators {one.cohort.creators}"] if one.cohort else []
    parts += [f"alarms {len(one.firing)}", f"drift {len(one.drift)}"] if one.phase else []
    return printable("  ".join([*parts, *one.verdict.reasons[:1]]))


def screen(page: PageDocument) -> Group:
    """Return all of it, to be drawn anew each time."""
    return Group(*(part for one in page.environments for part in _parts(one, page)))


def _parts(one: Environment, page: PageDocument) -> Iterator[Any]:
    yield Text.assemble(
        (printable(one.stack), "bold"),
        "  ",
        (f"{MARKS[one.verdict.level]} {one.verdict.title}", _STYLES[one.verdict.level]),
        f"  {page.at:%H:%M:%S}Z  ",
        ("Ctrl-C ends it", "dim"),
    )
    yield from (Text(f"  {printable(reason)}") for reason in one.verdict.reasons[:_REASONS])
    if not one.phase:
        return
    yield _phases(one, page)
    if one.gate:
        yield _gate(one)
    if one.cohort:
        yield _stages(one)
    yield from _rest(one)


def _phases(one: Environment, page: PageDocument) -> Text:
    names = {head.number: head.name for head in page.phases}
    marks = {"passed": "✓", "here": "●", "ahead": "·"}
    shown = "   ".join(f"{marks[step.state]} {step.number} {names[step.number]}" for step in one.phases)
    return Text(f"\n{shown}")


def _gate(one: Environment) -> Table:
    assert one.gate
    table = _table(f"Gate {one.gate.number}: {one.gate.verdict}", "criterion", "result", "measured", "wanted", "by day")
    for line in one.gate.criteria:
        style = "" if line.opens else "red" if line.verdict == "failed" else "yellow"
        cells = (line.title, line.verdict, line.measured, line.allowed, spark(line.series))
        table.add_row(*map(printable, cells), style=style)
    return table


def _stages(one: Environment) -> Table:
    assert one.cohort
    cap = "" if one.cohort.cap is None else f" of {one.cohort.cap}"
    table = _table(
        f"{one.cohort.creators} creators, {one.cohort.beta_in}{cap} places taken", "stage", "there", "reached"
    )
    for stage in one.cohort.stages:
        filled = round(_BAR * stage.reached / one.cohort.creators) if one.cohort.creators else 0
        table.add_row(stage.stage, str(stage.here), f"{stage.reached:>5} {'█' * filled}")
    return table


def _rest(one: Environment) -> Iterator[Text]:
    on = ", ".join(flag.name for flag in one.flags if flag.on) or "none"
    yield Text(f"flags on: {on}")
    quiet = f"alarms: none of {len(one.alarms)} goes off"
    yield Text("\n".join(f"alarm {line.name}: {line.condition} ({line.measured} now)" for line in one.firing) or quiet)
    drift = "\n".join(f"drift: {printable(line.sentence)}" for line in one.drift)
    yield Text(drift or ("drift: none" if one.drift_looked else "drift: could not be looked at"))
    yield Text(f"rules: {len(one.lint)} findings")
    yield Text(_backup(one))
    for line in one.timeline[:_EVENTS]:
        words = (f"{line.at:%m-%d %H:%M}", line.event, line.subject, line.change, f"by {line.actor}", line.reason[:80])
        yield Text(printable("  ".join(filter(None, words))), style="dim", overflow="ellipsis", no_wrap=True)
    yield from (Text(f"{line.purpose}: {line.command}") for line in one.commands)
    yield Text(f"{printable(one.database)}, {one.server}", style="dim")


def _backup(one: Environment) -> str:
    if not one.backups:
        return "backups: none is known"
    newest = one.backups[0]
    return f"backups: {newest.at:%Y-%m-%d %H:%M}Z, {'proven' if newest.verified else 'not proven'}"


def spark(series: Series | None) -> str:
    """Return a series as a row of blocks, a day each; a dot for a day without a figure."""
    if series is None:
        return ""
    values = {point.age: point.value for point in series.points}
    if not values:
        return "no figures"
    low, high = min(values.values()), max(values.values())
    return "".join(_block(values.get(age), low, high) for age in range(series.days - 1, -1, -1))


def _block(value: float | None, low: float, high: float) -> str:
    if value is None:
        return "·"
    share = (value - low) / (high - low) if high > low else 0.5
    return _BLOCKS[round(share * (len(_BLOCKS) - 1))]


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name)
    return table
