"""The handler of policies."""

from collections.abc import Iterable

from infra.database.absences import policy_absences
from infra.database.catalog.policies import read_policy, respell_policy
from infra.database.conflicts import policy_conflicts
from infra.database.workspace import Workspace
from infra.ddl.policy import plan_policy, plan_policy_drop
from infra.ddl.statement import Plan
from infra.errors import RolloutError
from infra.models.policy import Command, Policy
from infra.models.spelling import Spelling
from infra.provider.kinds.base import Kind, Seen


class PolicyKind(Kind[Policy]):
    """Policies."""

    model = Policy
    replaces = frozenset({"schema", "table", "name"})
    bears_on_relation = True
    at_once = True

    def identity(self, wanted: Policy) -> str:
        """Return ``schema.table.name``."""
        return wanted.identity

    def stub(self, identity: str) -> Policy:
        """Return a policy with the names of an id."""
        schema, table, name = identity.split(".", 2)
        return Policy.model_construct(schema_name=schema, table=table, name=name, command=Command.ALL, roles=())

    def look(self, workspace: Workspace, wanted: Policy, spelling: Spelling) -> Seen[Policy] | None:
        """Return the policy as it stands."""
        actual = read_policy(workspace.session, wanted.schema_name, wanted.table, wanted.name)
        if actual is None:
            return None
        return Seen(respell_policy(actual, wanted, spelling), server={"using": actual.using, "check": actual.check})

    def plan(self, workspace: Workspace, seen: Seen[Policy] | None, wanted: Policy, former: Policy | None) -> Plan:
        """Return the steps to the wanted policy."""
        del workspace, former
        return plan_policy(seen.model if seen else None, wanted)

    def plan_delete(self, seen: Seen[Policy], wanted: Policy) -> Plan:
        """Return the step that drops the policy."""
        del seen
        return plan_policy_drop(wanted)

    def sources(self, wanted: Policy) -> dict[str, str | None]:
        """Return both expressions."""
        return {"using": wanted.using, "check": wanted.check}

    def conflicts(self, workspace: Workspace, seen: Seen[Policy] | None, wanted: Policy) -> list[RolloutError]:
        """Return what the server has against the expressions."""
        return [] if seen is not None and seen.model == wanted else policy_conflicts(workspace.session, wanted)

    def absences(self, workspace: Workspace, seen: Seen[Policy] | None, wanted: Policy) -> Iterable[RolloutError]:
        """Return the roles, and what the expressions name, that are not there now."""
        del seen
        return policy_absences(workspace.session, wanted)
