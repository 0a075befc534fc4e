"""The handler of grants."""

from collections.abc import Iterable

from infra.database.absences import grant_absences
from infra.database.catalog.grants import GrantState, read_grant
from infra.database.rollout import read_state
from infra.database.workspace import Workspace
from infra.ddl.grant import plan_grant, plan_grant_drop
from infra.ddl.statement import Hazard, Plan
from infra.errors import RolloutError
from infra.models.approval import Review, digest_entries
from infra.models.grant import Grant, Target
from infra.models.spelling import Spelling
from infra.provider.kinds.approving import GONE, MADE, MADE_CLOSED, MADE_FOR_OWNER
from infra.provider.kinds.base import Kind, Seen


class GrantKind(Kind[Grant]):
    """Grants: all that is granted on one object, with the policies that decide over its rows."""

    model = Grant
    replaces = frozenset({"target", "object"})

    def identity(self, wanted: Grant) -> str:
        """Return target and object."""
        return wanted.identity

    def stub(self, identity: str) -> Grant:
        """Return a grant on the object of an id such as ``relation:public.creator_profiles``."""
        target, _, name = identity.partition(":")
        return Grant(target=Target(target), object_name=name, policies=() if target == "relation" else None)

    def look(self, workspace: Workspace, wanted: Grant, spelling: Spelling) -> Seen[Grant] | None:
        """Return what is granted; None when the object is not there or nothing is granted and something should be."""
        del spelling
        state = read_grant(workspace.session, wanted)
        if state is None:
            return None
        return Seen(state.grant, state)

    def plan(self, workspace: Workspace, seen: Seen[Grant] | None, wanted: Grant, former: Grant | None) -> Plan:
        """Return the step to the wanted grants."""
        del workspace, former
        return plan_grant(seen.model if seen else None, wanted, owner=seen.state.owner if seen else "")

    def plan_delete(self, seen: Seen[Grant], wanted: Grant) -> Plan:
        """Return the step that takes everything back that is granted now."""
        del wanted
        return plan_grant_drop(seen.model)

    def is_adoption(self, seen: Seen[Grant]) -> bool:
        """Whether anybody has been granted anything yet; the object itself is always there."""
        return bool(seen.model.entries)

    def is_new(self, workspace: Workspace, seen: Seen[Grant] | None, wanted: Grant) -> bool:
        """Whether an object that we made, closed, is opened for the first time.

        A table holds nothing then, and a view or a function gives nobody more than they have. One with its owner's
        rights may show what others hold: it is new before anything is rolled out.
        """
        if seen is None:
            return True
        if seen.model.entries or workspace.record.declared(self.name, wanted.identity):
            return False
        known = [workspace.record.declared(kind, wanted.object_name) for kind in MADE_CLOSED]
        origins = {declared.server for declared in known if declared is not None}
        if wanted.target is Target.SCHEMA or MADE in origins:
            return True
        return MADE_FOR_OWNER in origins and read_state(workspace.session) is None

    def to_approve(
        self, workspace: Workspace, review: Review | None, seen: Seen[Grant] | None, wanted: Grant, plan: Plan
    ) -> tuple[Hazard, ...]:
        """Return the hazards that need approval; from phase to phase the gate has opened what was declared before."""
        found = super().to_approve(workspace, review, seen, wanted, plan)
        if not found or seen is None or workspace.record.declared(self.name, wanted.identity):
            return found
        return () if _stands_as_declared(workspace, review, seen.model) else found

    def forget(self, workspace: Workspace, identity: str) -> None:
        """Remember that there were grants: whoever gives them again opens what was closed."""
        if workspace.record.declared(self.name, identity):
            workspace.record.declare(self.name, identity, GONE)

    def conflicts(self, workspace: Workspace, seen: Seen[Grant] | None, wanted: Grant) -> list[RolloutError]:
        """Refuse to replace policies that let creators write while nobody has chosen the kind of access."""
        del workspace
        state: GrantState | None = seen.state if seen else None
        foreign = [name for name in state.writing_policies if name not in (wanted.policies or ())] if state else []
        if not foreign or wanted.policies is None or wanted.replaces_policies:
            return []
        names = ", ".join(repr(name) for name in foreign)
        return [
            RolloutError(
                "ADOPT002",
                f"table {wanted.object_name}",
                f"the policies {names} let somebody write its rows today, and no access was chosen",
                allowed="access: service (the service writes results) or access: legacy (creators go on writing them)",
                fix="state `access` in the stack file",
            )
        ]

    def _prepare(self, workspace: Workspace, wanted: Grant, former: Grant | None) -> tuple[Seen[Grant] | None, Plan]:
        """Look and plan. A foreign policy beside what we have deployed was added since: nothing is adopted by it."""
        if former is not None and _is_deployed(workspace, wanted, former):
            wanted = wanted.model_copy(update={"replaces_policies": True})
        return super()._prepare(workspace, wanted, former)

    def absences(self, workspace: Workspace, seen: Seen[Grant] | None, wanted: Grant) -> Iterable[RolloutError]:
        """Return the roles that are not there now."""
        return grant_absences(workspace.session, wanted) if seen else ()


def _is_deployed(workspace: Workspace, wanted: Grant, former: Grant) -> bool:
    """Whether the table's policies were closed by us before: some of ours stood, or its table is on record."""
    beside = set(wanted.policies or ()) & set(former.policies or ())
    return bool(beside) or bool(workspace.record.spelling("Table", wanted.object_name).applied)


def _stands_as_declared(workspace: Workspace, review: Review | None, standing: Grant) -> bool:
    """Whether what is granted is what the database's phase opens: only the phase differs then.

    It is asked where the record does not tell, as on a stack that needs approvals only since now.
    """
    phased = review.phased.get(standing.identity, ()) if review else ()
    state = read_state(workspace.session) if phased else None
    return state is not None and 0 < state.phase <= len(phased) and digest_entries(standing) == phased[state.phase - 1]
