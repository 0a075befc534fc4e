"""How large the page of a rollout in phase 3 is, and how long it takes: to look, to write, and to load in a browser.

Run with ``python -m bench.page``. It makes a PostgreSQL of its own with a population, and takes it away; the browser is
Debian's Chromium (`make deps`), started once, each load in a context of its own. `--metrics N` adds so many rows of
metrics of the last days, which is what looking has to read.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, Final, LiteralString

from playwright.sync_api import sync_playwright

from bench.ground import Ground, ground
from bench.sections import Mark, Row, Section, Spread

MOST_MILLISECONDS: Final = 1000.0
MOST_BYTES: Final = 1_000_000
_RUNS: Final = 15
_MANY: Final[LiteralString] = """
INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value, recorded_at)
SELECT p.id, 'conversion', 'stage_completion', 1, now() - random() * interval '30 days'
  FROM (SELECT id FROM public.creator_profiles LIMIT 1) AS p, generate_series(1, %(rows)s) AS n
"""


def measure(*, quick: bool) -> Section:
    """Return how long the page takes to load, against a page of nothing, and how large it is."""
    with tempfile.TemporaryDirectory(prefix="rollout-bench-") as folder, ground(Path(folder)) as made:
        figures, empty = _measure(made, 3 if quick else _RUNS, 0), Path(folder) / "empty.html"
        empty.write_text("<!doctype html><title>empty</title>", encoding="utf-8")
        floor = Spread.of(_loads(empty, 3 if quick else _RUNS))
    loads = Spread.of(figures["loads"])
    size = Spread.of([figures["bytes"] / 1000], "kB")
    limit = Spread.of([MOST_BYTES / 1000], "kB")
    rows = (
        Row("the page loads", loads, "an empty page", floor, Mark.at_most(MOST_MILLISECONDS)),
        Row("its size", size, "what it may have", limit, Mark.ratio_at_most(1)),
    )
    text = "The page of a rollout in phase 3 with 40 creators, in Chromium, each load in a context of its own."
    return Section("The page", text, rows, "python -m bench.page")


def main() -> int:
    """Measure, show the figures, and return 1 where one is more than it may be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=_RUNS)
    parser.add_argument("--metrics", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rollout-bench-") as folder, ground(Path(folder)) as made:
        figures = _measure(made, options.runs, options.metrics)
    within = figures["loadMilliseconds"]["worst"] < MOST_MILLISECONDS and figures["bytes"] < MOST_BYTES
    _show(figures | {"within": within}, as_json=options.json)
    return 0 if within else 1


def _measure(made: Ground, runs: int, metrics: int) -> dict[str, Any]:
    made.enter(3)
    for command in (("up", "--yes"), ("demo", "--yes", "--creators", "40")):
        ended = made.rollout(*command)
        if ended.code:
            raise RuntimeError(ended.said)
    if metrics:
        made.sql(_MANY, "ANALYZE", values={"rows": metrics})
    written = made.rollout("report", "--out", "page.html")
    if written.code:
        raise RuntimeError(written.said)
    page = made.project / "page.html"
    loads = _loads(page, runs)
    return {
        "reportSeconds": round(written.seconds, 2),
        "bytes": page.stat().st_size,
        "loadMilliseconds": {"median": round(median(loads), 1), "worst": round(max(loads), 1)},
        "loads": loads,
        "runs": runs,
        "metricRows": metrics,
        "load": [round(one, 1) for one in os.getloadavg()],
    }


def _loads(page: Path, runs: int) -> list[float]:
    """Return how long each load took, from the command to the end of the load event, in milliseconds."""
    found = []
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.getuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        for _ in range(runs):
            context = browser.new_context()
            shown = context.new_page()
            begun = time.perf_counter()
            shown.goto(page.as_uri())
            found.append(1000 * (time.perf_counter() - begun))
            context.close()
        browser.close()
    return found


def _show(figures: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(figures, indent=2) + "\n")
        return
    loads = figures["loadMilliseconds"]
    sys.stdout.write(
        f"the page has {figures['bytes'] / 1000:.0f} kB; `rollout report` took {figures['reportSeconds']} s\n"
        f"it loads in {loads['median']:.0f} ms (worst of {figures['runs']}: {loads['worst']:.0f} ms)"
        f" with a machine's load of {figures['load'][0]}\n"
    )


if __name__ == "__main__":
    sys.exit(main())
