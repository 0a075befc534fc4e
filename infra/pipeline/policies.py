"""The row-security policies: one permissive policy at most for each role, table and command."""

from typing import Final

from infra.models.policy import Command, Policy
from infra.models.table import Table
from infra.pipeline.access import LEGACY_INSERTS, LEGACY_UPDATES, MONITOR_COLUMNS, Access
from infra.pipeline.names import CREATOR, MONITOR, OWNER, PUBLIC, SERVICES
from infra.pipeline.tables import CREATOR_TABLES, TABLES
from infra.pipeline.tables.creator_profiles import CREATOR_PROFILES

#: Wrapped in a sub-select, the call is made once a statement instead of once a row.
IS_SELF: Final = "user_id = (SELECT auth.uid())"
#: The caller's profile ids, taken once as an array: the test uses the index and stays flat as the table grows.
IS_OWN: Final = (
    "creator_profile_id = ANY (ARRAY("
    "SELECT p.id FROM public.creator_profiles AS p WHERE p.user_id = (SELECT auth.uid())))"
)
#: What a new profile must say: nobody signs up with results.
IS_NEW: Final = "onboarding_stage = 'portfolio-submission' AND cultural_alignment = 0 AND readiness_score = 0"


def policies(access: Access) -> tuple[Policy, ...]:
    """Return every policy for this kind of access."""
    found = list(_profile_policies())
    for table in CREATOR_TABLES:
        found.append(_policy(table, "creator_select", Command.SELECT, (CREATOR,), using=IS_OWN))
        if access is Access.LEGACY:
            found.extend(_legacy_policies(table))
    for table in TABLES:
        found.extend(_staff_policies(table))
    return tuple(found)


def _profile_policies() -> tuple[Policy, ...]:
    table = CREATOR_PROFILES
    return (
        _policy(table, "creator_select", Command.SELECT, (CREATOR,), using=IS_SELF),
        _policy(table, "creator_insert", Command.INSERT, (CREATOR,), check=f"{IS_SELF} AND {IS_NEW}"),
        _policy(table, "creator_update", Command.UPDATE, (CREATOR,), using=IS_SELF, check=IS_SELF),
        _policy(
            table,
            "owner_all",
            Command.ALL,
            (OWNER,),
            using="true",
            check="true",
            reason="the activity trigger runs as the owner, whom forced row security binds too",
        ),
    )


def _legacy_policies(table: Table) -> list[Policy]:
    found = []
    if table.name in LEGACY_INSERTS:
        found.append(_policy(table, "creator_insert", Command.INSERT, (CREATOR,), check=IS_OWN))
    if table.name in LEGACY_UPDATES:
        found.append(_policy(table, "creator_update", Command.UPDATE, (CREATOR,), using=IS_OWN, check=IS_OWN))
    return found


def _staff_policies(table: Table) -> list[Policy]:
    reason = "the service writes every creator's results; its grants bound what it may do"
    found = [_policy(table, "service_all", Command.ALL, SERVICES, using="true", check="true", reason=reason)]
    if table.name in MONITOR_COLUMNS:
        reason = "monitoring counts over all creators; its grants leave out what they wrote"
        found.append(_policy(table, "monitor_select", Command.SELECT, (MONITOR,), using="true", reason=reason))
    return found


def _policy(
    table: Table,
    name: str,
    command: Command,
    roles: tuple[str, ...],
    *,
    using: str | None = None,
    check: str | None = None,
    reason: str = "",
) -> Policy:
    return Policy(
        schema_name=PUBLIC,
        table=table.name,
        name=name,
        command=command,
        roles=roles,
        using=using,
        check=check,
        reason=reason,
    )
