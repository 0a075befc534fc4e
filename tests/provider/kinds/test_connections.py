"""The pools against the server: what shrinks, what is in use, and what does not fit, each with the whole sum."""

from contextlib import ExitStack
from typing import Any

import pytest

from infra.errors import RolloutError, RolloutErrors
from infra.models.connections import Connections
from infra.provider.handler import Properties
from infra.provider.kinds.connections import IDENTITY, ConnectionsKind
from tests.provider.kinds.bench import Bench

KIND = ConnectionsKind()


def pools(size: int = 20, **changes: Any) -> Properties:
    plain = {
        "databases": ["eden_academy"],
        "pools": {"deployer": {"size": size, "reserve": 5}},
        "application": {"role": "deployer", "pool": 1},
    }
    return Connections.load(plain | changes).dump()


def hold(bench: Bench, new: Properties, old: Properties | None = None, *, preview: bool = True) -> list[RolloutError]:
    try:
        if old is None:
            KIND.create(bench.call(preview=preview), new)
        else:
            KIND.update(bench.call(preview=preview), IDENTITY, old, new)
    except RolloutErrors as errors:
        return list(errors.errors)
    return []


def warned(bench: Bench) -> list[str]:
    return [text for severity, text in bench.lines if severity == "warning"]


@pytest.mark.parametrize("preview", [True, False])
def test_a_shrinking_pool_is_refused_with_both_sums(bench: Bench, *, preview: bool) -> None:
    """What is left out of the pools counts as gone, and a larger sum hides no smaller pool."""
    before = pools(20)
    (error,) = hold(bench, pools(10), before, preview=preview)
    assert str(error) == (
        "POOL007 pooling.pools: pools shrink: deployer 25 → 15. "
        "Before: 1 pooler × 1 database × (deployer (20 + 5) + look-ups 1) = 26, + deployer 3 + others 0 + reserved 3"
        " = 32. Now: 1 pooler × 1 database × (deployer (10 + 5) + look-ups 1) = 16, + deployer 3 + others 0 + reserved"
        " 3 = 22. Allowed: pools as large as before and as what is in use. "
        "Fix: leave the pools as they are; to go on all the same, write `shrinkTo: 16` below `pooling`."
    )
    larger = {"deployer": {"size": 19, "reserve": 5}, "other": {"size": 30}}
    (error,) = hold(bench, pools(pools=larger), before, preview=preview)
    assert "deployer 25 → 24." in error.problem
    (error,) = hold(
        bench, pools(pools={"other": {"size": 30}}, application={"role": "other", "pool": 1}), before, preview=preview
    )
    assert "deployer 25 → 0." in error.problem
    assert hold(bench, pools(21), before, preview=preview) == []
    assert bench.lines == []


def test_shrinking_on_purpose_is_a_hazard_that_names_the_sum(bench18: Bench) -> None:
    """Said to the figure: what was said for one sum does not let another one through."""
    assert hold(bench18, pools(10, shrinkTo=16), pools(20)) == []
    assert [text.split(": ")[0] for text in warned(bench18)] == ["[CAPACITY_NARROWED] POOL007 pooling.pools"]
    (error,) = hold(bench18, pools(9, shrinkTo=16), pools(20))
    assert error.code == "POOL007"


def test_what_is_in_use_now_counts(bench18: Bench) -> None:
    """More sessions are open than the pools may come to: the next ones would wait for nothing."""
    with ExitStack() as stack:
        for _ in range(7):
            stack.enter_context(bench18.database.connect(user="deployer"))
        tight = pools(pools={"deployer": {"size": 3}})
        (error,) = hold(bench18, tight)
        assert error.code == "POOL007"
        assert "more connections are open now than the pools may come to: deployer " in error.problem
        assert " > 3. Pools: 1 pooler × 1 database × (deployer 3 + look-ups 1) = 4" in error.problem
        assert hold(bench18, pools()) == []


def test_what_the_server_has_not_is_refused_with_the_sum(bench: Bench) -> None:
    """The live limit decides, though the stack file declares more and the value may be waiting already."""
    wide = pools(300, server={"maxConnections": 1000}, pools={"deployer": {"size": 300, "clients": 300}})
    (error,) = hold(bench, wide)
    assert error.code == "POOL003"
    assert error.problem.endswith(
        "(deployer 300 + look-ups 1) = 301, + deployer 3 + others 0 + reserved 3 = 307,"
        " more than the server's max_connections 200"
    )
    assert "raise server.maxConnections alone first" in error.fix
    bench.admin("ALTER SYSTEM SET max_connections = 1000", "SELECT pg_reload_conf()")
    bench.reopen()
    (error,) = hold(bench, wide)
    assert "restart the server, which has another limit waiting" in error.fix


def test_the_limit_is_reached_and_not_passed(bench18: Bench) -> None:
    """200 less 3 for the deploy, 3 for superusers and one that looks passwords up leaves 193."""
    server = {"maxConnections": 1000}
    fits = {"deployer": {"size": 193}}
    assert hold(bench18, pools(pools=fits, server=server)) == []
    (error,) = hold(bench18, pools(pools={"deployer": {"size": 194}}, server=server))
    assert "= 201, more than the server's max_connections 200" in error.problem


def test_a_server_that_became_too_small_is_told_when_the_state_is_refreshed(bench18: Bench) -> None:
    known = pools(pools={"deployer": {"size": 300, "clients": 300}}, server={"maxConnections": 1000})
    snapshot = KIND.read(bench18.call(), IDENTITY, known)
    assert snapshot is not None
    assert snapshot.inputs == known
    assert [text.split()[0] for text in warned(bench18)] == ["POOL003"]
    assert KIND.read(bench18.call(), IDENTITY, None) is None
    assert KIND.read(bench18.call(), "another", known) is None


def test_the_platforms_own_limit_is_told_beside_the_declared_one(bench18: Bench) -> None:
    assert hold(bench18, pools(platform="supabase", server={"maxConnections": 120})) == []
    ((severity, text),) = bench18.lines
    assert (severity, text.startswith("max_connections is 200 here and 120 in the stack file; supabase")) == (
        "info",
        True,
    )


def test_the_declared_sum_is_checked_without_a_database() -> None:
    given = pools() | {"replicas": 20.0}
    (problem,) = KIND.check(given)
    assert (problem.path, problem.error.code) == ("pools", "POOL003")
    assert KIND.check(pools()) == []


def test_numbers_arrive_as_floats_and_are_no_change() -> None:
    given = pools()
    floats = given | {"pools": {"deployer": {"size": 20.0, "reserve": 5.0, "clients": 200.0}}}
    assert KIND.diff(given, floats) == []
    assert [change.path for change in KIND.diff(given, pools(21))] == ["pools.deployer.size"]
