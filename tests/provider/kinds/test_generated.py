"""Whatever is declared, of every kind: made twice it is as made once, and reads back equal from the catalog."""

from collections.abc import Iterator

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from infra.models.base import Model
from infra.models.cohort import Cohort
from infra.models.index import Index
from infra.models.partitions import Partitions
from infra.models.policy import Policy
from infra.provider.kinds import all_handlers
from infra.provider.kinds.base import Kind
from tests.clusters import Servers
from tests.provider.kinds.bench import Bench
from tests.provider.kinds.generated import ROLE, definitions, rollouts
from tests.provider.kinds.twice import FEW, MANY, SETTINGS, Recorded

SOMEBODY = "8b3f7f1e-0000-4000-8000-000000000000"
_WITHOUT_SHRINKING = settings(phases=[Phase.generate])


@pytest.fixture(scope="module")
def shared(servers: Servers) -> Iterator[Recorded]:
    """One database for all examples, which each example leaves as it was."""
    server = servers.get("18")
    bench = Bench(server.create_database())
    yield Recorded(bench)
    bench.close()
    server.reset()


def _clear(bench: Bench) -> None:
    bench.admin(
        "DROP TABLE IF EXISTS public.generated, public.generated_parent CASCADE",
        "DROP FUNCTION IF EXISTS pipeline_private.generated, pipeline_private.generated_touch",
        f"DO $$ BEGIN DROP OWNED BY {ROLE}; EXCEPTION WHEN undefined_object THEN END $$",
        f"DROP ROLE IF EXISTS {ROLE}",
        "ALTER DATABASE eden_academy RESET work_mem",
        "ALTER SYSTEM RESET deadlock_timeout",
        "SELECT pg_reload_conf()",
    )


def _try(shared: Recorded, models: list[Model]) -> None:
    try:
        shared.made_twice_is_made_once(models)
    finally:
        _clear(shared.bench)


@settings(SETTINGS, max_examples=FEW)
@given(models=definitions())
def test_made_twice_is_made_once(shared: Recorded, models: list[Model]) -> None:
    _try(shared, models)


@pytest.mark.full
@settings(SETTINGS, max_examples=MANY)
@given(models=definitions())
def test_made_twice_is_made_once_often(shared: Recorded, models: list[Model]) -> None:
    _try(shared, models)


def test_every_kind_is_among_them() -> None:
    """A new kind of object needs a strategy; months, which need the whole pipeline, have a test of their own."""
    kinds = {handler.model for handler in all_handlers() if isinstance(handler, Kind)} - {Partitions}
    drawn = (
        *find(definitions(), _is_whole, settings=_WITHOUT_SHRINKING),
        *find(rollouts(st.just(SOMEBODY)), _is_whole, settings=_WITHOUT_SHRINKING),
    )
    assert {type(model) for model in drawn} == kinds


def _is_whole(models: list[Model]) -> bool:
    return {Policy, Index} <= {type(model) for model in models} or Cohort in map(type, models)
