"""What the commands for the cohort do: find the users, change the members, and say what it means for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Final

from infra.cli.history_run import printable
from infra.cli.output import Output
from infra.cli.rollback_connection import Place, find_place, find_target
from infra.database.cohort import MemberRow, count_beta_sign_ups, read_members
from infra.database.cohort_changes import Added, Removed, add_users, find_users, remove_users
from infra.database.provenance import Provenance, provenance
from infra.database.rollout import State, read_state
from infra.database.session import Session, open_session
from infra.errors import RolloutError
from infra.models.cohort import MemberKind
from infra.models.phase import Audience

_SOURCES: Final = {"stack": "stack file", "command": "command"}
_LONGEST_NAME: Final = 200


def add(users: list[str], kind: str, by: str, stack: str, output: Output) -> int:
    """Let users in, and warn where more are in than there are places."""
    if kind not in list(MemberKind):
        raise RolloutError("CLI001", "--kind", f"'{kind}' is no kind of member", allowed=", ".join(MemberKind))
    author = author_of(by)
    with _opened(find_place(stack)) as (session, state):
        added = add_users(session, find_users(session, users), MemberKind(kind), author)
        warnings = [str(error) for error in over_cap(state, read_members(session))]
    _tell_added(added, kind, output)
    for warning in warnings:
        output.note(f"warning: {warning}")
    already = [row.user for row in added.already]
    output.document({"ok": True, "added": list(added.new), "already": already, "warnings": warnings})
    return 0


def remove(users: list[str], by: str, stack: str, output: Output) -> int:
    """Take users out."""
    author = author_of(by)
    place = find_place(stack)
    with _opened(place) as (session, _):
        removed = remove_users(session, find_users(session, users), author, place.file.name)
    _tell_removed(removed, output)
    gone = [{"user": row.user, "kept_profile": row.has_profile} for row in removed.gone]
    output.document({"ok": True, "removed": gone, "absent": list(removed.absent)})
    return 0


def show(stack: str, output: Output) -> int:
    """Show every member and the places."""
    with open_session(find_target(find_place(stack)), application_name="rollout cohort") as session:
        state = read_state(session)
        members, taken = read_members(session), count_beta_sign_ups(session)
    if state is None:
        output.note("nothing is deployed: there is no cohort yet")
    _show_members(members, output)
    if state is not None:
        output.line(describe_places(state, taken))
    output.document({"ok": True} | _document(state, members, taken))
    return 0


def author_of(by: str) -> Provenance:
    """Return who changes the cohort: as said, or as git or the CI knows them.

    Raises:
        RolloutError: CLI001 for a name that the ledger has no room for.
    """
    known = provenance()
    actor = by.strip() or known.actor
    if len(actor) > _LONGEST_NAME or not actor.isprintable():
        raise RolloutError("CLI001", "--by", "it is no name", allowed=f"up to {_LONGEST_NAME} printable characters")
    return Provenance(actor, known.commit)


def over_cap(state: State, members: list[MemberRow]) -> Iterator[RolloutError]:
    """Yield COH004 when more beta creators are let in than the phase has places; that is allowed."""
    beta = [row for row in members if row.kind == MemberKind.BETA]
    cap = state.beta_cap
    if state.audience != Audience.COHORT or cap is None or len(beta) <= cap:
        return
    signed_up = sum(row.has_profile for row in beta)
    problem = (
        f"{len(beta)} beta creators are let in, {len(beta) - cap} more than the {cap} places of phase {state.phase}; "
        f"{signed_up} have signed up"
    )
    fix = (
        "nothing is to be done: places are taken at sign-up, first come, first served, and nobody who is in is put out"
    )
    yield RolloutError("COH004", "cohort", problem, fix=fix)


def describe_places(state: State, taken: int) -> str:
    """Return in words how many places are taken."""
    if state.audience == Audience.NOBODY:
        return f"phase {state.phase} lets nobody sign up; {taken} beta creators have a profile"
    if state.audience == Audience.EVERYONE or state.beta_cap is None:
        return f"phase {state.phase} lets everybody sign up; {taken} beta creators have a profile"
    return f"{taken} of the {state.beta_cap} places for beta creators in phase {state.phase} are taken"


@contextmanager
def _opened(place: Place) -> Iterator[tuple[Session, State]]:
    """Yield the database of the stack and where it stands.

    Raises:
        RolloutError: DB008 where nothing is deployed, or why the database cannot be reached.
    """
    with open_session(find_target(place), application_name="rollout cohort") as session:
        state = read_state(session)
        if state is None:
            fix = f"run `rollout up --stack {place.stack}` first"
            raise RolloutError("DB008", f"stack {place.stack}", "nothing is deployed in its database", fix=fix)
        yield session, state


def _tell_added(added: Added, kind: str, output: Output) -> None:
    for user in added.new:
        output.line(f"{user}: let in ({kind})")
    for row in added.already:
        other = "; to change the kind, remove and add them" if row.kind != kind else ""
        output.line(f"{row.user}: is in already ({row.kind}, by {_SOURCES.get(row.source, row.source)}){other}")


def _tell_removed(removed: Removed, output: Output) -> None:
    for row in removed.gone:
        kept = "; has a profile, and keeps it with every row and the right to read them" if row.has_profile else ""
        output.line(f"{row.user}: taken out ({row.kind}){kept}")
    for user in removed.absent:
        output.line(f"{user}: is no member")


def _show_members(members: list[MemberRow], output: Output) -> None:
    for row in members:
        signed_up = "signed up" if row.has_profile else "invited"
        source = _SOURCES.get(row.source, row.source)
        by = printable(row.added_by)
        output.line(f"{row.user}  {row.kind}  {signed_up:<9}  {row.added_at:%Y-%m-%d}  by {by} ({source})")
    if not members:
        output.line("the cohort has no members")


def _document(state: State | None, members: list[MemberRow], taken: int) -> dict[str, Any]:
    rows = [asdict(row) | {"added_at": row.added_at.isoformat()} for row in members]
    places = None if state is None else {"cap": state.beta_cap, "taken": taken}
    return {"phase": state.phase if state else None, "places": places, "members": rows}
