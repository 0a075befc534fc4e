"""How long the pipeline's own read queries take on the server: each is run again and again, read-only."""

import time
from collections.abc import Iterator
from typing import Any, Final

from infra.database.metrics_rollup import metrics_query
from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.gates.figures import Figures, p95
from infra.gates.reading import read_only
from infra.pipeline.names import CREATOR

#: As monitoring and the service read, and as a creator does, if there is one.
SERVICE_PROBES: Final = ("overview", "stages", "metrics")
CREATOR_PROBES: Final = ("own", "overview")
#: Monitoring reads the metrics by their rollup, where there is one.
_BY_ROLLUP: Final = "metrics"
#: A probe that has been repeated for so long in all, the ways to the server included, is not repeated, in seconds.
BUDGET: Final = 15.0


def probe_figures(session: Session, runs: int) -> Figures:
    """Return the p95 of the slowest query, planning included, in milliseconds of the server."""
    times = {name: list(found) for name, found in _probe(session, runs)}
    slowest = max(times, key=lambda name: p95(times[name]))
    fewest = min(len(found) for found in times.values())
    return Figures((p95(times[slowest]),), fewest, detail=f"the slowest of {len(times)} queries is {slowest}")


def _probe(session: Session, runs: int) -> Iterator[tuple[str, Iterator[float]]]:
    with read_only(session):
        creator = session.one(catalog_query("gate_creator.sql"))
        for name in SERVICE_PROBES:
            yield name, _times(session, name, runs)
    if creator:
        with read_only(session, role=CREATOR, claims={"sub": creator["user"], "role": CREATOR}):
            for name in CREATOR_PROBES:
                yield f"{name} (as a creator)", _times(session, name, runs)


def _times(session: Session, name: str, runs: int) -> Iterator[float]:
    query = (
        metrics_query(session, f"gate_probe_{name}") if name == _BY_ROLLUP else catalog_query(f"gate_probe_{name}.sql")
    )
    begun = time.perf_counter()
    for number in range(runs):
        if number and time.perf_counter() - begun > BUDGET:
            return
        (plan,) = session.query(query)[0]["QUERY PLAN"]
        yield plan_milliseconds(plan)


def plan_milliseconds(plan: dict[str, Any]) -> float:
    """Return how long the server took for a statement that was explained and run, planning included."""
    return float(plan["Planning Time"]) + float(plan["Execution Time"])
