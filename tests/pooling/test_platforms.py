"""What the same pools come to at Supabase's pooler and at RDS Proxy, and what the sum there is."""

import json
import shlex
from typing import Any, Final

import pytest

from infra.models.pool import Pooling
from infra.pipeline.pooling import DEFAULTS
from infra.pooling.platforms import Setup, setups

PLAIN: Final = DEFAULTS.dump()


def found(**changes: Any) -> dict[str, Setup]:
    return {setup.title: setup for setup in setups(Pooling.load(PLAIN | changes))}


def test_supabase_is_told_one_size_and_its_sum() -> None:
    """Each role has the largest size there, so that the sum is another one than that of the pools."""
    server, pooler = found(platform="supabase", placement="shared").values()
    assert server.figures == {"max_connections": "200"}
    assert "postgres-config update --config max_connections=200" in server.command
    assert pooler.figures == {"default_pool_size": 25}
    assert "3 × 25 = 75 connections at most, of max_connections 200" in pooler.notes[0]
    words = shlex.split(pooler.command)
    assert words[:3] == ["curl", "-X", "PATCH"]
    assert words[3].startswith("https://api.supabase.com/v1/projects/")
    assert json.loads(words[-1]) == {"default_pool_size": 25}
    assert not any("placement" in note for note in pooler.notes)
    assert any("placement: shared" in note for note in found(platform="supabase")[pooler.title].notes)


def test_rds_is_told_its_parameters_and_its_proxys_shares() -> None:
    """52 pooled connections of 200 are 26 %; what a restart is needed for says so; claims pin."""
    group, proxy = found(platform="rds", placement="shared").values()
    words = shlex.split(group.command)
    assert "ParameterName=max_connections,ParameterValue='200',ApplyMethod=pending-reboot" in words
    assert "ParameterName=pg_stat_statements.track,ParameterValue='top',ApplyMethod=immediate" in words
    assert "superuser_reserved_connections" not in group.command
    assert proxy.figures == {
        "MaxConnectionsPercent": 26,
        "MaxIdleConnectionsPercent": 2,
        "ConnectionBorrowTimeout": 10,
    }
    assert shlex.split(proxy.command)[-1] == (
        "MaxConnectionsPercent=26,MaxIdleConnectionsPercent=2,ConnectionBorrowTimeout=10"
    )
    assert "410 clients on 42 connections are 9.76:1" in proxy.notes[1]


@pytest.mark.parametrize("limit", [200, 333, 5000, 20_000])
def test_the_proxys_share_never_passes_the_pools(limit: int) -> None:
    """It is rounded down; RDS takes no less than one in a hundred."""
    proxy = found(platform="rds", placement="shared", server={"maxConnections": limit})["RDS Proxy"]
    share = proxy.figures["MaxConnectionsPercent"]
    assert share == 1 or share * limit / 100 <= 52
    assert proxy.figures["MaxIdleConnectionsPercent"] <= share


def test_a_server_of_ones_own_is_told_by_up_or_by_these_statements() -> None:
    server, pooler = found().values()
    statements = server.command.split(";\n  ")
    assert statements[0] == "ALTER SYSTEM SET max_connections = '200'"
    assert statements[-1] == "SELECT pg_catalog.pg_reload_conf();"
    assert len(statements) == len(server.figures) + 1
    assert pooler.figures == {"authenticator": 25, "pipeline_monitor": 2, "pipeline_service": 25}
