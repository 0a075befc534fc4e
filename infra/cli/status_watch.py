"""What the page says of one environment, in the terminal, again and again until somebody ends it."""

import json
import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final, NoReturn

from rich.live import Live

from infra.cli.failures import INTERRUPTED
from infra.cli.output import Output
from infra.cli.page_stacks import look_at, page_of, stack_names
from infra.cli.status_screen import line_of, screen
from infra.cli.watch_clock import Clock, RealClock, seconds_of
from infra.report.page.keeping import keep
from infra.report.page.model import Environment, PageDocument

LEAST_SECONDS: Final = 1.0


def watch_status(name: str, every: str, output: Output, clock: Clock | None = None) -> NoReturn:
    """Show the environment again and again.

    Raises:
        RolloutError: CLI002 for a stack without a file, CLI001 for what is no time.
        SystemExit: with 130, once somebody ends it.
    """
    stack_names([name])
    seconds, real = max(LEAST_SECONDS, seconds_of("--every", every)), clock or RealClock()
    try:
        if output.live:
            _redraw(partial(_look, name, real), seconds, output, real)
        else:
            _lines(partial(_look, name, real), seconds, output, real)
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


def _look(name: str, clock: Clock, former: PageDocument | None) -> PageDocument:
    now: datetime = clock.now()
    fresh = page_of((look_at(name, now),), now)
    return keep(former, fresh) if former else fresh


Look = Callable[[PageDocument | None], PageDocument]


def _redraw(look: Look, seconds: float, output: Output, clock: Clock) -> NoReturn:
    page: PageDocument | None = None
    with Live("Looking …", console=output.console, screen=True, auto_refresh=False) as live:
        while True:
            page = look(page)
            live.update(screen(page), refresh=True)
            clock.wait(seconds)


def _lines(look: Look, seconds: float, output: Output, clock: Clock) -> NoReturn:
    page: PageDocument | None = None
    while True:
        page = look(page)
        _tell(page.environments[0], page, output)
        clock.wait(seconds)


def _tell(one: Environment, page: PageDocument, output: Output) -> None:
    output.line(line_of(one, page.at))
    if output.as_json:
        # One document on a line: whoever reads them takes line by line.
        sys.stdout.write(json.dumps(page.to_json(), ensure_ascii=False) + "\n")
    sys.stdout.flush()
