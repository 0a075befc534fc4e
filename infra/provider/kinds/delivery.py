"""What the kinds do alike that keep something elsewhere, such as flags and alarms: no database is asked."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final, Generic, TypeVar

from pydantic import ValidationError

from infra.errors import RolloutError, RolloutErrors
from infra.models.base import Model, faults_of
from infra.provider.handler import Call, ChangeKind, Problem, Properties, PropertyChange, Snapshot
from infra.provider.kinds.differences import differences, holds_unknown
from infra.provider.kinds.schema import named_types, resource_schema
from infra.provider.partial import PartialFailure

M = TypeVar("M", bound=Model)
#: Writes a line under the resource.
Say = Callable[[str], None]
#: Where pydantic says that a key, not its value, is wrong.
_KEY_MARK: Final = ".[key]"
_REPLACING: Final = {
    ChangeKind.ADD: ChangeKind.ADD_REPLACE,
    ChangeKind.DELETE: ChangeKind.DELETE_REPLACE,
    ChangeKind.UPDATE: ChangeKind.UPDATE_REPLACE,
}


class Delivery(ABC, Generic[M]):
    """A handler that keeps one target as it is wanted: flags that are told somewhere, an alarm, a dashboard."""

    model: ClassVar[type[Model]]
    module: ClassVar[str]
    """The part of the package, such as ``flags``."""
    replaces: ClassVar[frozenset[str]]
    """Paths of the properties that name the target: another value is another target."""
    outputs: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    """Schemas of the outputs that are no inputs."""
    secrets: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The kind, such as ``EnvFile``."""
        return self.model.__name__

    @property
    def token(self) -> str:
        """The type, such as ``rollout:flags:EnvFile``."""
        return f"rollout:{self.module}:{self.name}"

    @abstractmethod
    def identity(self, wanted: M) -> str:
        """Return what tells the target from every other."""

    @abstractmethod
    def stub(self, identity: str) -> M:
        """Return the model of a target that is imported by its id, without flags.

        Raises:
            RolloutError: PRV001 for what is no id.
        """

    @abstractmethod
    def look(self, wanted: M) -> Properties | None:
        """Return what the target tells, flags and whatever goes with them, and the outputs; None without any."""

    @abstractmethod
    def write(self, wanted: M, former: M | None, say: Say) -> Properties:
        """Make the target tell what is wanted, and return the outputs that are no inputs."""

    @abstractmethod
    def remove(self, wanted: M, say: Say) -> None:
        """Have the target tell nothing of ours any more."""

    def foresee(self, wanted: M) -> None:
        """Refuse what `write` would refuse; a preview shows it as a warning.

        Raises:
            RolloutError: DLV001.
        """
        del wanted

    def schema(self) -> dict[str, Any]:
        """Return the resource's part of the package schema."""
        return resource_schema(self.model, f"rollout:{self.module}", self.outputs)

    def types(self) -> dict[str, Any]:
        """Return the named types that the schema refers to."""
        return named_types(self.model, f"rollout:{self.module}")

    def check(self, inputs: Properties) -> list[Problem]:
        """Return every problem; what is not known yet is passed over."""
        unknown = {key for key, value in inputs.items() if holds_unknown(value)}
        problems = [_problem(fault, self.name) for fault in self._faults(inputs, unknown)]
        return [problem for problem in problems if problem.path.split(".")[0] not in unknown]

    def _faults(self, inputs: Properties, unknown: Collection[str]) -> list[RolloutError]:
        try:
            self.model.load({key: value for key, value in inputs.items() if key not in unknown})
        except ValidationError as error:
            return faults_of(error, self.name, self.model)
        return []

    def identify(self, inputs: Properties) -> str | None:
        """Return the target's identity; None while it is not known."""
        return None if holds_unknown(inputs) else self.identity(self._load(inputs))

    def diff(self, old: Properties, new: Properties) -> list[PropertyChange]:
        """Return what changes, flag by flag."""
        changes = differences(self._normal(old), self._normal(new), frozenset())
        return [
            replace(change, kind=_REPLACING[change.kind]) if change.path in self.replaces else change
            for change in changes
        ]

    def deletes_first(self, old: Properties, new: Properties) -> bool:
        """Whether the old target goes before the new one comes: never, so that the flags are told all the time."""
        del old, new
        return False

    def create(self, call: Call, inputs: Properties) -> Snapshot:
        """Write the target, or take over the one that is there; in a preview, look."""
        return self._bring(call, inputs, None)

    def update(self, call: Call, identity: str, old: Properties, new: Properties) -> Snapshot:
        """Write what differs."""
        del identity
        return self._bring(call, new, old)

    def read(self, call: Call, identity: str, inputs: Properties | None) -> Snapshot | None:
        """Return what the target tells, or None when it tells nothing.

        Raises:
            PartialFailure: when it cannot be asked. It is taken as it was last seen, which keeps no run from the
                database, and told again, once that has the flags.
        """
        del call
        known = self._former(inputs)
        wanted = known or self.stub(identity)
        try:
            told = self.look(wanted)
        except (RolloutError, RolloutErrors) as error:
            if inputs is None:
                raise
            errors = error.errors if isinstance(error, RolloutErrors) else [error]
            raise PartialFailure(Snapshot(identity, inputs, inputs), errors) from None
        if told is None:
            return None
        outputs = {key: value for key, value in told.items() if key in self.outputs}
        found = {key: value for key, value in (_dump(wanted) | told).items() if key not in outputs and value != []}
        normal = _dump(known) if known else {}
        kept = {key: value for key, value in (inputs or {}).items() if found.get(key) == normal.get(key)}
        return Snapshot(identity, found | kept, found | kept | outputs)

    def delete(self, call: Call, identity: str, inputs: Properties) -> None:
        """Take back what is told; what is gone already is no error."""
        self.remove(self._former(inputs) or self.stub(identity), lambda text: call.log("info", text))

    def _bring(self, call: Call, inputs: Properties, old: Properties | None) -> Snapshot:
        if holds_unknown(inputs):
            return Snapshot("", inputs, inputs)
        wanted = self._load(inputs)
        if call.preview:
            self._foresee(call, wanted, creating=old is None)
            return Snapshot(self.identity(wanted), inputs, inputs)
        outputs = self.write(wanted, self._former(old), lambda text: call.log("info", text))
        return Snapshot(self.identity(wanted), inputs, inputs | outputs)

    def _foresee(self, call: Call, wanted: M, *, creating: bool) -> None:
        """Say what stands there already, or in the way.

        A preview that refused would keep `up` from the database too, where the flags may have to go off. And whoever
        previews need not be let into AWS.
        """
        try:
            self.foresee(wanted)
            found = self.look(wanted)
        except (RolloutError, RolloutErrors) as error:
            call.log("warning", str(error))
            return
        if creating and found is not None:
            call.log("info", "takes over what is there")

    def _load(self, inputs: Properties) -> M:
        try:
            return self.model.load(inputs)  # type: ignore[return-value] # the class variable is M's class
        except ValidationError as error:
            raise RolloutErrors(faults_of(error, self.name, self.model)) from None

    def _former(self, old: Properties | None) -> M | None:
        try:
            return None if old is None else self._load(old)
        except RolloutErrors:
            return None  # what a refresh found need not be anything that we would declare

    def _normal(self, properties: Properties) -> Properties:
        known = None if holds_unknown(properties) else self._former(properties)
        return _dump(known) if known else properties


def _dump(model: Model) -> Properties:
    return model.model_dump(mode="json", by_alias=True, exclude_defaults=True, warnings=False)


def _problem(fault: RolloutError, label: str) -> Problem:
    where = fault.path.removesuffix(_KEY_MARK)
    error = RolloutError(fault.code, where, fault.problem, allowed=fault.allowed, fix=fault.fix)
    return Problem(where.removeprefix(label).lstrip("."), error)
