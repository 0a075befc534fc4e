"""The handler of views."""

from infra.database.catalog.code import read_view, respell_view
from infra.database.catalog.grants import kept_grant
from infra.database.ownership import ownership_conflicts
from infra.database.workspace import Workspace
from infra.ddl.statement import Plan
from infra.ddl.view import plan_view, plan_view_drop
from infra.errors import RolloutError
from infra.models.grant import Grant
from infra.models.spelling import Spelling
from infra.models.view import View
from infra.provider.kinds.base import Kind, Seen


class ViewKind(Kind[View]):
    """Views."""

    model = View
    replaces = frozenset({"schema", "name"})
    at_once = True

    def identity(self, wanted: View) -> str:
        """Return ``schema.name``."""
        return wanted.identity

    def stub(self, identity: str) -> View:
        """Return a view of this name."""
        schema, _, name = identity.rpartition(".")
        return View.model_construct(schema_name=schema or "public", name=name, owner="", query="")

    def look(self, workspace: Workspace, wanted: View, spelling: Spelling) -> Seen[View] | None:
        """Return the view as it stands."""
        actual = read_view(workspace.session, wanted.schema_name, wanted.name)
        if actual is None:
            return None
        return Seen(respell_view(actual, wanted, spelling), server={"query": actual.query})

    def plan(self, workspace: Workspace, seen: Seen[View] | None, wanted: View, former: View | None) -> Plan:
        """Return the steps to the wanted view, which keeps its grants even if it has to be made anew."""
        del former
        if seen is None:
            return plan_view(None, wanted)
        grants = kept_grant(workspace.session, Grant(object_name=wanted.identity))
        return plan_view(seen.model, wanted, grants=grants)

    def plan_delete(self, seen: Seen[View], wanted: View) -> Plan:
        """Return the step that drops the view."""
        del seen
        return plan_view_drop(wanted)

    def sources(self, wanted: View) -> dict[str, str | None]:
        """Return the query."""
        return {"query": wanted.query}

    def conflicts(self, workspace: Workspace, seen: Seen[View] | None, wanted: View) -> list[RolloutError]:
        """Refuse to replace what belongs to somebody whom we may not act as."""
        return ownership_conflicts(workspace.session, "view", relation=wanted.identity) if seen is not None else []
