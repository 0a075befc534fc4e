"""The pipeline any number of times over: each of the seven tables under further names, with all that belongs to it.

A copy has what its table has: columns, keys, checks, policies, indexes, triggers with their functions, grants, the view
and the function over it. It refers to its own siblings. What is there once, roles and the rollout itself, stays once.
"""

import os
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeVar

from infra.config.definition import define_pipeline
from infra.config.stack import StackConfig
from infra.models.base import Model
from infra.models.definition import Definition
from infra.models.index import Index, IndexColumn
from infra.pipeline.functions import FUNCTIONS
from infra.pipeline.tables import TABLES
from infra.pipeline.views import VIEWS

TIMES_VARIABLE: Final = "BENCH_TIMES"
ONE_MORE_VARIABLE: Final = "BENCH_ONE_MORE"
M = TypeVar("M", bound=Model)

#: What a change of one object is measured with: an index more, on the first of the seven tables.
ONE_MORE: Final = Index(
    table=TABLES[0].name, name="creator_profiles_referral_source_idx", columns=(IndexColumn(name="referral_source"),)
)
_KINDS: Final = ("tables", "functions", "policies", "indexes", "views", "triggers", "grants")
_RELATIONS: Final = frozenset({*(table.identity for table in TABLES), *(view.identity for view in VIEWS)})
_ROUTINES: Final = frozenset(function.identity for function in FUNCTIONS)
_NAMES: Final = (*(item.name for item in TABLES), *(item.name for item in VIEWS), *(item.name for item in FUNCTIONS))
_OURS: Final = re.compile("|".join(sorted(_NAMES, key=len, reverse=True)))


def suffix(number: int) -> str:
    """Return what is put behind a name in a copy: short, as names have 63 bytes and some are put together of two."""
    return f"_{number:02x}"


def scaled(definition: Definition, times: int, *, one_more: bool = False) -> Definition:
    """Return the definition with the seven tables so many times, and with an index more if that is to be added."""
    wider = {kind: tuple(_copies(getattr(definition, kind), times)) for kind in _KINDS}
    if one_more:
        wider["indexes"] += (ONE_MORE,)
    return Definition.model_validate({name: getattr(definition, name) for name in Definition.model_fields} | wider)


def _copies(items: Iterable[M], times: int) -> Iterator[M]:
    """Yield the objects, and then those that belong to the seven tables again and again."""
    items = tuple(items)
    yield from items
    ours = tuple((type(item), item.dump()) for item in items if _is_ours(item))
    for number in range(2, times + 1):
        yield from (kind.load(_renamed(properties, suffix(number))) for kind, properties in ours)


def _is_ours(item: Model) -> bool:
    """Whether an object is one of the seven tables, or belongs to one of them."""
    names = {getattr(item, name, None) for name in ("identity", "relation", "object_name")}
    return bool(names & (_RELATIONS | _ROUTINES))


def _renamed(value: Any, suffix: str) -> Any:
    match value:
        case str():
            return _OURS.sub(lambda found: f"{found[0]}{suffix}", value)
        case list():
            return [_renamed(item, suffix) for item in value]
        case dict():
            return {key: _renamed(item, suffix) for key, item in value.items()}
        case _:
            return value


def define_scaled(config: StackConfig) -> Definition:
    """Return the definition of a bench project; how large it is stands in the environment."""
    one_more = os.environ.get(ONE_MORE_VARIABLE) == "yes"
    return scaled(define_pipeline(config), int(os.environ.get(TIMES_VARIABLE, "1")), one_more=one_more)
