"""The least grants: by column wherever a role may read or write only some."""

from typing import Final

from infra.models.function import Function
from infra.models.grant import Entry, Grant, Target
from infra.models.table import Table
from infra.pipeline.access import (
    ANSWER_COLUMNS,
    LEGACY_INSERTS,
    LEGACY_UPDATES,
    MONITOR_COLUMNS,
    SERVICE_DELETES,
    SIGN_UP_COLUMNS,
    Access,
)
from infra.pipeline.functions import CREATOR_PIPELINE_STATUS, FUNCTIONS
from infra.pipeline.names import ARCHIVE, CREATOR, MONITOR, OWNER, PRIVATE, PUBLIC, SERVICE, SERVICES
from infra.pipeline.policies import policies
from infra.pipeline.tables import TABLES
from infra.pipeline.tables.creator_profiles import CREATOR_PROFILES
from infra.pipeline.views import OVERVIEW

#: What a phase opens: the grants of these differ from phase to phase.
PHASED: Final = (CREATOR_PROFILES.identity,)


def schema_grants() -> tuple[Grant, ...]:
    """Return the grants on schemas; they come before the objects, whose owner needs CREATE there."""
    owner = (Entry(role=OWNER, privilege="create"), Entry(role=OWNER, privilege="usage"))
    staff = tuple(Entry(role=role, privilege="usage") for role in (SERVICE, MONITOR))
    readers = tuple(Entry(role=role, privilege="usage") for role in (CREATOR, *SERVICES, MONITOR))
    return (
        # The application's other objects live in public too: only our own roles' entries are ours.
        Grant(target=Target.SCHEMA, object_name=PUBLIC, entries=(*owner, *staff), exclusive=False),
        # Whoever asks for a flag reads there what it is weighed by; the tables' own grants say what.
        Grant(target=Target.SCHEMA, object_name=PRIVATE, entries=(*owner, *readers)),
        Grant(target=Target.SCHEMA, object_name=ARCHIVE, entries=owner),
    )


def object_grants(access: Access, *, stated: bool, sign_up: bool) -> tuple[Grant, ...]:
    """Return the grants on tables, view and functions.

    Args:
        access: who writes the creators' results.
        stated: whether the stack file names the access.
        sign_up: whether the phase lets anybody make a profile.
    """
    names = {table.name: tuple(p.name for p in policies(access) if p.table == table.name) for table in TABLES}
    tables = (
        Grant(
            object_name=table.identity,
            entries=_table_entries(table, access, sign_up=sign_up),
            policies=tuple(sorted(names[table.name])),
            replaces_policies=stated,
        )
        for table in TABLES
    )
    readers = tuple(Entry(role=role, privilege="select") for role in (CREATOR, *SERVICES, MONITOR))
    return (
        *tables,
        Grant(object_name=OVERVIEW.identity, entries=readers),
        *(_function_grant(function) for function in FUNCTIONS),
    )


def _function_grant(function: Function) -> Grant:
    callers = (CREATOR, *SERVICES) if function is CREATOR_PIPELINE_STATUS else ()
    entries = tuple(Entry(role=role, privilege="execute") for role in callers)
    return Grant(target=Target.FUNCTION, object_name=function.identity, entries=entries)


def _table_entries(table: Table, access: Access, *, sign_up: bool) -> tuple[Entry, ...]:
    """Return the entries; what a phase opens comes last, so that a preview shows it as one line more."""
    opened = (Entry(role=CREATOR, privilege="insert", columns=SIGN_UP_COLUMNS),)
    return (
        *_creator_entries(table.name, access),
        *_service_entries(table.name),
        *_monitor_entries(table.name),
        *(opened if sign_up and table is CREATOR_PROFILES else ()),
    )


def _creator_entries(table: str, access: Access) -> tuple[Entry, ...]:
    legacy = access is Access.LEGACY
    inserts = LEGACY_INSERTS.get(table, ()) if legacy else ()
    updates = LEGACY_UPDATES.get(table, ()) if legacy else ()
    if table == CREATOR_PROFILES.name:
        updates = (*ANSWER_COLUMNS, *updates)
    entries = [Entry(role=CREATOR, privilege="select")]
    if inserts:
        entries.append(Entry(role=CREATOR, privilege="insert", columns=inserts))
    if updates:
        entries.append(Entry(role=CREATOR, privilege="update", columns=updates))
    return tuple(entries)


def _service_entries(table: str) -> tuple[Entry, ...]:
    select, insert = "select", "insert"
    return tuple(
        Entry(role=role, privilege=privilege)
        for role in SERVICES
        for privilege in (select, insert, "update", "delete")
        if privilege != "delete" or table in SERVICE_DELETES
    )


def _monitor_entries(table: str) -> tuple[Entry, ...]:
    columns = MONITOR_COLUMNS.get(table)
    return (Entry(role=MONITOR, privilege="select", columns=columns),) if columns else ()
