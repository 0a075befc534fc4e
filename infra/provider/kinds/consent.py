"""What a kind has to do with approvals: which hazards of its plans need one, and what is remembered to tell."""

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

from infra.database.workspace import Workspace
from infra.ddl.approving import hazards_to_approve
from infra.ddl.statement import Hazard, Plan
from infra.models.approval import Review
from infra.models.base import Model
from infra.models.spelling import Applied
from infra.provider.handler import Call
from infra.provider.kinds.approving import (
    FOUND,
    GONE,
    MADE_CLOSED,
    NOTHING,
    Judgement,
    declaration,
    judge,
    judge_removal,
    origin_of,
    review_of,
    serves_nobody,
)
from infra.provider.kinds.seen import Seen

M = TypeVar("M", bound=Model)


class Consenting(ABC, Generic[M]):
    """The part of a handler that asks for approvals, on a stack where they are needed."""

    bears_on_relation: ClassVar[bool] = False
    """Whether a new one changes what happens to the rows of a relation that people use already."""
    remembers: ClassVar[bool] = True
    """Whether the record keeps what was declared, to tell what is new from what was changed out of band."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The kind, such as ``Table``."""

    @abstractmethod
    def identity(self, wanted: M) -> str:
        """Return the id of the object."""

    def is_new(self, workspace: Workspace, seen: Seen[M] | None, wanted: M) -> bool:
        """Whether the object is made from nothing, on what nobody can reach yet."""
        if seen is not None and seen.present:
            return False
        return not self.bears_on_relation or serves_nobody(workspace, getattr(wanted, "relation", ""))

    def to_approve(
        self, workspace: Workspace, review: Review | None, seen: Seen[M] | None, wanted: M, plan: Plan
    ) -> tuple[Hazard, ...]:
        """Return the hazards of a plan that somebody has to approve, on a stack where that is so.

        None where the object is new, or where what is declared was carried out before: then somebody has changed it
        past us, and what was approved once is brought back.
        """
        hazards = hazards_to_approve(plan)
        if not hazards or self.is_new(workspace, seen, wanted):
            return ()
        known = workspace.record.declared(self.name, self.identity(wanted))
        return () if known and known.source == declaration(wanted, review) else hazards

    def to_approve_removal(self, workspace: Workspace, gone: M, plan: Plan) -> tuple[Hazard, ...]:
        """Return the hazards of taking an object away; none where it serves nobody any more."""
        hazards = hazards_to_approve(plan)
        relation = getattr(gone, "relation", "")
        return () if hazards and relation and serves_nobody(workspace, relation) else hazards

    def _judge(self, call: Call, workspace: Workspace, seen: Seen[M] | None, wanted: M, plan: Plan) -> Judgement:
        if not (review := review_of(call)) or not plan:
            return NOTHING
        hazards = self.to_approve(workspace, review, seen, wanted, plan)
        return judge(call, workspace, self._label(wanted), hazards, plan)

    def _judge_removal(self, call: Call, workspace: Workspace, gone: M, plan: Plan) -> Judgement:
        if not review_of(call):
            return NOTHING
        return judge_removal(call, self._label(gone), self.to_approve_removal(workspace, gone, plan), plan)

    def _label(self, wanted: M) -> str:
        """Return the object as previews and approvals name it."""
        return f"{self.name.lower()} {self.identity(wanted)}"

    def _begin(self, call: Call, workspace: Workspace, seen: Seen[M] | None, wanted: M) -> None:
        """Remember that the object is made by us, before it is: a run that ends in between is gone on from there."""
        if seen is None and self.name in MADE_CLOSED and review_of(call):
            identity = self.identity(wanted)
            workspace.record.declare(self.name, identity, Applied("", origin_of(wanted)))
            grant = f"{MADE_CLOSED[self.name]}:{identity}"
            if workspace.record.declared("Grant", grant) == GONE:
                workspace.record.forget("Grant", grant)

    def _declare(self, call: Call, workspace: Workspace, wanted: M) -> None:
        """Remember what was declared of an object, and whether we made it or found it."""
        if not self.remembers or not (review := review_of(call)):
            return
        identity = self.identity(wanted)
        known = workspace.record.declared(self.name, identity)
        origin = known.server if known is not None else FOUND
        declared = Applied(declaration(wanted, review), origin)
        if declared != known:
            workspace.lock()
            workspace.record.declare(self.name, identity, declared)

    def forget(self, workspace: Workspace, identity: str) -> None:
        """Forget an object that is gone."""
        workspace.record.forget(self.name, identity)
