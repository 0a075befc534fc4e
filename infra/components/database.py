"""The whole database as one component: the providers, and the parts in the order in which they need each other."""

from collections.abc import Mapping
from itertools import chain
from typing import Final

import pulumi
import pulumi_postgresql as postgresql

from infra.components.foundation import Foundation
from infra.components.months import Months
from infra.components.naming import TYPE_PREFIX, child_options, component_options
from infra.components.phase import Phase, PhaseSettings
from infra.components.routines import Routines
from infra.components.table_access import TableAccess
from infra.components.tables import Tables
from infra.components.views import Views
from infra.ddl.reviewing import make_review
from infra.models.approval import Review
from infra.models.connections import Connections as ConnectionsDefinition
from infra.models.definition import Definition
from infra.models.pgbouncer import PgBouncer as PgBouncerDefinition
from infra.models.pool import Pooling
from infra.pipeline.grants import PHASED
from infra.resources import Connection, Connections, PgBouncer, RolloutProvider

CONNECT_SECONDS: Final = 15
#: PostgreSQL keeps 63 bytes of an application's name; the lock's session adds a word to it.
NAME_LENGTH: Final = 58


class Database(pulumi.ComponentResource):
    """Everything that a definition describes, in one database.

    Foundation → tables → the phase's gate → functions → what each table gets, its grants last → views → flags.
    Deletes run the other way.
    """

    def __init__(
        self,
        name: str,
        definition: Definition,
        connection: Connection,
        *,
        protect: bool,
        settings: PhaseSettings | None = None,
        pooling: Pooling | None = None,
        pgbouncer: PgBouncerDefinition | None = None,
    ) -> None:
        settings = settings or PhaseSettings()
        # What needs approval is what a protected stack's people would want to hear of.
        review = make_review(definition, pulumi.get_stack(), settings.approvals) if protect else None
        options = component_options(None, providers_of(connection, application_name(definition), review))
        super().__init__(f"{TYPE_PREFIX}Database", name, None, options)
        self.connections = self._connections(pooling)
        foundation = Foundation("foundation", definition, parent=self, protect=protect, after=self.connections)
        ready = foundation.ready
        tables = Tables("tables", definition, parent=self, after=ready, protect=protect).by_identity
        routines = Routines("functions", definition, parent=self, after=ready, tables=tables)
        phase = self._phase(definition, settings, tables)
        opened: dict[str, tuple[pulumi.Resource, ...]] = {}
        for table in definition.tables:
            gates = [phase.gate] if phase and table.identity in PHASED else []
            access = TableAccess(table, definition, parent=self, tables=tables, functions=routines.by_name, gates=gates)
            opened[table.identity] = access.opened
        Views("views", definition, parent=self, tables=tables, opened=opened)
        grants = [*chain.from_iterable(opened.values()), *routines.opened]
        if definition.partitions:
            Months("months", definition, parent=self, after=grants)
        self.rollout = phase.open(grants, routines.opened) if phase else None
        if pgbouncer is not None:
            PgBouncer("pgbouncer", pgbouncer, child_options(self, PgBouncer, "pgbouncer", after=ready))
        self.register_outputs({})

    def _connections(self, pooling: Pooling | None) -> tuple[pulumi.Resource, ...]:
        """Return what holds the pools against the server, before anything is told to either."""
        if pooling is None:
            return ()
        wanted = ConnectionsDefinition.load(pooling.dump())
        return (Connections("connections", wanted, child_options(self, Connections, "connections")),)

    def _phase(
        self, definition: Definition, settings: PhaseSettings, tables: Mapping[str, pulumi.Resource]
    ) -> Phase | None:
        """Return the phase and its gate, which measures what the tables hold; None for a definition without one."""
        if definition.rollout is None:
            return None
        return Phase("phase", definition.rollout, settings, parent=self, after=tables.values())


def application_name(definition: Definition) -> str:
    """Return what the server's views show of a deploy: the stack, and the phase that it brings."""
    phase = f" phase {definition.rollout.phase}" if definition.rollout else ""
    return f"rollout {pulumi.get_stack()}"[: NAME_LENGTH - len(phase)] + phase


def providers_of(connection: Connection, name: str, review: Review | None = None) -> list[pulumi.ProviderResource]:
    """Return a provider for each of the two packages; nothing uses a default one."""
    return [
        RolloutProvider("rollout", connection, application_name=name, review=review),
        postgresql.Provider(
            "postgresql",
            host=connection.host,
            port=connection.port,
            database=connection.name,
            username=connection.user,
            password=pulumi.Output.secret(connection.password),
            sslmode=connection.sslmode,
            superuser=False,
            max_connections=1,
            connect_timeout=CONNECT_SECONDS,
        ),
    ]


def count_objects(definition: Definition) -> int:
    """Return how many objects a definition describes."""
    kinds = (getattr(definition, kind) for kind in Definition.model_fields if kind not in {"retained", "rollout"})
    return sum(map(len, kinds))
