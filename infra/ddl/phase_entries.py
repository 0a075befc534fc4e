"""What scripts for psql write into the ledger: who and why come from psql's variables, or from the session."""

from typing import Final, Literal

from infra.ddl import conditions
from infra.ddl.budget import On, budgeted
from infra.ddl.rollout import Author
from infra.ddl.script import Part
from infra.ddl.statement import Step
from infra.pipeline.tables.rollout_ledger import ROLLOUT_LEDGER

TEMPLATE: Final = "phase"
#: As `guard_author` leaves them.
OPERATOR: Final = Author(":'by'", ":'commit'", ":'why'")
#: For a client that knows no variables.
SESSION: Final = Author("CURRENT_USER", "''", "''")
_UNTIL: Final = ":'until'"
_LEDGER: Final = "ledger"
_WRITTEN: Final = {On.LEDGER: (ROLLOUT_LEDGER.identity,)}


def override_part(before: int, after: int) -> Part:
    """Return the part that records a person's override of each gate on the way up, where none of them was passed.

    Args:
        before: the phase that is left; 0 where nothing is rolled out.
        after: the phase that is entered.
    """
    values = {
        "before": str(before or ""),
        "after": str(after),
        "first": before or 1,
        "last": after - 1,
        "actor": OPERATOR.actor,
        "commit": OPERATOR.commit,
        "reason": OPERATOR.reason,
        "until": _UNTIL,
    }
    gates = [str(gate) for gate in range(before or 1, after)]
    step = Step(
        _LEDGER,
        f"record the override of gate{'s' if gates[1:] else ''} {', '.join(gates)}: nothing is measured here",
        tuple(budgeted(TEMPLATE, action, _WRITTEN, **values) for action in ("override", "gate")),
    )
    stands = conditions.phase_is(before) if before else conditions.nothing_is_rolled_out()
    return Part(step, conditions.both(stands, conditions.gate_is_shut(after)))


def entry_part(event: Literal["removal", "rollback"], to: str, condition: str) -> Part:
    """Return the part that records what a script does to the tables, on the condition that there is something to do."""
    entry = budgeted(TEMPLATE, "entry", _WRITTEN, event=event, to_value=to)
    step = Step(_LEDGER, f"record that the tables are {to}, where a ledger is kept", (entry,))
    return Part(step, condition)
