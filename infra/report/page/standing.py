"""Where an environment stands on the way through the phases, and the commands that lead on and back."""

import shlex
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from infra.database.ledger import Entry
from infra.database.rollout import State
from infra.pipeline.phases import FIRST, LAST, PHASES
from infra.report.page.model import CommandLine, PhaseHead, PhaseStep

_SUBJECT: Final = "phase"


def phase_heads() -> tuple[PhaseHead, ...]:
    """Return the phases by their names."""
    return tuple(PhaseHead(number=one.number, name=one.name, enters=one.enters) for one in PHASES)


def phase_steps(state: State, entries: Iterable[Entry]) -> tuple[PhaseStep, ...]:
    """Return each phase with where the environment stands to it, and since when by the ledger."""
    entered: dict[str, datetime] = {}
    for entry in entries:
        if entry.subject == _SUBJECT and entry.recorded_at and entry.from_value != entry.to_value:
            known = entered.get(entry.to_value)
            entered[entry.to_value] = max(known, entry.recorded_at) if known else entry.recorded_at
    return tuple(
        PhaseStep(
            number=one.number,
            state="here" if one.number == state.phase else "passed" if one.number < state.phase else "ahead",
            since=entered.get(str(one.number)) if one.number <= state.phase else None,
        )
        for one in PHASES
    )


def commands(stack: str, state: State | None) -> Iterator[CommandLine]:
    """Yield what leads on from here, and what leads back, the strongest last."""
    stack = shlex.quote(stack)
    name = f"--stack {stack}"
    if state is None:
        yield CommandLine(purpose="deploy it for the first time", command=f"rollout up {name}")
        return
    if state.latched:
        yield CommandLine(
            purpose="lift the kill switch, once the cause is mended",
            command=f'rollout rollback --clear --by WHO --why "…" {name}',
        )
    elif state.phase < LAST:
        yield CommandLine(
            purpose=f"advance to phase {state.phase + 1}",
            command=f"rollout advance {name}",
            note=f"or set phase: {state.phase + 1} in Pulumi.{stack}.yaml, read the preview, and: pulumi up -s {stack}",
        )
    if state.phase > FIRST:
        yield from _back(stack, state.phase)
    if not state.latched:
        yield CommandLine(
            purpose="turn the pipeline off at once (the kill switch)",
            command=f'rollout rollback --immediate --yes --why "…" {name}',
            note="or with psql: sql/rollback/immediate.sql",
        )


def _back(stack: str, number: int) -> Iterator[CommandLine]:
    yield CommandLine(
        purpose=f"roll back to phase {number - 1}",
        command=f"rollout rollback --to {number - 1} --stack {stack}",
        note=f"nothing is dropped; or with psql: sql/rollback/phase-{number}-to-{number - 1}.sql",
    )
    yield CommandLine(
        purpose="roll back step by step, watching the numbers", command=f"rollout rollback --gradual --stack {stack}"
    )
