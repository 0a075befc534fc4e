"""A rollout in phase 3 with a population, a past, and texts that would be taken for markup if anybody let them."""

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from infra.database.demo import seed_demo
from infra.database.ledger import Entry, append
from infra.database.rollout import State, read_state
from infra.database.session import Session, open_session
from infra.models.flag import FlagName
from tests.cli.places import make_place
from tests.clusters import Database
from tests.database.entering import enter
from tests.phases.rollouts import stage

HOSTILE: Final = """<script>document.title='taken'</script><img src=x onerror="document.title='taken'">|`*_ \u202e"""
CREATORS: Final = 32
#: Beside `mine`: a stack whose database nobody answers for, with a name that is markup.
DEAD: Final = "<b>dead"


def populate(database: Database) -> None:
    """Deploy, walk up to phase 3 with creators who came within six days, and leave a trail in the ledger."""
    made = stage(database, 1)
    try:
        made.enter(2)
        with open_session(database.admin, application_name="test page") as session:
            seed_demo(session, _state(session), team=3, creators=10, seed=7)
        made.enter(3)
    finally:
        made.deployer.close()
    with open_session(database.admin, application_name="test page") as session:
        earlier = dataclasses.replace(_state(session), changed_at=datetime.now(UTC) - timedelta(days=6))
        seed_demo(session, earlier, team=3, creators=CREATORS, seed=7)
        proven = {"verified": True, "tables": 13, "rows": 1234, "file": "/secret/place/dev.dump"}
        append(session, Entry("backup", "ada", to_value="dev-20261127.dump", details=proven))
        append(session, Entry("backup", HOSTILE, to_value=HOSTILE, details={"verified": "<i>yes"}))
        append(session, Entry("override", HOSTILE, reason=HOSTILE, subject="backup", details={"kind": "no-backup"}))
        for number in range(12):
            append(
                session, Entry("cohort", "ada@example.org", to_value=f"user {number}", reason="let in", subject="beta")
            )
    enter(database, 3, off=(FlagName.CREATOR_AGENT_ECONOMICS,))
    enter(database, 3)


def _state(session: Session) -> State:
    state = read_state(session)
    assert state is not None
    return state


def lay_out(database: Database, folder: Path) -> None:
    """Write the project's files: a stack of this database, and one whose database cannot be reached."""
    place = make_place(folder, database.deployer, 3)
    text = place.file.read_text(encoding="utf-8")
    dead = text.replace(f"port: {database.deployer.port}", "port: 9").replace("phase: 3", "phase: 1")
    (folder / f"Pulumi.{DEAD}.yaml").write_text(dead, encoding="utf-8")
