"""A simulated population, so that a first advance can be tried: people who sign up as everybody does, and their rows.

They are told by their e-mail's domain, which no real address has, and everything of theirs goes with their users.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import psycopg

from infra.database.cohort import count_beta_sign_ups
from infra.database.failures import statement_error
from infra.database.ledger import Entry, append, is_kept
from infra.database.provenance import provenance
from infra.database.rollout import State
from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.models.flag import FlagName
from infra.models.phase import Audience
from infra.pipeline.names import (
    AGENT_ROLES,
    CREATIVE_ROLES,
    EXPERIENCE_LEVELS,
    GROWTH_POTENTIALS,
    LEARNING_STYLES,
    REVENUE_MODELS,
    STAGES,
)

#: The domain of every simulated user: `.invalid` is nobody's, by RFC 2606.
DOMAIN: Final = "demo.invalid"
#: What each stage takes; the slowest decides the 95th percentile.
MILLISECONDS: Final = (900, 1200, 1800, 2400, 1500, 1100, 700)
#: What a simulated creator leaves behind, in the order in which it is written.
_ROWS: Final = ("sessions", "scores", "mappings", "economics", "metrics")
_WORDS: Final[dict[str, Any]] = {
    "roles": list(CREATIVE_ROLES[:-1]),
    "stages": list(STAGES),
    "levels": list(EXPERIENCE_LEVELS),
    "styles": list(LEARNING_STYLES),
    "growth": list(GROWTH_POTENTIALS),
    "agents": list(AGENT_ROLES),
    "models": list(REVENUE_MODELS),
    "milliseconds": list(MILLISECONDS),
}
_WHAT: Final = "rollout demo"
Result = TypeVar("Result")


@dataclass(frozen=True)
class People:
    """Who is in the database: simulated users, those of them with a profile, those who wait for one; and real creators.

    `waiting_beta` and `waiting_team` are members of the cohort without a profile.
    """

    users: int
    creators: int
    waiting_beta: int
    waiting_team: int
    real_creators: int


@dataclass(frozen=True)
class Seeded:
    """What was added, and why somebody has to wait, if so; `rows` counts by kind."""

    users: int
    members: int
    creators: int
    rows: dict[str, int]
    waiting: str
    people: People


def sign_ups_closed(state: State) -> str:
    """Return why nobody at all can sign up, or an empty text."""
    if state.latched:
        return "the kill switch is set"
    if state.audience == Audience.NOBODY:
        return f"phase {state.phase} lets nobody sign up"
    if not state.flags.get(FlagName.ENABLE_CREATIVE_PIPELINE):
        return f"{FlagName.ENABLE_CREATIVE_PIPELINE} is off"
    return ""


def free_places(state: State, taken: int) -> int | None:
    """Return how many more beta creators may sign up, None for any number."""
    if state.audience == Audience.EVERYONE or state.beta_cap is None:
        return None
    return max(0, state.beta_cap - taken)


def read_people(session: Session) -> People:
    """Return who is in the database."""
    row = session.one(catalog_query("demo_people.sql"))
    assert row
    return People(**row)


def seed_demo(session: Session, state: State, *, team: int, creators: int, seed: int) -> Seeded:
    """Bring the population to these numbers as far as the phase lets people in. Whoever is there stays as they are.

    Args:
        session: a session of the superuser: the platform's users are nobody else's to write.
        state: where the database stands in the rollout.
        team: members of the team.
        creators: beta creators.
        seed: what decides the figures; the people are the same for every seed.

    Raises:
        RolloutError: DB003 or DB001 when the database refuses it; nothing is added then.
    """
    return _whole(session, lambda: _seed(session, state, {"team": team, "creators": creators, "seed": seed}))


def remove_demo(session: Session) -> int:
    """Delete the simulated users with everything of theirs, parked tables included; return how many there were.

    Raises:
        RolloutError: DB003 or DB001 when the database refuses it; nothing is deleted then.
    """

    def remove() -> int:
        users = _count(session, "remove", {})
        if users and is_kept(session):
            _record(session, f"{users} simulated users", "", "removed")
        return users

    return _whole(session, remove)


def _seed(session: Session, state: State, wanted: dict[str, Any]) -> Seeded:
    values = _WORDS | wanted | {"since": state.changed_at, "phase": state.phase}
    users = _count(session, "users", wanted)
    members = _count(session, "members", {})
    places = free_places(state, count_beta_sign_ups(session))
    closed = sign_ups_closed(state)
    creators = 0 if closed else _count(session, "profiles", values | {"places": places})
    rows = _live(session, values) if creators else {}
    people = read_people(session)
    if members:
        _record(session, "", f"{people.users} simulated users", "added")
    return Seeded(users, members, creators, rows, _reason(state, closed, people), people)


def _reason(state: State, closed: str, people: People) -> str:
    """Return why members of the cohort wait for a profile, or an empty text where nobody does."""
    if not people.waiting_beta + people.waiting_team:
        return ""
    return closed or f"phase {state.phase} has {state.beta_cap} places for beta creators"


def _live(session: Session, values: dict[str, Any]) -> dict[str, int]:
    """Let those who have just signed up go through the stages; return how many rows of each kind came of it."""
    _count(session, "steps", values)
    return {kind: _count(session, kind, values) for kind in _ROWS}


def _count(session: Session, name: str, values: dict[str, Any]) -> int:
    """Run one statement and return how many rows it wrote."""
    return session.connection.execute(catalog_query(f"demo_{name}.sql"), values).rowcount


def _record(session: Session, before: str, after: str, reason: str) -> None:
    who = provenance()
    reason = f"simulated population {reason}"
    append(session, Entry("cohort", who.actor, who.commit, before, after, reason, subject="demo"))


def _whole(session: Session, action: Callable[[], Result]) -> Result:
    """Do all of it or nothing."""
    try:
        with session.transaction():
            return action()
    except psycopg.Error as error:
        raise statement_error(_WHAT, error, session.target) from None
