"""The key `pooling` of a stack file: laid over the pipeline's defaults, and every fault with its path."""

from typing import Any, Final

import pytest

from infra.pipeline.pooling import DEFAULTS
from tests.test_config import GOOD, read, refused

FREE: Final = GOOD | {"protect": False}


def test_a_stack_that_says_nothing_has_the_defaults_for_its_database() -> None:
    found = read(GOOD).pooling
    assert found == DEFAULTS.at("app")
    assert {entry.database for entry in found.entries} == {"app"}


def test_a_map_is_filled_up_and_a_list_replaced() -> None:
    """One figure can be said alone; what stands beside it in the defaults stays."""
    given = {"pools": {"pipeline_service": {"size": 30}}, "server": {"sharedPreloadLibraries": ["auto_explain"]}}
    found = read(GOOD | {"pooling": given}).pooling
    assert found.pools["pipeline_service"] == DEFAULTS.pools["pipeline_service"].model_copy(update={"size": 30})
    assert found.pools["authenticator"] == DEFAULTS.pools["authenticator"]
    assert found.server.shared_preload_libraries == ("auto_explain",)
    assert found.server.roles == DEFAULTS.server.roles


def test_a_pool_is_taken_away_by_null() -> None:
    found = read(GOOD | {"pooling": {"pools": {"authenticator": None}}}).pooling
    assert set(found.pools) == {"pipeline_service", "pipeline_monitor"}


REFUSALS: Final = [
    ({"replicas": 4}, "POOL003 pooling.pools: 4 poolers × 1 database × (authenticator (20 + 5) + pipeline_monitor 2 +"),
    (
        {"pools": {"pipeline_service": {"siez": 3}}},
        "CFG003 pooling.pools.pipeline_service: unknown key 'siez'; did you",
    ),
    ({"pools": {"jobs": {}}}, "CFG004 pooling.pools.jobs.size: it is missing."),
    ({"pools": {"pipeline_service": 5}}, "CFG002 pooling.pools.pipeline_service: a whole number where a map is expec"),
    (
        {"platform": "aws"},
        "CFG002 pooling.platform: a value that is not allowed (\"aws\"). Allowed: 'plain', 'supabase'",
    ),
    ([], "CFG002 pooling: a list where a map is expected ([]). Allowed: the keys platform, replicas,"),
    ({"pooler": {"queryWaitTimeout": "1min"}}, "POOL001 pooling.pooler.queryWaitTimeout: '1min' is not a duration"),
    (
        {"pools": {"authenticator": None, "pipeline_service": {"size": 5}}},
        (
            "POOL006 pooling.pools: 1 × 1 × (pipeline_monitor 2 + pipeline_service 5) = 7 pooled connections."
            " Allowed: 20 and more, as the guide asks. Fix: raise a pool's size."
        ),
    ),
]


@pytest.mark.parametrize(("given", "said"), REFUSALS, ids=lambda value: str(value)[:50])
def test_refuses(given: Any, said: str) -> None:
    (text,) = refused(GOOD | {"pooling": given})
    assert text.startswith(said), text


def test_where_nothing_is_protected_a_small_pool_is_a_warning() -> None:
    config = read(FREE | {"pooling": {"pools": {"authenticator": None, "pipeline_service": {"size": 5}}}})
    assert [warning.code for warning in config.warnings] == ["POOL006"]
