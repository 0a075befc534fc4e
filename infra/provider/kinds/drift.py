"""Says while the state is refreshed what was changed out of band: whatever runs the refresh shows it."""

from infra.drift.objects import findings
from infra.models.base import Model
from infra.provider.handler import Call


def tell_drift(call: Call, known: Model | None, found: Model | None) -> None:
    """Say in words what somebody has changed since the state was written; what weakens a guard, as a warning."""
    for finding in findings(known, found) if known is not None else ():
        call.log("warning" if finding.weakened else "info", finding.text)
