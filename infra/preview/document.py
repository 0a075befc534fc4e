"""The plan as `--json` shows it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.database.session import Session
from infra.ddl.statement import LIMITS, Hazard, Plan, Step
from infra.ddl.templates import catalog_query
from infra.errors import redact
from infra.preview.access import Difference
from infra.preview.items import Item


@dataclass(frozen=True)
class Size:
    """How much stands in a relation; the rows are the statistics' estimate."""

    bytes: int
    rows: int


def read_sizes(session: Session, items: Iterable[Item]) -> dict[str, Size]:
    """Return the size of every relation that a statement locks."""
    names = sorted({name for item in items for _, name in item.locks})
    rows = session.query(catalog_query("preview_sizes.sql"), {"names": names})
    return {row["name"]: Size(row["bytes"], row["rows"]) for row in rows}


def plan_document(
    items: Sequence[Item], differences: Sequence[Difference], sizes: Mapping[str, Size]
) -> dict[str, Any]:
    """Return what would be done, object by object, and what changes of who may do what."""
    return {
        "objects": [_item(item, sizes) for item in items],
        "hazards": {hazard.value: _names(items, hazard) for hazard in Hazard if _names(items, hazard)},
        "access": [{"sentence": item.sentence, "widens": item.widens} for item in differences],
    }


def _names(items: Iterable[Item], hazard: Hazard) -> list[str]:
    return [item.name for item in items if hazard in item.hazards]


def _item(item: Item, sizes: Mapping[str, Size]) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "object": item.identity,
        "action": item.action.value,
        "changes": [{"path": each.path, "before": each.before, "after": each.after} for each in item.changes],
        "steps": list(map(_step, item.steps)),
        "locks": [_lock(lock.value, name, sizes) for lock, name in item.locks],
        "rewrites": item.rewrites,
        "hazards": [hazard.value for hazard in item.hazards],
        "reversible": item.is_reversible,
        "back": _texts(item.back),
        "errors": list(map(str, item.errors)),
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "subject": step.subject,
        "summary": step.summary,
        "sql": [redact(statement.text) for statement in step.statements],
        "transactional": step.transactional,
        "lockTimeouts": list(LIMITS[step.waits].lock_timeouts),
        "keeps": step.keeps,
    }


def _lock(lock: str, name: str, sizes: Mapping[str, Size]) -> dict[str, Any]:
    size = sizes.get(name)
    return {
        "lock": lock,
        "relation": name,
        "bytes": size.bytes if size else 0,
        "rows": size.rows if size else 0,
    }


def _texts(plan: Plan) -> list[str]:
    return [redact(statement.text) for step in plan for statement in step.statements]
