"""Bringing a deployed database into a phase without an engine or a gate, for tests that are about something else."""

import json
from typing import Any

from infra.models.flag import FlagName
from infra.models.rollout import Rollout
from infra.pipeline.flags import flag
from infra.pipeline.phases import rollout
from tests.clusters import Database


def enter(database: Database, number: int, *, cap: int | None = None, off: tuple[FlagName, ...] = ()) -> None:
    """Let the database stand in this phase from now on."""
    with database.connect() as connection:
        connection.execute(
            "SELECT pipeline_private.set_rollout(%s, 'phase', 'test', '', 'a test', '{}')",
            [document_of(number, cap=cap, off=off)],
        )


def document_of(number: int, *, cap: int | None = None, off: tuple[FlagName, ...] = ()) -> str:
    """Return what `set_rollout` takes for a phase."""
    return json.dumps(_document(rollout(number, cap=cap, off=off)))


def _document(wanted: Rollout) -> dict[str, Any]:
    flags = [
        {
            "name": name,
            "enabled": on,
            "requires": flag(name).requires,
            "cohortOnly": name in wanted.cohort_only,
            "obeysLatch": flag(name).obeys_latch,
        }
        for name, on in wanted.flags.items()
    ]
    return {"phase": wanted.phase, "audience": wanted.audience, "betaCap": wanted.beta_cap, "flags": flags}
