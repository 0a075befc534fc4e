"""The handler of gates: a preview shows what stands at the gate, and `up` goes through it or fails."""

from datetime import UTC, datetime
from typing import Any, Final

from pydantic import ValidationError

from infra.database.ledger import is_kept, read_ledger
from infra.database.preflight import require_cluster
from infra.database.provenance import provenance
from infra.database.rollout import read_state
from infra.database.workspace import Workspace
from infra.errors import RolloutError, RolloutErrors
from infra.gates.settings import settings_faults
from infra.gates.transition import Transition, record, transition
from infra.models.base import faults_of
from infra.models.gate import Gate
from infra.provider.handler import Call, Problem, Properties, PropertyChange, Snapshot
from infra.provider.kinds.differences import differences, holds_unknown
from infra.provider.kinds.schema import named_types, resource_schema

MODULE: Final = "rollout:gate"
#: A database has one.
IDENTITY: Final = "gate"
_LABEL: Final = "gate"
_ANY: Final = {"$ref": "pulumi.json#/Any"}
_OUTPUTS: Final[dict[str, Any]] = {
    "verdict": {"type": "string", "description": "What the gates on the way to the phase came to."},
    "from": {"type": "string", "description": "The phase that was left."},
    "evidence": {"type": "object", "additionalProperties": _ANY, "description": "What was measured, row by row."},
    "measuredAt": {"type": "string", "description": "When the gate was passed, in UTC."},
}
#: As far back as the ledger is searched for the gate that was passed.
_NEWEST: Final = 50


class GateKind:
    """The gate of a database. It changes nothing but the ledger, which keeps every attempt with its evidence."""

    token: str = f"{MODULE}:{Gate.__name__}"
    secrets: frozenset[str] = frozenset()

    def schema(self) -> dict[str, Any]:
        """Return the resource's part of the package schema."""
        schema = resource_schema(Gate, MODULE)
        schema["properties"] |= _OUTPUTS
        return schema

    def types(self) -> dict[str, Any]:
        """Return the named types that the schema refers to."""
        return named_types(Gate, MODULE)

    def identify(self, inputs: Properties) -> str | None:
        """Return what tells the gate from another: a program declares one."""
        return None if holds_unknown(inputs) else IDENTITY

    def check(self, inputs: Properties) -> list[Problem]:
        """Return every problem that can be seen without a database; what is not known yet is passed over."""
        unknown = {key for key, value in inputs.items() if holds_unknown(value)}
        try:
            wanted = Gate.load({key: value for key, value in inputs.items() if key not in unknown})
        except ValidationError as error:
            found = [(_property_of(fault), fault) for fault in faults_of(error, _LABEL, Gate)]
            return [Problem(path, fault) for path, fault in found if path.split(".")[0] not in unknown]
        return [Problem(_property_of(fault), fault) for fault in settings_faults(wanted, f"{_LABEL}.criteria")]

    def diff(self, old: Properties, new: Properties) -> list[PropertyChange]:
        """Return what changes, property by property; defaults that are written out are no change."""
        return differences(_normal(old), _normal(new), frozenset())

    def create(self, call: Call, inputs: Properties) -> Snapshot:
        """Go through the gate to the phase; in a preview, show what stands there."""
        return self._pass(call, inputs)

    def update(self, call: Call, identity: str, old: Properties, new: Properties) -> Snapshot:
        """Go through the gate to another phase; in a preview, show what stands there."""
        del identity, old
        return self._pass(call, new)

    def read(self, call: Call, identity: str, inputs: Properties | None) -> Snapshot | None:
        """Return the inputs, with the database's phase where that is lower: it is measured before it goes up again."""
        if identity != IDENTITY:
            return None
        workspace = _workspace_of(call)
        state = read_state(workspace.session)
        stands = state.phase if state else 0
        known = inputs or {}
        wanted = known.get("phase", stands)
        found = {**known, "phase": int(min(stands, wanted)) if isinstance(wanted, int | float) else wanted}
        return Snapshot(identity, found, found | _outputs(workspace, found["phase"]))

    def delete(self, call: Call, identity: str, inputs: Properties) -> None:
        """Do nothing: the ledger keeps what was measured."""

    def _pass(self, call: Call, inputs: Properties) -> Snapshot:
        if holds_unknown(inputs):
            return Snapshot("", inputs, inputs)
        workspace, wanted = _workspace_of(call), _load(inputs)
        if call.preview:
            _tell(call, transition(workspace.session, wanted.phase, wanted, datetime.now(UTC)))
            return Snapshot(IDENTITY, inputs, inputs)
        found = transition(workspace.session, wanted.phase, wanted, datetime.now(UTC))
        _tell(call, found)
        _record(workspace, found)
        if not found.is_open:
            raise RolloutErrors(found.errors)
        return Snapshot(IDENTITY, inputs, inputs | _outputs(workspace, wanted.phase))


def _tell(call: Call, found: Transition) -> None:
    for is_shut, line in found.marked_lines():
        call.log("warning" if is_shut else "info", line)


def _record(workspace: Workspace, found: Transition) -> None:
    """Keep the attempt. Before the first phase there is no gate, and there may be no ledger either."""
    if not (found.report or found.skipped):
        return
    if is_kept(workspace.session):
        record(workspace.session, found, provenance())
    elif found.is_open:
        problem = "there is no ledger to keep the override in"
        raise RolloutError("DB008", _LABEL, problem, fix="run `up` without --target: the ledger is made first")


def _outputs(workspace: Workspace, phase: Any) -> Properties:
    """Return what the ledger has of the gate that was passed to this phase last: the same, whoever asks and when."""
    entries = read_ledger(workspace.session, event="gate", limit=_NEWEST)
    passed = [entry for entry in entries if entry.to_value == str(phase) and entry.details.get("allowed") is True]
    last = passed[-1] if passed else None
    return {
        "cluster": workspace.cluster,
        "verdict": str(last.details.get("verdict", "")) if last else "",
        "from": last.from_value if last else "",
        "evidence": last.details if last else {},
        "measuredAt": last.recorded_at.isoformat() if last and last.recorded_at else "",
    }


def _load(inputs: Properties) -> Gate:
    try:
        wanted = Gate.load(inputs)
    except ValidationError as error:
        raise RolloutErrors(faults_of(error, _LABEL, Gate)) from None
    if faults := settings_faults(wanted, f"{_LABEL}.criteria"):
        raise RolloutErrors(faults)
    return wanted


def _normal(properties: Properties) -> Properties:
    if holds_unknown(properties):
        return properties
    try:
        return Gate.load(properties).dump()
    except ValidationError:
        # What a refresh found need not be anything that we would declare: no phase at all, where nothing is deployed.
        return properties


def _workspace_of(call: Call) -> Workspace:
    """Return the database, if it is the one that the state speaks of."""
    workspace: Workspace = call.database()
    require_cluster(workspace.cluster, call.cluster)
    return workspace


def _property_of(fault: RolloutError) -> str:
    return fault.path.removeprefix(_LABEL).lstrip(".")
