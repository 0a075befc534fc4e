"""What the walk through the phases does at each step, on whichever engine, and what it looks at."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from infra.database.demo import seed_demo
from infra.database.ledger import Entry, append, read_ledger
from infra.database.rollout import State, read_state
from infra.database.session import Session, open_session
from infra.models.flag import FlagName
from infra.models.phase import Audience
from infra.pipeline.phases import phase, rollout
from tests.clusters import Database
from tests.seeding import checksums

UNTIL: Final = "2999-12-31"
#: What no database can measure: somebody has looked, and says so.
ATTESTED: Final = (
    "api-latency",
    "internal-api-latency",
    "cultural-messaging",
    "sla-api-latency",
    "sla-uptime",
)
#: How many beta creators the gates of these phases ask for.
CREATORS: Final = {2: 8, 3: 30, 4: 110}


def attestations() -> list[dict[str, str]]:
    """Return what a stack file says."""
    return [{"gate": name, "by": "Ada", "why": "seen on the dashboard", "until": UNTIL} for name in ATTESTED]


def config(number: int, **more: Any) -> dict[str, str]:
    """Return the values of a stack file in this phase, as texts."""
    values = {"phase": number, "attestations": attestations(), **more}
    return {key: json.dumps(value) for key, value in values.items()}


@dataclass
class Walk:
    """A database on its way through the phases."""

    database: Database
    rows: dict[int, Any] = field(default_factory=dict)

    def session(self, user: str = "deployer") -> Session:
        """Open a session."""
        return open_session(getattr(self.database, user), application_name="walk")

    def state(self) -> State:
        """Return where the database stands."""
        with self.session() as session:
            state = read_state(session)
        assert state is not None
        return state

    def meet_the_gate(self, number: int) -> None:
        """Let happen in this phase what its gate asks for: a proven backup, or creators who come through."""
        with self.session() as session:
            if number == 1:
                details = {"verified": True, "file": "x.dump"}
                append(session, Entry("backup", "walk", reason="before phase 2", details=details))
        if number in CREATORS:
            with self.session("admin") as session:
                state = read_state(session)
                assert state is not None
                seed_demo(session, state, team=3, creators=CREATORS[number], seed=1)

    def is_as_the_table_says(self, number: int, ready: set[FlagName] | None = None) -> None:
        """Flags, audience, places and grants are those of the phase."""
        wanted, state = rollout(number, ready=ready or set()), self.state()
        assert (state.phase, state.audience, state.beta_cap) == (number, wanted.audience.value, wanted.beta_cap)
        assert state.flags == wanted.values
        assert not state.latched
        assert self.may_sign_up() is phase(number).opens_sign_up
        self.stranger_meets(wanted.audience)

    def may_sign_up(self) -> bool:
        """Whether creators have the right to insert a profile at all."""
        with self.database.connect() as connection:
            row = connection.execute(
                "SELECT has_column_privilege('authenticated', 'public.creator_profiles', 'user_id', 'INSERT')"
            ).fetchone()
        assert row is not None
        return bool(row[0])

    def stranger_meets(self, audience: Audience) -> None:
        """Somebody from outside sees the pipeline only when it is open to everyone."""
        with self.database.connect("authenticated", {"sub": str(uuid.uuid4()), "role": "authenticated"}) as connection:
            row = connection.execute("SELECT public.feature_enabled('ENABLE_CREATIVE_PIPELINE')").fetchone()
        assert row == (audience is Audience.EVERYONE,)

    def keep(self, number: int) -> None:
        """Remember the rows as they are now."""
        self.rows[number] = self.look()

    def look(self) -> Mapping[str, Any]:
        """Return checksums over every row of the pipeline, and the members."""
        with self.database.connect(user="admin") as connection:
            members = connection.execute("SELECT * FROM pipeline_private.cohort_members ORDER BY user_id").fetchall()
            return {**checksums(connection), "members": members}

    def phases_in_the_ledger(self) -> list[tuple[str, str]]:
        """Return every change of the phase, oldest first."""
        with self.session() as session:
            return [(entry.from_value, entry.to_value) for entry in read_ledger(session, event="phase")]

    def gates_in_the_ledger(self) -> list[tuple[str, bool]]:
        """Return every gate that was measured: where to, and whether it was passed."""
        with self.session() as session:
            return [(entry.to_value, entry.details["allowed"]) for entry in read_ledger(session, event="gate")]
