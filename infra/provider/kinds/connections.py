"""The handler of all pools' connections: a preview shows what shrinks and what does not fit; nothing is changed."""

from collections.abc import Iterator
from typing import Any, Final

from pydantic import ValidationError

from infra.database.pools import Room, read_in_use, read_room
from infra.database.preflight import require_cluster
from infra.database.workspace import Workspace
from infra.ddl.statement import Hazard
from infra.errors import RolloutError, RolloutErrors
from infra.models.base import faults_of
from infra.models.connections import Connections
from infra.models.pool import DEPLOYER_CONNECTIONS
from infra.models.pool_server import Platform
from infra.provider.handler import Call, Problem, Properties, PropertyChange, Snapshot
from infra.provider.kinds.differences import differences, holds_unknown
from infra.provider.kinds.schema import MODULE, named_types, resource_schema

#: A database has one.
IDENTITY: Final = "connections"
_LABEL: Final = "pooling"


class ConnectionsKind:
    """The sum of a database's pools. Its state is what the pools were, so that a preview sees them shrink."""

    token: str = f"{MODULE}:{Connections.__name__}"
    secrets: frozenset[str] = frozenset()

    def schema(self) -> dict[str, Any]:
        """Return the resource's part of the package schema."""
        return resource_schema(Connections)

    def types(self) -> dict[str, Any]:
        """Return the named types that the schema refers to."""
        return named_types(Connections)

    def identify(self, inputs: Properties) -> str | None:
        """Return what tells it from another: a program declares one."""
        return None if holds_unknown(inputs) else IDENTITY

    def check(self, inputs: Properties) -> list[Problem]:
        """Return every problem that can be seen without a database, the declared sum's included."""
        if holds_unknown(inputs):
            return []
        try:
            Connections.load(inputs)
        except ValidationError as error:
            faults = faults_of(error, _LABEL, Connections)
            return [Problem(fault.path.removeprefix(_LABEL).lstrip("."), fault) for fault in faults]
        return []

    def diff(self, old: Properties, new: Properties) -> list[PropertyChange]:
        """Return what changes, property by property; defaults that are written out are no change."""
        return differences(_normal(old), _normal(new), frozenset())

    def create(self, call: Call, inputs: Properties) -> Snapshot:
        """Hold the pools against the server, and against who is connected now."""
        return _hold(call, inputs, None)

    def update(self, call: Call, identity: str, old: Properties, new: Properties) -> Snapshot:
        """Hold the pools against the server, against who is connected now, and against what they were."""
        del identity
        return _hold(call, new, old)

    def read(self, call: Call, identity: str, inputs: Properties | None) -> Snapshot | None:
        """Return the inputs; when the server has become too small for them since, say so."""
        if identity != IDENTITY or inputs is None:
            return None
        workspace = _workspace_of(call)
        known = _known(inputs)
        if known is not None:
            for fault in _too_many(known, read_room(workspace.session)):
                call.log("warning", str(fault))
        return Snapshot(identity, inputs, inputs | {"cluster": workspace.cluster})

    def delete(self, call: Call, identity: str, inputs: Properties) -> None:
        """Do nothing: there is nothing of it in the database."""


def _hold(call: Call, inputs: Properties, old: Properties | None) -> Snapshot:
    if holds_unknown(inputs):
        return Snapshot("", inputs, inputs)
    workspace, wanted = _workspace_of(call), Connections.load(inputs)
    room = read_room(workspace.session)
    narrowed = [*_shrinking(wanted, _known(old)), *_below_use(wanted, read_in_use(workspace.session, wanted.databases))]
    faults = [*_too_many(wanted, room)]
    if wanted.shrink_to != wanted.pooled:
        faults += narrowed
    if faults:
        raise RolloutErrors(faults)
    for fault in narrowed:
        call.log("warning", f"[{Hazard.CAPACITY_NARROWED}] {fault}")
    if call.preview and wanted.platform is not Platform.PLAIN:
        _tell_difference(call, wanted, room)
    return Snapshot(IDENTITY, inputs, inputs | {"cluster": workspace.cluster})


def _shrinking(wanted: Connections, before: Connections | None) -> Iterator[RolloutError]:
    roles = list(wanted.shrinking(before)) if before else []
    if before and roles:
        problem = f"pools shrink: {', '.join(roles)}. Before: {before.arithmetic()}. Now: {wanted.arithmetic()}"
        yield _narrowed(problem, wanted)


def _below_use(wanted: Connections, used: dict[str, int]) -> Iterator[RolloutError]:
    """Yield the roles that have more connections open now than all their pools may come to."""
    over = {role: used[role] for role in sorted(wanted.pools) if used.get(role, 0) > wanted.of_role(role)}
    if over:
        shown = ", ".join(f"{role} {count} > {wanted.of_role(role)}" for role, count in over.items())
        problem = f"more connections are open now than the pools may come to: {shown}. Pools: {wanted.arithmetic()}"
        yield _narrowed(problem, wanted)


def _narrowed(problem: str, wanted: Connections) -> RolloutError:
    fix = f"leave the pools as they are; to go on all the same, write `shrinkTo: {wanted.pooled}` below `pooling`"
    allowed = "pools as large as before and as what is in use"
    return RolloutError("POOL007", f"{_LABEL}.pools", problem, allowed=allowed, fix=fix)


def _too_many(wanted: Connections, room: Room) -> Iterator[RolloutError]:
    """Yield the sum when it is more than the server has now, whatever it will have after a restart."""
    total = wanted.pooled + DEPLOYER_CONNECTIONS + wanted.others + room.reserved
    if total <= room.room:
        return
    problem = f"{wanted.arithmetic(room.reserved)}, more than the server's max_connections {room.room}"
    waits = "restart the server, which has another limit waiting" if room.pending else _raising(wanted)
    fix = f"lower the pools' sizes or the replicas, or {waits}, and then enlarge the pools"
    yield RolloutError("POOL003", f"{_LABEL}.pools", problem, allowed=f"{room.room} connections", fix=fix)


def _raising(wanted: Connections) -> str:
    if wanted.platform is Platform.PLAIN:
        return "raise server.maxConnections alone first, `up`, and restart the server"
    return f"raise max_connections at {wanted.platform.value} (`rollout pool settings` says how)"


def _tell_difference(call: Call, wanted: Connections, room: Room) -> None:
    """Say what the platform has otherwise than the stack file declares: it is nothing that we set."""
    declared = wanted.server.max_connections
    if room.room != declared:
        call.log(
            "info",
            f"max_connections is {room.room} here and {declared} in the stack file; {wanted.platform.value} sets it"
            " (`rollout pool settings` says how)",
        )


def _known(inputs: Properties | None) -> Connections | None:
    try:
        return None if inputs is None else Connections.load(inputs)
    except ValidationError:
        # What an older version declared need not be anything that we would.
        return None


def _normal(properties: Properties) -> Properties:
    known = None if holds_unknown(properties) else _known(properties)
    return properties if known is None else known.dump()


def _workspace_of(call: Call) -> Workspace:
    """Return the database, if it is the one that the state speaks of."""
    workspace: Workspace = call.database()
    require_cluster(workspace.cluster, call.cluster)
    return workspace
