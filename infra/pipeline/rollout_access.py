"""Who may see the rollout: whoever asks for a flag the flags and the state, members themselves, few the ledger."""

from typing import Final

from infra.models.function import Function
from infra.models.grant import Entry, Grant, Target
from infra.models.policy import Command, Policy
from infra.models.table import Table
from infra.pipeline.names import CREATOR, MONITOR, OWNER, PRIVATE, SERVICE_ROLE, SERVICES
from infra.pipeline.rollout_changes import CHANGES
from infra.pipeline.rollout_functions import ADMIT_CREATOR, FEATURE_ENABLED, OBEY_LATCH, REFUSE_CHANGE
from infra.pipeline.tables import ROLLOUT_TABLES
from infra.pipeline.tables.cohort_members import COHORT_MEMBERS
from infra.pipeline.tables.feature_flags import FEATURE_FLAGS
from infra.pipeline.tables.rollout_ledger import ROLLOUT_LEDGER
from infra.pipeline.tables.rollout_state import ROLLOUT_STATE

FUNCTIONS: Final = (ADMIT_CREATOR, OBEY_LATCH, REFUSE_CHANGE, *CHANGES, FEATURE_ENABLED)
#: Of state and flags, what a flag is weighed by; who changed them, and why, is for the monitor alone.
STATE_COLUMNS: Final = ("phase", "audience", "latched")
FLAG_COLUMNS: Final = ("name", "enabled", "requires", "cohort_only", "obeys_latch")
#: Members see that they are in, and not who of the team let them in.
MEMBER_COLUMNS: Final = ("user_id", "kind")
_STAFF: Final = (*SERVICES, MONITOR)


def rollout_policies() -> tuple[Policy, ...]:
    """Return the policies of the rollout's tables."""
    return (
        *map(_owners, ROLLOUT_TABLES),
        _readers(FEATURE_FLAGS, "a flag is the same for everybody, and no secret"),
        _readers(ROLLOUT_STATE, "every flag is weighed by it; the grants leave out who did what"),
        _policy(COHORT_MEMBERS, "member_select", (CREATOR,), using="user_id = (SELECT auth.uid())"),
        _policy(
            COHORT_MEMBERS, "staff_select", _STAFF, using="true", reason="the service serves, and monitoring counts"
        ),
        _policy(ROLLOUT_LEDGER, "monitor_select", (MONITOR,), using="true", reason="monitoring tells what happened"),
    )


def rollout_grants(deployer: str) -> tuple[Grant, ...]:
    """Return the grants on the rollout's tables and functions; the deployer keeps the ledger whatever is taken away."""
    entries: dict[str, tuple[Entry, ...]] = {
        FEATURE_FLAGS.identity: (*_reading(FLAG_COLUMNS, CREATOR, *SERVICES), *_reading((), MONITOR)),
        ROLLOUT_STATE.identity: (*_reading(STATE_COLUMNS, CREATOR, *SERVICES), *_reading((), MONITOR)),
        COHORT_MEMBERS.identity: (*_reading(MEMBER_COLUMNS, CREATOR), *_reading((), *_STAFF)),
        ROLLOUT_LEDGER.identity: (
            Entry(role=MONITOR, privilege="select"),
            *(Entry(role=deployer, privilege=privilege) for privilege in _KEEPING),
        ),
    }
    return (
        *(_table_grant(table, entries.get(table.identity, ())) for table in ROLLOUT_TABLES),
        *map(_function_grant, FUNCTIONS),
    )


_KEEPING: Final = ("select", "insert")


def _reading(columns: tuple[str, ...], *roles: str) -> tuple[Entry, ...]:
    return tuple(Entry(role=role, privilege="select", columns=columns) for role in roles)


def _table_grant(table: Table, entries: tuple[Entry, ...]) -> Grant:
    names = sorted(policy.name for policy in rollout_policies() if policy.relation == table.identity)
    return Grant(object_name=table.identity, entries=entries, policies=tuple(names))


def _function_grant(function: Function) -> Grant:
    # A login of our own has no way to the platform's schema of users, which the function asks for the caller.
    callers = (CREATOR, SERVICE_ROLE) if function is FEATURE_ENABLED else ()
    entries = tuple(Entry(role=role, privilege="execute") for role in callers)
    return Grant(target=Target.FUNCTION, object_name=function.identity, entries=entries)


def _owners(table: Table) -> Policy:
    reason = (
        "the functions that change the rollout, and its triggers, act for the owner, whom forced row security binds"
    )
    return _policy(table, "owner_all", (OWNER,), command=Command.ALL, using="true", check="true", reason=reason)


def _readers(table: Table, reason: str) -> Policy:
    return _policy(table, "readers_select", (CREATOR, *_STAFF), using="true", reason=reason, public_read=True)


def _policy(  # noqa: PLR0913 - what a policy has
    table: Table,
    name: str,
    roles: tuple[str, ...],
    *,
    using: str,
    check: str | None = None,
    command: Command = Command.SELECT,
    reason: str = "",
    public_read: bool = False,
) -> Policy:
    return Policy(
        schema_name=PRIVATE,
        table=table.name,
        name=name,
        command=command,
        roles=roles,
        using=using,
        check=check,
        reason=reason,
        public_read=public_read,
    )
