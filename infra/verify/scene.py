"""The people of the proof, and a row of each kind for two of them: all of it goes with the transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import uuid4

from infra.database.rollout import State, missing_relations, read_state
from infra.database.session import Session
from infra.ddl.templates import catalog_query, render
from infra.errors import RolloutError
from infra.models.flag import FlagName
from infra.models.phase import Audience
from infra.models.table import Table
from infra.pipeline.answers import RELATIONS
from infra.pipeline.names import CREATOR
from infra.pipeline.tables.cohort_members import COHORT_MEMBERS
from infra.pipeline.tables.creator_profiles import CREATOR_PROFILES

_ENABLE: Final = FlagName.ENABLE_CREATIVE_PIPELINE.value
#: Which of a person's ids tells the person's rows, by table; the tables that are not here have no rows of persons.
_KEYS: Final = {CREATOR_PROFILES.identity: ("id", "profile"), COHORT_MEMBERS.identity: ("user_id", "user")}
_OF_PROFILES: Final = "creator_profile_id"
_WHAT: Final = "verify"
#: Two creators, a member of the team and a stranger.
_PEOPLE: Final = 4
_CREATORS: Final = 2


@dataclass(frozen=True)
class Person:
    """A signed-in user, with a profile or without."""

    called: str
    user: str
    profile: str = ""

    @property
    def claims(self) -> dict[str, str]:
        """What the API sets for the user's requests."""
        return {"sub": self.user, "role": CREATOR}


@dataclass(frozen=True)
class Cast:
    """The ids of the people and of the two creators' profiles: nobody else has them."""

    users: tuple[str, ...] = field(default_factory=lambda: tuple(str(uuid4()) for _ in range(_PEOPLE)))
    profiles: tuple[str, ...] = field(default_factory=lambda: tuple(str(uuid4()) for _ in range(_CREATORS)))


@dataclass(frozen=True)
class Scene:
    """Two creators with rows, a member of the team and a stranger without, and what else the attempts lean on."""

    creator: Person
    other: Person
    member: Person
    stranger: Person
    state: State | None
    rows: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """The creator's own row of each table that has one."""
    filled: frozenset[str] = frozenset()
    """The tables that have a row at all."""

    @property
    def lets_the_team_in(self) -> bool:
        """Whether a member of the team may make a profile now; None of a phase lets everybody who asks in."""
        state = self.state
        if state is None:
            return True
        return state.audience != Audience.NOBODY and not state.latched and state.flags.get(_ENABLE, False)

    @property
    def lets_strangers_in(self) -> bool:
        """Whether somebody outside the cohort may make a profile now."""
        return self.lets_the_team_in and (self.state is None or self.state.audience == Audience.EVERYONE)

    def keys(self, table: Table) -> tuple[str, str, str]:
        """Return the column that tells whose a row is, with the creator's and the other's value; empty without one."""
        column, kind = _key_of(table)
        return (column, getattr(self.creator, kind), getattr(self.other, kind)) if column else ("", "", "")


def user_triggers(session: Session) -> list[str]:
    """Return the triggers that run when a user is added to the platform's table."""
    return [row["name"] for row in session.query(catalog_query("verify_user_triggers.sql"))]


def set_scene(session: Session, cast: Cast) -> Scene:
    """Add the people and their rows, in the transaction that is under way.

    Raises:
        RolloutError: VER002 when the database takes none of them.
    """
    state = read_state(session)
    try:
        session.run(_WHAT, catalog_query("verify_users.sql"), {"users": list(cast.users)})
        _sign_up(session, state, cast)
        session.run(_WHAT, catalog_query("verify_rows.sql"), {"profiles": list(cast.profiles)})
    except RolloutError as error:
        raise _unset(error) from None
    creator, other, member, stranger = cast.users
    scene = Scene(
        Person("the creator", creator, cast.profiles[0]),
        Person("another creator", other, cast.profiles[1]),
        Person("a member of the team", member),
        Person("a stranger", stranger),
        state,
    )
    return _looked_at(session, scene)


def _sign_up(session: Session, state: State | None, cast: Cast) -> None:
    """Make the creators' profiles; a phase that lets nobody in does so for a moment."""
    profiles = {"users": list(cast.users[:_CREATORS]), "profiles": list(cast.profiles)}
    if state is None:
        session.run(_WHAT, catalog_query("verify_profiles.sql"), profiles)
        return
    session.run(_WHAT, catalog_query("verify_members.sql"), {"users": list(cast.users[:-1])})
    session.run(_WHAT, catalog_query("verify_open_state.sql"))
    opened = session.run(_WHAT, catalog_query("verify_open_flag.sql"), {"flag": _ENABLE})
    session.run(_WHAT, catalog_query("verify_profiles.sql"), profiles)
    if opened:
        session.run(_WHAT, catalog_query("verify_close_flag.sql"), {"flag": _ENABLE})
    if state.latched or state.audience == Audience.NOBODY:
        values = {"audience": state.audience, "latched": state.latched}
        session.run(_WHAT, catalog_query("verify_close_state.sql"), values)


def _looked_at(session: Session, scene: Scene) -> Scene:
    """Return the scene with what stands in the tables: the creator's rows, and which tables have any."""
    missing = set(missing_relations(session, *(table.identity for table in RELATIONS)))
    there = [table for table in RELATIONS if table.identity not in missing]
    rows, filled = {}, set()
    for table in there:
        key, own, _ = scene.keys(table)
        found = session.run(_WHAT, _text("row", table, key=key, keys=[own] if key else []))
        if found:
            filled.add(table.identity)
        if found and key:
            rows[table.identity] = found[0]["row"]
    return replace(scene, rows=rows, filled=frozenset(filled))


def _text(action: str, table: Table, **values: Any) -> str:
    return render("verify.sql.j2", action=action, relation=table.identity, **values)


def _key_of(table: Table) -> tuple[str, str]:
    if any(column.name == _OF_PROFILES for column in table.columns):
        return _OF_PROFILES, "profile"
    return _KEYS.get(table.identity, ("", ""))


def _unset(error: RolloutError) -> RolloutError:
    return RolloutError(
        "VER002",
        _WHAT,
        f"the proof's own users and rows cannot be added for its transaction: {error.problem}",
        fix=f"{error.fix or 'mend the cause'}; the deployer needs INSERT on auth.users and on the pipeline's tables",
    )
