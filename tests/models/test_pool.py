"""The sum of all connections, and what the pooling refuses: every fault with its code, its place and the figures."""

from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from infra.models.amounts import milliseconds, seconds
from infra.models.base import faults_of
from infra.models.pool import DEPLOYER_CONNECTIONS, Mode, Placement, Pooling
from infra.models.pool_server import Platform
from infra.models.setting import Scope
from infra.pipeline.pooling import DEFAULTS

APPLICATION: Final = {"role": "app", "pool": 1}
ROOMY: Final = {"maxConnections": 20_000, "superuserReservedConnections": 3}


def pooling(**changes: Any) -> Pooling:
    plain = {"pools": {"app": {"size": 20}}, "application": APPLICATION}
    return Pooling.load(plain | changes)


def refused(**changes: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        pooling(**changes)
    return [str(error) for error in faults_of(caught.value, "pooling", Pooling)]


def test_the_defaults_are_the_guides() -> None:
    """20 pooled connections and more, 200 at the server, 20 in the application for 60 s, a cache of 300 s and 1000."""
    application = DEFAULTS.application
    assert DEFAULTS.kept >= 20
    assert (DEFAULTS.server.max_connections, DEFAULTS.server.shared_preload_libraries) == (200, ("pg_stat_statements",))
    assert (application.pool, application.idle, application.acquire) == (20, "60s", "60s")
    assert (seconds(application.cache.ttl), application.cache.entries) == (300, 1000)
    assert all(pool.mode is Mode.TRANSACTION for pool in DEFAULTS.pools.values())
    assert 5 <= seconds(DEFAULTS.pooler.query_wait_timeout) <= 10


def test_the_sum_is_written_out() -> None:
    """Anybody can add it up again: every pool, every factor, and what is kept for others."""
    found = pooling(
        replicas=2,
        databases=["one", "two", "three"],
        others=4,
        pools={"app": {"size": 7, "reserve": 2}, "api": {"size": 3}},
    )
    assert found.arithmetic() == (
        "2 poolers × 3 databases × (api 3 + app (7 + 2) + look-ups 1) = 78, + deployer 3 + others 4 + reserved 3 = 88"
    )
    assert (found.pooled, found.total, found.kept) == (78, 88, 60)
    assert (found.server_connections, found.clients, found.files) == (39, 1200, 1239)
    assert [(entry.database, entry.role) for entry in found.entries[:3]] == [
        ("one", "api"),
        ("one", "app"),
        ("two", "api"),
    ]


def test_one_pooler_for_all_replicas_counts_once() -> None:
    beside, shared = pooling(replicas=5), pooling(replicas=5, placement="shared")
    assert (beside.poolers, shared.poolers) == (5, 1)
    assert beside.pooled == 5 * shared.pooled


def test_the_platforms_pooler_looks_no_password_up_here() -> None:
    assert pooling(platform="supabase").pooled == pooling().pooled - 1


SIZES: Final = st.integers(1, 60)
POOLS: Final = st.dictionaries(
    st.sampled_from(["app", "api", "jobs", "monitor"]),
    st.fixed_dictionaries({"size": SIZES, "reserve": st.integers(0, 9), "clients": st.integers(60, 500)}),
    min_size=1,
)
ASKED: Final = st.fixed_dictionaries(
    {
        "pools": POOLS,
        "replicas": st.integers(1, 6),
        "databases": st.lists(st.sampled_from(["a", "b", "c"]), unique=True),
        "others": st.integers(0, 20),
        "placement": st.sampled_from([item.value for item in Placement]),
        "platform": st.sampled_from([item.value for item in Platform]),
        "limit": st.integers(20, 1500),
        "reserved": st.integers(0, 10),
    }
)


def _sum(asked: dict[str, Any]) -> int:
    """The same sum, opened connection by connection."""
    opened = 0
    for _ in range(asked["replicas"] if asked["placement"] == "beside" else 1):
        for _ in asked["databases"] or ["its own"]:
            opened += asked["platform"] == "plain"
            for pool in asked["pools"].values():
                opened += pool["size"] + pool["reserve"]
    return opened + DEPLOYER_CONNECTIONS + int(asked["others"]) + int(asked["reserved"])


@settings(max_examples=200, deadline=None)
@given(ASKED)
def test_a_pooling_stands_exactly_when_the_sum_fits(asked: dict[str, Any]) -> None:
    """Refused at one more than the server has, with the sum; accepted at the limit."""
    role = next(iter(asked["pools"]))
    server = {"maxConnections": asked["limit"], "superuserReservedConnections": asked["reserved"]}
    given = {key: value for key, value in asked.items() if key not in {"limit", "reserved"}}
    given |= {"server": server, "application": {"role": role, "pool": 1}}
    expected = _sum(asked)
    if expected <= asked["limit"]:
        assert Pooling.load(given).total == expected
        return
    with pytest.raises(ValidationError) as caught:
        Pooling.load(given)
    (error,) = faults_of(caught.value, "pooling", Pooling)
    assert (error.code, error.path) == ("POOL003", "pooling.pools")
    assert f"= {expected}, more than max_connections {asked['limit']}" in error.problem


def test_the_limit_may_be_reached_and_not_passed() -> None:
    """193, one that looks passwords up, three that deploy and three reserved are 200."""
    assert pooling(pools={"app": {"size": 193}}).total == 200
    (text,) = refused(pools={"app": {"size": 194}})
    assert "= 201, more than max_connections 200" in text


@settings(max_examples=50, deadline=None)
@given(POOLS, st.integers(1, 4))
def test_more_of_anything_is_never_a_smaller_sum(pools: dict[str, Any], replicas: int) -> None:
    role = next(iter(pools))
    plain = {"pools": pools, "application": {"role": role, "pool": 1}, "server": ROOMY}
    one, more = Pooling.load(plain), Pooling.load(plain | {"replicas": replicas, "others": 1, "databases": ["a", "b"]})
    assert more.total > one.total
    assert Pooling.load(more.dump()) == more, "the form on the wire loses nothing"


BAD: Final = [
    ({"pools": {"app": {"size": -1}}}, "POOL001 pooling.pools.app.size: -1 is not a number of connections"),
    ({"pools": {"app": {"size": 0}}}, "POOL001 pooling.pools.app.size: 0 is not a number of connections"),
    ({"pools": {"app": {"size": "20"}}}, "POOL001 pooling.pools.app.size: '20' is not a number of connections"),
    ({"pools": {"app": {"size": True}}}, "POOL001 pooling.pools.app.size: True is not a number of connections"),
    ({"pools": {"app": {"size": 2.5}}}, "POOL001 pooling.pools.app.size: 2.5 is not a number of connections"),
    ({"pools": {"app": {"size": float("nan")}}}, "POOL001 pooling.pools.app.size: nan is not a number"),
    ({"pools": {"app": {"size": 20, "clients": 19}}}, "POOL004 pooling.pools.app.clients: 19 clients could never use"),
    ({"pools": {"app": {"size": 20, "minimum": 21}}}, "POOL004 pooling.pools.app.minimum: 21 connections kept open"),
    (
        {"pools": {"app": {"size": 20, "clients": 1000, "mode": "session"}}},
        (
            "POOL002 pooling.pools.app.mode: in session mode 1000 clients on 20 connections (50:1) would mostly wait."
            " Allowed: transaction; session up to 5:1, here 100 clients. Fix: "
        ),
    ),
    (
        {"pools": {"app": {"size": 20, "mode": "statement"}}},
        "POOL002 pooling.pools.app.mode: 'statement' is not a mode: claims are set per transaction, and row security",
    ),
    (
        {"pools": {"app": {"size": 20, "reserve": 200, "clients": 300}}},
        (
            "POOL003 pooling.pools: 1 pooler × 1 database × (app (20 + 200) + look-ups 1) = 221,"
            " + deployer 3 + others 0 + reserved 3 = 227, more than max_connections 200. Allowed: 200 connections."
        ),
    ),
    ({"replicas": 0}, "POOL001 pooling.replicas: 0 is not a number of replicas"),
    ({"application": {"role": "web"}}, "POOL004 pooling.application.role: there is no pool of 'web'"),
    (
        {"application": {"role": "app", "pool": 50}, "replicas": 5, "placement": "shared"},
        (
            "POOL004 pooling.application.pool: 5 × 50 connections of the application are more than the pool's clients"
            " (250 > 200). Allowed: 200 clients, as pools.app.clients says. Fix: raise that to 250, or lower"
        ),
    ),
    ({"application": APPLICATION | {"cache": {"ttl": "0s"}}}, "POOL001 pooling.application.cache.ttl: '0s' is not"),
    ({"pooler": {"queryWaitTimeout": "11s"}}, "POOL001 pooling.pooler.queryWaitTimeout: '11s' is not a duration"),
    ({"pooler": {"queryWaitTimeout": "4s"}}, "POOL001 pooling.pooler.queryWaitTimeout: '4s' is not a duration"),
    ({"pooler": {"queryWaitTimeout": "5500ms"}}, "POOL001 pooling.pooler.queryWaitTimeout: '5500ms' is not"),
    ({"pooler": {"queryWaitTimeout": 5}}, "POOL001 pooling.pooler.queryWaitTimeout: 5 is not a duration"),
    ({"pooler": {"queryWaitTimeout": "5 seconds"}}, "POOL001 pooling.pooler.queryWaitTimeout: '5 seconds' is not"),
    ({"pooler": {"serverLifetime": "-1s"}}, "POOL001 pooling.pooler.serverLifetime: '-1s' is not a duration"),
    ({"pooler": {"port": 0}}, "POOL001 pooling.pooler.port: 0 is not a number of a port"),
    ({"pooler": {"reserveTimeout": "10s"}}, "POOL005 pooling.pooler.reserveTimeout: 10s does not end before"),
    ({"pooler": {"serverIdleTimeout": "2h"}}, "POOL005 pooling.pooler.serverIdleTimeout: 2h does not end before"),
    (
        {"application": APPLICATION | {"acquire": "5s"}},
        "POOL005 pooling.pooler.queryWaitTimeout: 10s does not end before acquire (5s) does, so that it would never",
    ),
    (
        {"server": {"roles": {"app": {"idleSessionTimeout": "5min"}}}},
        "POOL005 pooling.pooler.serverIdleTimeout: 10min does not end before app's idle_session_timeout (5min) does",
    ),
    ({"server": {"maxConnections": 5}}, "POOL001 pooling.server.maxConnections: 5 is not a number of connections"),
    ({"server": {"sharedPreloadLibraries": ["a", "a"]}}, "POOL001 pooling.server: shared_preload_libraries names a"),
    ({"server": {"roles": {"app": {"statementTimeout": "8"}}}}, "POOL001 pooling.server.roles.app.statementTimeout:"),
    ({"server": {"roles": {"postgres": {}}}}, "DEF001 pooling.server.roles.postgres.[key]: role 'postgres' is"),
    ({"pools": {"app": {"size": 20, "siez": 1}}}, "DEF005 pooling.pools.app.siez: unknown key 'siez'; did you mean"),
]


@pytest.mark.parametrize(("changes", "said"), BAD, ids=lambda value: str(value)[:60])
def test_refuses(changes: dict[str, Any], said: str) -> None:
    found = [text for text in refused(**changes) if text.startswith(said)]
    assert len(found) == 1, refused(**changes)
    assert " Fix: " in found[0]
    assert " Allowed: " in found[0] or "unknown key" in found[0]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    texts = refused(
        pools={"app": {"size": 300, "clients": 10}, "api": {"size": 1, "mode": "session"}},
        application={"role": "web"},
        pooler={"reserveTimeout": "10s"},
    )
    assert [text.split()[0] for text in texts] == ["POOL004", "POOL002", "POOL004", "POOL005", "POOL003"]


def test_session_mode_is_for_few_clients() -> None:
    assert pooling(pools={"app": {"size": 20, "mode": "session", "clients": 100}}).pools["app"].mode is Mode.SESSION


def test_the_server_is_told_by_settings() -> None:
    """Each role's timeouts, then what only a server of our own is told."""
    server = DEFAULTS.server
    assert [(item.target, item.parameter, item.value) for item in server.role_settings] == [
        ("pipeline_service", "statement_timeout", "8s"),
        ("pipeline_service", "idle_in_transaction_session_timeout", "30s"),
        ("pipeline_monitor", "statement_timeout", "5s"),
    ]
    assert all(item.scope is Scope.SYSTEM for item in server.system_settings)
    assert {item.parameter: item.value for item in server.system_settings} == {
        "max_connections": "200",
        "superuser_reserved_connections": "3",
        "shared_preload_libraries": "pg_stat_statements",
        "pg_stat_statements.max": "5000",
        "pg_stat_statements.track": "top",
        "pg_stat_statements.track_utility": "on",
    }


def test_durations_are_counted_up() -> None:
    assert [milliseconds(text) for text in ("500ms", "8s", "10min", "1h", "7d")] == [
        500,
        8000,
        600_000,
        3_600_000,
        604_800_000,
    ]
    assert [seconds(text) for text in ("500ms", "8s", "1001ms")] == [1, 8, 2]
    with pytest.raises(ValueError, match="8"):
        milliseconds("8")
