"""Changes of the cohort by command: users are found by id or e-mail, and no change goes without its record."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import psycopg

from infra.database.cohort import COMMAND, STACK, MemberRow, add_member, missing_users, read_members, remove_member
from infra.database.failures import statement_error
from infra.database.ledger import Entry, append
from infra.database.provenance import Provenance
from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError, RolloutErrors
from infra.models.cohort import Member, MemberKind

_WHAT: Final = "cohort"
_EVENT: Final = "cohort"
_LONGEST: Final = 80


@dataclass(frozen=True)
class Added:
    """Who came in, and who was in already and stays as they are."""

    new: tuple[str, ...]
    already: tuple[MemberRow, ...]


@dataclass(frozen=True)
class Removed:
    """Who went, and who was no member."""

    gone: tuple[MemberRow, ...]
    absent: tuple[str, ...]


def find_users(session: Session, given: Sequence[str]) -> list[str]:
    """Return the ids of the users, each once, in the order given; an e-mail stands for the one user who has it.

    Raises:
        RolloutErrors: COH001 for each that is not exactly one user.
    """
    wanted = list(dict.fromkeys(given))
    found = _by_email(session, [text for text in wanted if "@" in text])
    found |= _by_id(session, [text for text in wanted if "@" not in text])
    if problems := [_unknown(text, len(found[text])) for text in wanted if len(found[text]) != 1]:
        raise RolloutErrors(problems)
    return list(dict.fromkeys(found[text][0] for text in wanted))


def add_users(session: Session, users: Iterable[str], kind: MemberKind, author: Provenance) -> Added:
    """Let users in, or nobody when the database refuses one; whoever is in already stays as they are.

    Raises:
        RolloutError: DB003 or DB001 when the database refuses it.
    """
    try:
        with session.transaction():
            members = {row.user: row for row in read_members(session)}
            new = [user for user in users if _add(session, Member(user=user, kind=kind, added_by=author.actor), author)]
    except psycopg.Error as error:
        raise statement_error(_WHAT, error, session.target) from None
    return Added(tuple(new), tuple(members[user] for user in users if user not in new and user in members))


def remove_users(session: Session, users: Sequence[str], author: Provenance, file: str) -> Removed:
    """Take users out, or nobody when one of them stands in the stack's file. Profiles and rows stay.

    Raises:
        RolloutErrors: CLI001 for each user of the stack file.
        RolloutError: DB003 or DB001 when the database refuses it.
    """
    try:
        with session.transaction():
            members = {row.user: row for row in read_members(session)}
            if named := [user for user in users if user in members and members[user].source == STACK]:
                raise RolloutErrors([_named(user, file) for user in named])
            gone = [members[user] for user in users if user in members and _remove(session, members[user], author)]
    except psycopg.Error as error:
        raise statement_error(_WHAT, error, session.target) from None
    return Removed(tuple(gone), tuple(user for user in users if user not in members))


def _add(session: Session, member: Member, author: Provenance) -> bool:
    added = add_member(session, member, COMMAND)
    if added:
        reason = f"added by {author.actor}"
        append(session, Entry(_EVENT, author.actor, author.commit, "", member.kind, reason, subject=member.user))
    return added


def _remove(session: Session, row: MemberRow, author: Provenance) -> bool:
    removed = remove_member(session, row.user)
    if removed:
        reason = f"removed by {author.actor}"
        append(session, Entry(_EVENT, author.actor, author.commit, row.kind, "", reason, subject=row.user))
    return removed


def _by_email(session: Session, emails: list[str]) -> dict[str, list[str]]:
    if not emails:
        return {}
    rows = session.query(catalog_query("users_by_email.sql"), {"emails": emails})
    return {row["email"]: row["users"] or [] for row in rows}


def _by_id(session: Session, texts: list[str]) -> dict[str, list[str]]:
    ids = {text: _id(text) for text in texts}
    absent = {"", *missing_users(session, filter(None, ids.values()))}
    return {text: [] if user in absent else [user] for text, user in ids.items()}


def _id(text: str) -> str:
    """Return the id in its usual spelling, or an empty text."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""


def _unknown(text: str, number: int) -> RolloutError:
    shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    if "@" in text or _id(text):
        problem = f"{number} users have this e-mail" if number else "there is no such user"
    else:
        problem = "it is neither the id of a user nor an e-mail"
    allowed = "a UUID of auth.users, or an e-mail that one user has"
    return RolloutError("COH001", shown, problem, allowed=allowed, fix="name the user's id")


def _named(user: str, file: str) -> RolloutError:
    return RolloutError(
        "CLI001",
        f"user {user}",
        "the stack file names this member, and the next `rollout up` would let them in again",
        fix=f"take them out of `cohort` in {file}, and run `rollout up`",
    )
