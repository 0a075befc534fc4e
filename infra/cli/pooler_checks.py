"""The pooler as a line of a list: whether anybody waits, and what its version is known for."""

from collections.abc import Iterator

from infra.cli.pool_reading import find_console
from infra.database.console import open_console
from infra.errors import RolloutError
from infra.pooling.status import PoolerState, read_state
from infra.pooling.versions import spell
from infra.preflight.report import Check, Outcome, joined, judged


def pooler_checks(name: str) -> Iterator[Check]:
    """Yield how the pooler of a stack fares; one line that says why where it cannot be asked."""
    try:
        target, local = find_console(name)
        with open_console(target) as console:
            state = read_state(console, local=local)
    except RolloutError as error:
        yield Check("pooling", "the pooler", Outcome.SKIPPED, error.problem, "", error.fix)
        return
    yield _saturation(state)
    holes = [f"{hole.fix.name} (mended in {spell(hole.fix.since)})" for hole in state.holes]
    fix = "update PgBouncer, unless its package has the fixes: `rollout pool status` says of each"
    check = Check("pooling", "known holes", Outcome.WARNED, joined(holes, most=len(holes)), "none", fix)
    yield judged(check, fine=not state.holes, otherwise=Outcome.WARNED)


def _saturation(state: PoolerState) -> Check:
    full = [f"{pool.role}@{pool.database}" for pool in state.pools if pool.saturated]
    found = joined(
        full, f"PgBouncer {state.version}, {state.clients} of {state.max_clients} clients, nobody waits long"
    )
    check = Check("pooling", "the pooler", Outcome.WARNED, found, "no pool is used up", "enlarge the pools named")
    return judged(check, fine=not full, otherwise=Outcome.WARNED)
