"""The least grants: by column wherever a role may read or write only some."""

from collections.abc import Iterable
from typing import Final

from infra.models.access import Access, Rule
from infra.models.function import Function
from infra.models.grant import Entry, Grant, Target
from infra.pipeline.access import pipeline_rules
from infra.pipeline.functions import FUNCTIONS
from infra.pipeline.names import ARCHIVE, CREATOR, MONITOR, OWNER, PRIVATE, PUBLIC, SERVICE, SERVICES
from infra.pipeline.policies import policies_on
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
    rules = pipeline_rules(access)
    tables = (
        Grant(
            object_name=table.identity,
            entries=entries_on(table.identity, rules, sign_up=sign_up),
            policies=policies_on(table, rules),
            replaces_policies=stated,
        )
        for table in TABLES
    )
    view = Grant(object_name=OVERVIEW.identity, entries=entries_on(OVERVIEW.identity, rules))
    return (*tables, view, *(function_grant(function, rules) for function in FUNCTIONS))


def function_grant(function: Function, rules: Iterable[Rule]) -> Grant:
    """Return who may call a function."""
    return Grant(target=Target.FUNCTION, object_name=function.identity, entries=entries_on(function.identity, rules))


def entries_on(on: str, rules: Iterable[Rule], *, sign_up: bool = False) -> tuple[Entry, ...]:
    """Return the privileges by which a relation or a function is opened as the rules say.

    The owner needs none. What a phase opens comes last, so that a preview shows it as one line more.
    """
    allowed = [rule for rule in rules if rule.on == on and rule.role != OWNER and (sign_up or not rule.at_sign_up)]
    return tuple(
        Entry(role=rule.role, privilege=rule.operation.value, columns=rule.columns)
        for rule in sorted(allowed, key=lambda rule: rule.at_sign_up)
    )
