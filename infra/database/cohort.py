"""The members of the cohort as the database has them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from infra.database.rollout import missing_relations
from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.models.cohort import Member

TABLES: Final = ("pipeline_private.cohort_members", "public.creator_profiles")
STACK: Final = "stack"
COMMAND: Final = "command"


@dataclass(frozen=True)
class MemberRow:
    """A member: `source` is the stack file or a command, `added_at` is in UTC."""

    user: str
    kind: str
    source: str
    added_by: str
    added_at: datetime
    has_profile: bool


def read_members(session: Session) -> list[MemberRow]:
    """Return every member, the team first; none where nothing is rolled out."""
    if missing_relations(session, *TABLES):
        return []
    return [MemberRow(**row) for row in session.query(catalog_query("cohort_members.sql"))]


def count_beta_sign_ups(session: Session) -> int:
    """Return how many beta creators have a profile; 0 where nothing is rolled out."""
    if missing_relations(session, *TABLES):
        return 0
    row = session.one(catalog_query("cohort_sign_ups.sql"))
    return int(row["sign_ups"]) if row else 0


def has_creators(session: Session) -> bool:
    """Whether anybody has a profile already."""
    if missing_relations(session, "public.creator_profiles"):
        return False
    row = session.one(catalog_query("creators_exist.sql"))
    return bool(row and row["present"])


def missing_users(session: Session, users: Iterable[str]) -> list[str]:
    """Return which of these ids are no users of the platform."""
    return [row["user"] for row in session.query(catalog_query("users_missing.sql"), {"users": list(users)})]


def add_member(session: Session, member: Member, source: str = COMMAND) -> bool:
    """Let a user in; False when they were in already.

    Raises:
        psycopg.Error: as the server reports it.
    """
    values = {"user": member.user, "kind": member.kind.value, "source": source, "added_by": member.added_by}
    return bool(session.execute(catalog_query("cohort_add.sql"), values))


def remove_member(session: Session, user: str) -> bool:
    """Take a member out, who keeps profile and data; False when they were not in.

    Raises:
        psycopg.Error: as the server reports it.
    """
    return bool(session.execute(catalog_query("cohort_remove.sql"), {"user": user}))
