"""The gate's table as the document has it."""

from infra.gates.persons import describe
from infra.gates.report import Row
from infra.gates.settings import as_set
from infra.gates.transition import Transition
from infra.models.gate import GateSettings
from infra.models.moments import write_span
from infra.pipeline.gates import CRITERIA
from infra.preview.document import CriterionRow, GateTable


def gate_table(found: Transition, settings: GateSettings) -> GateTable | None:
    """Return what stands between the two phases; None where nothing does."""
    if not found.goes_up or not (found.report or found.skipped):
        return None
    windows = {one.name.value: write_span(as_set(one, settings).window) for one in CRITERIA}
    return GateTable(
        number=found.report.gate if found.report else found.skipped[0].gate,
        passed=found.is_open,
        verdict=found.verdict.value,
        criteria=tuple(_row(row, windows) for row in found.report.rows) if found.report else (),
        overrides=tuple(f"{override.gate}: {describe(override)}" for override in found.used),
        notes=(*(found.report.notes if found.report else ()), *found.notes),
    )


def _row(row: Row, windows: dict[str, str]) -> CriterionRow:
    return CriterionRow(
        name=row.criterion,
        verdict=row.outcome.value,
        measured=row.measured,
        allowed=row.target,
        window=windows.get(row.criterion, ""),
        samples=row.samples,
        note=row.why,
    )
