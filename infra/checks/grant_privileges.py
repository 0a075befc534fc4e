"""Nobody but the owner empties a table, refers to it or hangs triggers on it: row security covers none of that."""

from typing import Final

from infra.checks.rule import Rule
from infra.errors import RolloutError
from infra.models.grant import Grant

_REFUSED: Final = frozenset({"truncate", "references", "trigger", "maintain"})


def find(grant: Grant) -> list[RolloutError]:
    """Return an error for each such privilege; the owner has them without a grant."""
    return [
        RolloutError(
            RULE.code,
            f"{grant.identity}.entries[{number}].privilege",
            f"{entry.privilege.upper()} on {grant.object_name} for {entry.role}, which row security does not cover"
            f" ({entry.privilege})",
            allowed="select, insert, update, delete",
            fix="take the entry out; whoever must do this acts as the owner",
        )
        for number, entry in enumerate(grant.entries)
        if entry.privilege in _REFUSED
    ]


RULE = Rule("SEC013", "grant_privileges", Grant, find)
