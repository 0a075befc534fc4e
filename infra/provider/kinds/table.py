"""The handler of tables."""

from dataclasses import replace

from infra.database.catalog.tables import read_table, respell_table, texts_of
from infra.database.conflicts import parked_twin, table_conflicts
from infra.database.conversion import conversion_conflicts, read_conversion, read_counterpart
from infra.database.workspace import Workspace
from infra.ddl.alteration import TableState, plan_table_alteration, standing
from infra.ddl.conversion import is_abandoned, is_conversion, plan_conversion, plan_leaving
from infra.ddl.statement import Plan
from infra.ddl.table import plan_table_creation, plan_table_parking
from infra.errors import RolloutError
from infra.models.spelling import Spelling
from infra.models.table import Table
from infra.pipeline.names import ARCHIVE
from infra.provider.kinds.base import Kind, Seen


class TableKind(Kind[Table]):
    """Tables. Deleting one parks it with its rows; no column is ever dropped."""

    model = Table
    replaces = frozenset({"schema", "name"})

    def identity(self, wanted: Table) -> str:
        """Return ``schema.name``."""
        return wanted.identity

    def stub(self, identity: str) -> Table:
        """Return a table of this name without columns."""
        schema, _, name = identity.rpartition(".")
        return Table.model_construct(
            schema_name=schema or "public",
            name=name,
            owner="",
            columns=(),
            primary_key=(),
            checks=(),
            foreign_keys=(),
            archive_schema=ARCHIVE,
        )

    def look(self, workspace: Workspace, wanted: Table, spelling: Spelling) -> Seen[Table] | None:
        """Return the table with the columns and constraints that are declared."""
        found = read_table(workspace.session, wanted.schema_name, wanted.name)
        if found is None:
            return None
        state, server = found
        if not wanted.columns:
            return Seen(state.table, state, dict(server))
        state = replace(state, table=respell_table(state.table, wanted, spelling, server))
        if state.has_counterpart:
            state = replace(state, counterpart=read_counterpart(workspace.session, wanted.name))
        return Seen(standing(state), state, dict(server))

    def whole(self, seen: Seen[Table]) -> Table:
        """Return every column and constraint that stands."""
        return seen.model.model_copy(update={"archive_schema": ARCHIVE})

    def plan(self, workspace: Workspace, seen: Seen[Table] | None, wanted: Table, former: Table | None) -> Plan:
        """Return the steps that make the table, or alter it in place."""
        if seen is None:
            return plan_table_creation(wanted)
        state: TableState = replace(seen.state, former=former)
        if is_conversion(state, wanted):
            return plan_conversion(read_conversion(workspace.session, state, wanted))
        left = is_abandoned(state, wanted)
        leaving = plan_leaving(read_conversion(workspace.session, state, wanted)) if left else ()
        return (*leaving, *plan_table_alteration(state, wanted))

    def plan_delete(self, seen: Seen[Table], wanted: Table) -> Plan:
        """Return the step that parks the table."""
        del seen
        return plan_table_parking(wanted)

    def sources(self, wanted: Table) -> dict[str, str | None]:
        """Return the checks' expressions, the defaults and the leaves' bounds."""
        return texts_of(wanted)

    def conflicts(self, workspace: Workspace, seen: Seen[Table] | None, wanted: Table) -> list[RolloutError]:
        """Return what cannot be reconciled safely."""
        if seen is None:
            twin = parked_twin(workspace.session, wanted)
            return [twin] if twin else []
        if is_conversion(seen.state, wanted):
            return list(conversion_conflicts(workspace.session, seen.state, wanted))
        return table_conflicts(workspace.session, seen.state, wanted)
