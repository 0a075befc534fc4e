"""What a stack file says of the pools, merged over the pipeline's own: a map is filled up, anything else replaced."""

from collections.abc import Iterator
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from infra.errors import RolloutError
from infra.models.pool import LEAST_POOLED, Pooling
from infra.pipeline.pooling import DEFAULTS

_DEFAULTS: Final = DEFAULTS.model_dump(mode="json", by_alias=True)


def merged(over: Any, given: Any) -> Any:
    """Return what is given laid over something: `null` in a map takes a key away."""
    if not (isinstance(over, dict) and isinstance(given, dict)):
        return given
    laid = over | {key: merged(over[key], value) if key in over else value for key, value in given.items()}
    taken = {key for key, value in laid.items() if value is None and isinstance(over.get(key), dict)}
    return {key: value for key, value in laid.items() if key not in taken}


#: The key `pooling` of a stack file.
PoolingSettings = Annotated[
    Pooling, BeforeValidator(lambda given: merged(_DEFAULTS, given)), Field(default_factory=lambda: DEFAULTS)
]


def pooling_faults(pooling: Pooling, *, protect: bool) -> Iterator[RolloutError]:
    """Yield what a protected stack is held to: the guide's number of pooled connections."""
    if protect:
        yield from _too_few(pooling)


def pooling_warnings(pooling: Pooling, *, protect: bool) -> Iterator[RolloutError]:
    """Yield the same as warnings where nothing is protected."""
    if not protect:
        yield from _too_few(pooling)


def _too_few(pooling: Pooling) -> Iterator[RolloutError]:
    if pooling.kept < LEAST_POOLED:
        sizes = " + ".join(f"{role} {pool.size}" for role, pool in sorted(pooling.pools.items()))
        problem = f"{pooling.poolers} × {pooling.database_count} × ({sizes}) = {pooling.kept} pooled connections"
        allowed = f"{LEAST_POOLED} and more, as the guide asks"
        yield RolloutError("POOL006", "pooling.pools", problem, allowed=allowed, fix="raise a pool's size")
