"""What all kinds do alike: look, plan, run the plan, remember; create, update and adoption are one."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import ValidationError

from infra.checks import check_object
from infra.database.workspace import Workspace
from infra.ddl.statement import Plan
from infra.errors import RolloutError, RolloutErrors
from infra.models.base import Model, faults_of
from infra.models.spelling import Applied, Spelling, record_of
from infra.provider.handler import Call, Problem, Properties, PropertyChange, Severity, Snapshot
from infra.provider.kinds.approving import carried_out
from infra.provider.kinds.consent import Consenting
from infra.provider.kinds.differences import differences, holds_unknown, keep_spelling
from infra.provider.kinds.drift import tell_drift
from infra.provider.kinds.loaded import LoadedModels
from infra.provider.kinds.resuming import require_ours, resume
from infra.provider.kinds.schema import MODULE, named_types, resource_schema
from infra.provider.kinds.seen import Seen
from infra.provider.kinds.working import announce, workspace_of

__all__ = ["Kind", "Seen"]

M = TypeVar("M", bound=Model)


class Kind(Consenting[M], Generic[M]):
    """A handler for one model. What a kind adds is how to look, what to plan, and which texts to remember."""

    model: ClassVar[type[Model]]
    secrets: frozenset[str] = frozenset()
    replaces: ClassVar[frozenset[str]]
    """Properties that name the object: another value is another object."""
    at_once: ClassVar[bool] = False
    """Whether one statement or transaction makes the object whole: what stands is never half of ours."""

    def __init__(self) -> None:
        self._models = LoadedModels(self.model)

    @property
    def name(self) -> str:
        """The kind, such as ``Table``."""
        return self.model.__name__

    @property
    def token(self) -> str:
        """The type, such as ``rollout:postgres:Table``."""
        return f"{MODULE}:{self.name}"

    @abstractmethod
    def identity(self, wanted: M) -> str:
        """Return the id of the object."""

    @abstractmethod
    def stub(self, identity: str) -> M:
        """Return a model with nothing but the names in an id, to look an object up for an import."""

    @abstractmethod
    def look(self, workspace: Workspace, wanted: M, spelling: Spelling) -> Seen[M] | None:
        """Return the object as it stands, spelled like `wanted` where that means the same."""

    @abstractmethod
    def plan(self, workspace: Workspace, seen: Seen[M] | None, wanted: M, former: M | None) -> Plan:
        """Return the steps from what stands to what is wanted; `former` is what the program wanted before."""

    @abstractmethod
    def plan_delete(self, seen: Seen[M], wanted: M) -> Plan:
        """Return the steps that take the object away and keep its data."""

    def whole(self, seen: Seen[M]) -> M:
        """Return what an import takes over: everything that stands."""
        return seen.model

    def is_adoption(self, seen: Seen[M]) -> bool:
        """Whether creating over what stands takes something over that a person would want to hear of."""
        del seen
        return True

    def sources(self, wanted: M) -> dict[str, str | None]:
        """Return the texts of the definition that the server rewrites, by path."""
        del wanted
        return {}

    def conflicts(self, workspace: Workspace, seen: Seen[M] | None, wanted: M) -> list[RolloutError]:
        """Return what stands in the way, read-only."""
        del workspace, seen, wanted
        return []

    def absences(self, workspace: Workspace, seen: Seen[M] | None, wanted: M) -> Iterable[RolloutError]:
        """Return what the object stands on that is not there now, for a preview to warn of."""
        del workspace, seen, wanted
        return ()

    def computed(self, workspace: Workspace, wanted: M) -> Properties:
        """Return the outputs that are not inputs."""
        del workspace, wanted
        return {}

    def schema(self) -> dict[str, Any]:
        """Return the resource's part of the package schema."""
        return resource_schema(self.model)

    def types(self) -> dict[str, Any]:
        """Return the named types that the schema refers to."""
        return named_types(self.model)

    def check(self, inputs: Properties) -> list[Problem]:
        """Return every problem that can be seen without a database; what is not known yet is passed over."""
        unknown = {key for key, value in inputs.items() if holds_unknown(value)}
        label = f"{self.name.lower()} {inputs.get('name') or inputs.get('object') or ''}".strip()
        try:
            wanted = self._models.load({key: value for key, value in inputs.items() if key not in unknown})
        except ValidationError as error:
            return [
                Problem(_property_of(fault, label), fault)
                for fault in faults_of(error, label, self.model)
                if _property_of(fault, label).split(".")[0] not in unknown
            ]
        return [] if unknown else [Problem("", fault) for fault in check_object(wanted)]

    def identify(self, inputs: Properties) -> str | None:
        """Return what tells the object from every other of its kind; None while that is not known."""
        return None if holds_unknown(inputs) else self.identity(self._load(inputs))

    def diff(self, old: Properties, new: Properties) -> list[PropertyChange]:
        """Return what changes, spelled out by property; defaults that are written out are no change."""
        return differences(self._normal(old), self._normal(new), self.replaces)

    def create(self, call: Call, inputs: Properties) -> Snapshot:
        """Create the object or adopt the one that is there; in a preview, say what would be done."""
        return resume(call, lambda: self.bring(call, inputs, None))

    def update(self, call: Call, identity: str, old: Properties, new: Properties) -> Snapshot:
        """Bring the object to the new inputs in place."""
        del identity
        return resume(call, lambda: self.bring(call, new, old))

    def read(self, call: Call, identity: str, inputs: Properties | None) -> Snapshot | None:
        """Return the object as it is, or None when it is not there."""
        return resume(call, lambda: self._read(call, identity, inputs))

    def _read(self, call: Call, identity: str, inputs: Properties | None) -> Snapshot | None:
        workspace = workspace_of(call)
        known = self._former(inputs)
        wanted = known or self.stub(identity)
        seen = self.look(workspace, wanted, self._spelling(workspace, wanted))
        there = seen is not None and seen.present
        tell_drift(call, known, seen.model if seen is not None and there else None)
        if seen is None or not there:
            return None
        found = _dump(seen.model if known else self.whole(seen))
        merged = keep_spelling(found, inputs or {}, known.dump()) if known else found
        return Snapshot(identity, merged, merged | self._outputs(workspace, wanted))

    def delete(self, call: Call, identity: str, inputs: Properties) -> None:
        """Take the object away, keeping its data; one that is gone already is no error."""
        resume(call, lambda: self._delete(call, identity, inputs))

    def _delete(self, call: Call, identity: str, inputs: Properties) -> None:
        workspace = workspace_of(call)
        known = self._former(inputs)
        workspace.lock(lambda text: call.log("info", text))
        seen = self.look(workspace, known or self.stub(identity), Spelling())
        if seen is not None:
            gone = known or self.whole(seen)
            plan = self.plan_delete(seen, gone)
            judged = self._judge_removal(call, workspace, gone, plan)
            workspace.change(plan, lambda text: call.log("info", text), lambda text: call.log("info", text))
            carried_out(workspace, judged)
        self.forget(workspace, identity)

    def bring(self, call: Call, inputs: Properties, old: Properties | None) -> Snapshot:
        """Bring the object to the inputs from whatever stands; `old` is what the program wanted before."""
        if holds_unknown(inputs):
            return Snapshot("", inputs, inputs)
        workspace = workspace_of(call)
        wanted, former = self._load(inputs), self._former(old)
        seen, plan = self._prepare(workspace, wanted, former)
        snapshot = Snapshot(self.identity(wanted), inputs, inputs)
        taken_over = seen is not None and self.is_adoption(seen)
        if call.preview:
            announce(call, plan, adopting=old is None and taken_over)
            for absence in self.absences(workspace, seen, wanted) if plan else ():
                call.log("warning", str(absence))
            self._judge(call, workspace, seen, wanted, plan)
            return snapshot
        if plan and workspace.lock(lambda text: call.log("info", text)):
            seen, plan = self._prepare(workspace, wanted, former)  # as it is now that nobody else changes it
        self._require_ours(workspace, seen, wanted)
        judged = self._judge(call, workspace, seen, wanted, plan)
        if judged.stays:
            return Snapshot(snapshot.id, inputs, inputs | self._outputs(workspace, wanted))
        if plan:
            self._begin(call, workspace, seen, wanted)
            self.before_change(workspace, seen, wanted)
        severity: Severity = "info" if taken_over else "debug"
        workspace.change(plan, lambda text: call.log(severity, text), lambda text: call.log("info", text))
        self.settle(workspace, wanted)
        self._declare(call, workspace, wanted)
        carried_out(workspace, judged)
        return Snapshot(snapshot.id, inputs, inputs | self._outputs(workspace, wanted))

    def before_change(self, workspace: Workspace, seen: Seen[M] | None, wanted: M) -> None:
        """Remember what the change will have taken away, once nobody else changes it."""
        del workspace, seen, wanted

    def _require_ours(self, workspace: Workspace, seen: Seen[M] | None, wanted: M) -> None:
        """Let the server's own spelling of a text be no difference: there is no record yet to know it by."""
        if self.at_once:
            texts, left = self.sources(wanted), self._left(seen, wanted)
            differs = [path for path in left if path not in texts]
            subject = f"{self.name.lower()} {self.identity(wanted)}"
            require_ours(workspace, subject, present=seen is not None and seen.present, differs=differs)

    def _outputs(self, workspace: Workspace, wanted: M) -> Properties:
        return {"cluster": workspace.cluster} | self.computed(workspace, wanted)

    def _prepare(self, workspace: Workspace, wanted: M, former: M | None) -> tuple[Seen[M] | None, Plan]:
        seen = self.look(workspace, wanted, self._spelling(workspace, wanted))
        if errors := self.conflicts(workspace, seen, wanted):
            raise RolloutErrors(errors)
        return seen, self.plan(workspace, seen, wanted, former)

    def settle(self, workspace: Workspace, wanted: M) -> None:
        """Remember the server's spelling, and see that what stands now is what was wanted."""
        seen = self.look(workspace, wanted, Spelling())
        texts = record_of(self.sources(wanted), seen.server) if seen is not None else {}
        if texts:
            self._remember(workspace, wanted, texts)
            seen = self.look(workspace, wanted, Spelling(texts))
        if left := self._left(seen, wanted):
            raise RolloutError(
                "DB003",
                f"{self.name.lower()} {self.identity(wanted)}",
                f"the server took the change and still differs in: {', '.join(left)}",
                fix="run `rollout preview` to see the difference; the definition may not be what PostgreSQL can hold",
            )

    def _remember(self, workspace: Workspace, wanted: M, texts: dict[str, Applied]) -> None:
        if self._spelling(workspace, wanted).applied != texts:
            workspace.lock()
            workspace.record.save(self.name, self.identity(wanted), texts)

    def _left(self, seen: Seen[M] | None, wanted: M) -> list[str]:
        """Return the properties that are not as they should be."""
        if seen is None or not seen.present:
            return ["it is not there"]
        return [change.path for change in differences(_dump(seen.model), wanted.dump(), self.replaces)]

    def _spelling(self, workspace: Workspace, wanted: M) -> Spelling:
        if not self.sources(wanted):
            return Spelling()
        return workspace.record.spelling(self.name, self.identity(wanted))

    def _load(self, inputs: Properties) -> M:
        try:
            return self._models.load(inputs)  # type: ignore[return-value] # the class variable is M's class
        except ValidationError as error:
            raise RolloutErrors(faults_of(error, self.name.lower(), self.model)) from None

    def _former(self, old: Properties | None) -> M | None:
        try:
            return None if old is None else self._load(old)
        except RolloutErrors:
            # What a refresh found need not be anything that we would declare, and a state may be of another version.
            return None

    def _normal(self, properties: Properties) -> Properties:
        if holds_unknown(properties):
            return properties
        try:
            return self._load(properties).dump()
        except RolloutErrors:
            return properties


def _dump(model: Model) -> Properties:
    """Return what stands as properties; it may hold values that no definition can have, such as a foreign method."""
    return model.model_dump(mode="json", by_alias=True, exclude_defaults=True, warnings=False)


def _property_of(fault: RolloutError, label: str) -> str:
    return fault.path.removeprefix(label).lstrip(".")
