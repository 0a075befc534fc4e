"""How much stands in what a plan locks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.preview.items import Item


@dataclass(frozen=True)
class Size:
    """How much stands in a relation; the rows are the statistics' estimate."""

    bytes: int = 0
    rows: int = 0


Sizes = Mapping[str, Size]


def read_sizes(session: Session, items: Iterable[Item]) -> dict[str, Size]:
    """Return the size of every relation that a statement locks."""
    names = sorted({name for item in items for _, name in item.locks})
    rows = session.query(catalog_query("preview_sizes.sql"), {"names": names})
    return {row["name"]: Size(row["bytes"], row["rows"]) for row in rows}
