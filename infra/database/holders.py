"""Who is at work in a database: the sessions of a deploy as the server shows them, and what they say of themselves."""

from dataclasses import dataclass
from typing import Final

from infra.database.session import Row

#: The phases of a concurrent build in their order, as `pg_stat_progress_create_index` names them.
BUILD_PHASES: Final = (
    "initializing",
    "waiting for writers before build",
    "building index",
    "waiting for writers before validation",
    "index validation: scanning index",
    "index validation: sorting tuples",
    "index validation: scanning table",
    "waiting for old snapshots",
)
_STATEMENT_LENGTH: Final = 120


@dataclass(frozen=True)
class Holder:
    """A session of a deploy. `works` tells the one that sends the statements from the one that keeps the lock."""

    pid: int
    works: bool
    text: str


def holder_of(row: Row) -> Holder:
    """Return the session that a row of the server's views describes, to the second and with what it is about."""
    gone = row["login"] is None and row["since"] is None
    who = (
        f"{row['login'] or 'unknown'}, {row['application_name'] or 'no name'}, from {row['address'] or 'this machine'}"
    )
    said = "who has just gone" if gone else f"{who}, since {row['since']} UTC"
    return Holder(row["pid"], row["works"], f"pid {row['pid']} ({said}){_doing(row)}")


def describe_build(row: Row) -> str:
    """Return how far an index build is: its phase, which of how many it is, and the share of blocks done."""
    phase = str(row["phase"])
    number = next((at for at, name in enumerate(BUILD_PHASES, 1) if phase.startswith(name)), 0)
    place = f"phase {number} of {len(BUILD_PHASES)}: " if number else ""
    share = f", {row['percent']} %" if row["percent"] is not None else ""
    return f"{place}{phase}{share}"


def _doing(row: Row) -> str:
    """Return the statement of a session that is in one; what it is waiting for shows in the phase of a build."""
    if row["state"] != "active" or not row["query"]:
        return ""
    words = " ".join(str(row["query"]).split())
    statement = words if len(words) <= _STATEMENT_LENGTH else words[: _STATEMENT_LENGTH - 1] + "…"
    build = f" [{describe_build(row)}]" if row["phase"] else ""
    return f", for {row['seconds']} s in: {statement}{build}"
