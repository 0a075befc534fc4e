"""What stands otherwise than the definition has it, looked at with the handlers that `up` uses; nothing is planned."""

from collections.abc import Iterator
from typing import Any

from infra.database.beside import read_beside
from infra.database.workspace import Workspace
from infra.drift.beside import known_from
from infra.drift.finding import Finding
from infra.drift.objects import findings
from infra.models.base import Model
from infra.models.definition import Definition
from infra.provider.kinds import all_handlers
from infra.provider.kinds.base import Kind
from infra.report.page.model import DriftLine

_OBJECTS = ("roles", "tables", "functions", "policies", "indexes", "triggers", "views", "grants", "settings")


def read_drift(workspace: Workspace, definition: Definition) -> tuple[DriftLine, ...]:
    """Return what stands otherwise than declared, incidents first. Nothing is changed.

    Raises:
        RolloutError: as a handler's look does.
    """
    found = dict.fromkeys((*_objects(workspace, definition), *_beside(workspace, definition)))
    lines = [DriftLine(object=one.path, sentence=one.sentence, incident=one.weakened) for one in found]
    return tuple(sorted(lines, key=lambda line: not line.incident))


def _objects(workspace: Workspace, definition: Definition) -> Iterator[Finding]:
    handlers: dict[type[Model], Kind[Any]] = {one.model: one for one in all_handlers() if isinstance(one, Kind)}
    for model in _models(definition):
        handler = handlers[type(model)]
        spelling = workspace.record.spelling(handler.name, handler.identity(model))
        seen = handler.look(workspace, model, spelling)
        yield from findings(model, seen.model if seen is not None and seen.present else None)


def _models(definition: Definition) -> Iterator[Model]:
    for name in _OBJECTS:
        yield from getattr(definition, name)


def _beside(workspace: Workspace, definition: Definition) -> tuple[Finding, ...]:
    """Return who may act as our roles undeclared, and what those roles were given besides."""
    declared: dict[str, list[dict[str, Any]]] = {}
    for model in (*_models(definition), *definition.schemas):
        declared.setdefault(type(model).__name__, []).append(model.dump())
    members = [{"grantRole": one.role, "role": one.member} for one in definition.memberships]
    return read_beside(workspace.session, known_from(declared | {"GrantRole": members})).incidents
