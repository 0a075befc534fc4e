"""Who may see the rollout: whoever asks for a flag the flags and the state, members themselves, few the ledger."""

from collections.abc import Iterator
from typing import Final

from infra.models.access import Operation, Rows, Rule
from infra.models.grant import Grant
from infra.models.policy import Policy
from infra.models.table import Table
from infra.pipeline import metrics_refresh
from infra.pipeline.grants import entries_on, function_grant
from infra.pipeline.names import CREATOR, MONITOR, OWNER, SERVICE_ROLE, SERVICES
from infra.pipeline.policies import policies_of, policies_on
from infra.pipeline.rollout_changes import CHANGES
from infra.pipeline.rollout_functions import ADMIT_CREATOR, FEATURE_ENABLED, OBEY_LATCH, REFUSE_CHANGE
from infra.pipeline.tables import ROLLOUT_TABLES, ROLLUP_TABLES
from infra.pipeline.tables.cohort_members import COHORT_MEMBERS
from infra.pipeline.tables.feature_flags import FEATURE_FLAGS
from infra.pipeline.tables.rollout_ledger import ROLLOUT_LEDGER
from infra.pipeline.tables.rollout_state import ROLLOUT_STATE

FUNCTIONS: Final = (
    ADMIT_CREATOR,
    OBEY_LATCH,
    REFUSE_CHANGE,
    *CHANGES,
    FEATURE_ENABLED,
    *metrics_refresh.FUNCTIONS,
)
#: Of state and flags, what a flag is weighed by; who changed them, and why, is for the monitor alone.
STATE_COLUMNS: Final = ("phase", "audience", "latched")
FLAG_COLUMNS: Final = ("name", "enabled", "requires", "cohort_only", "obeys_latch")
#: Members see that they are in, and not who of the team let them in.
MEMBER_COLUMNS: Final = ("user_id", "kind")
_STAFF: Final = (*SERVICES, MONITOR)


def rollout_rules(deployer: str) -> tuple[Rule, ...]:
    """Return what is allowed on the rollout's tables and functions; the deployer keeps the ledger, whatever goes."""
    return (
        *(rule for table in ROLLOUT_TABLES for rule in _of_owner(table)),
        *_of_flags(),
        *_of_members(),
        *_of_ledger(deployer),
        *_of_callers(),
        *_of_rollup(),
    )


def rollout_policies() -> tuple[Policy, ...]:
    """Return the policies of the rollout's tables; the deployer, whatever its name, passes them by."""
    return policies_of(rollout_rules(deployer=OWNER))


def rollout_grants(deployer: str) -> tuple[Grant, ...]:
    """Return the grants on the rollout's tables and functions."""
    rules = rollout_rules(deployer)
    return (
        *(
            Grant(
                object_name=table.identity,
                entries=entries_on(table.identity, rules),
                policies=policies_on(table, rules),
            )
            for table in ROLLOUT_TABLES
        ),
        *(function_grant(function, rules) for function in FUNCTIONS),
    )


_OWNER: Final = (
    "the functions that change the rollout, and its triggers, act for the owner, whom forced row security binds"
)
_FLAG: Final = "a flag is the same for everybody, and no secret"
_STATE: Final = "every flag is weighed by it; the grants leave out who did what"
_COUNTS: Final = "the service serves, and monitoring counts"
_TELLS: Final = "monitoring tells what happened"
_KEEPS: Final = "whoever deploys writes down what was done, and reads it"
_SUMS: Final = "sums and counts of hours; monitoring measures gates by them"
_COMPUTES: Final = "monitoring reads the metrics by the rollup, and keeps it up to date; nothing else comes of it"
#: A login of our own has no way to the platform's schema of users, which the function asks for the caller.
_ASKS: Final = "whoever serves a page asks for its flags, in the user's session"


def _of_owner(table: Table) -> Iterator[Rule]:
    for operation in (Operation.SELECT, Operation.INSERT, Operation.UPDATE, Operation.DELETE):
        yield _rule(OWNER, table, _OWNER, policy="owner_all", operation=operation)


def _of_flags() -> Iterator[Rule]:
    for table, columns, reason in ((FEATURE_FLAGS, FLAG_COLUMNS, _FLAG), (ROLLOUT_STATE, STATE_COLUMNS, _STATE)):
        for role in (CREATOR, *SERVICES):
            yield _rule(role, table, reason, policy="readers_select", columns=columns)
        yield _rule(MONITOR, table, reason, policy="readers_select")


def _of_members() -> Iterator[Rule]:
    yield Rule(
        role=CREATOR,
        on=COHORT_MEMBERS.identity,
        operation=Operation.SELECT,
        rows=Rows.OWN,
        columns=MEMBER_COLUMNS,
        policy="member_select",
        reason="members see that they are in, and not who let them in",
    )
    for role in _STAFF:
        yield _rule(role, COHORT_MEMBERS, _COUNTS, policy="staff_select")


def _of_ledger(deployer: str) -> Iterator[Rule]:
    yield _rule(MONITOR, ROLLOUT_LEDGER, _TELLS, policy="monitor_select")
    for operation in (Operation.SELECT, Operation.INSERT):
        yield _rule(deployer, ROLLOUT_LEDGER, _KEEPS, operation=operation)


def _of_callers() -> Iterator[Rule]:
    for role, rows in ((CREATOR, Rows.OWN), (SERVICE_ROLE, Rows.EVERY)):
        yield Rule(role=role, on=FEATURE_ENABLED.identity, operation=Operation.EXECUTE, rows=rows, reason=_ASKS)


def _of_rollup() -> Iterator[Rule]:
    for table in ROLLUP_TABLES:
        yield _rule(MONITOR, table, _SUMS, policy="monitor_select")
    for function in metrics_refresh.CALLED:
        yield Rule(role=MONITOR, on=function.identity, operation=Operation.EXECUTE, rows=Rows.EVERY, reason=_COMPUTES)


def _rule(
    role: str,
    table: Table,
    reason: str,
    *,
    policy: str | None = None,
    operation: Operation = Operation.SELECT,
    columns: tuple[str, ...] = (),
) -> Rule:
    return Rule(
        role=role,
        on=table.identity,
        operation=operation,
        rows=Rows.EVERY,
        columns=columns,
        policy=policy,
        reason=reason,
    )
