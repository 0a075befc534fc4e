"""The lock budget of every kind of statement: no statement of a plan is made without one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from infra.ddl.statement import Lock, Statement, Waits, strongest
from infra.ddl.templates import render


class On(StrEnum):
    """What a statement locks, as seen from its object."""

    TABLE = "the table"
    PARTITIONS = "its partitions"
    PARENTS = "the tables that its foreign keys refer to"
    REFERRING = "the tables whose foreign keys refer to the column"
    PARTITION = "the partition"
    INDEX = "the index"
    PART = "the part of the index"
    VIEW = "the view"
    READ = "the tables that its text reads"
    WRITTEN = "the tables that its text writes"
    PARKED = "the table in the archive"
    OBJECT = "the object, if it is a relation"
    STATE = "the rollout's state, counter, flags and ledger"
    LEDGER = "the ledger"
    MEMBERS = "the cohort's members"
    USERS = "the users that the members are"
    TWIN = "the table's other form"
    TWIN_PARTITIONS = "the other form's partitions"
    PROGRESS = "what says how far a conversion is"
    UNSURE = "the list of the rows that a conversion compares once more"


@dataclass(frozen=True)
class Budget:
    """What a kind of statement may take: each lock with what it is on; whether it may share a transaction."""

    locks: tuple[tuple[Lock, On], ...] = ()
    shares_transaction: bool = True
    waits: Waits = Waits.INSTANT
    rewrites: bool = False
    since: int = 0
    """The first major version of PostgreSQL that takes the locks."""


Relations = Mapping[On, Iterable[str]]

_NONE: Final = Budget()
#: So that nobody drops it meanwhile; older servers let the two race.
_GRANT: Final = Budget(((Lock.ACCESS_SHARE, On.OBJECT),), since=18)
_TABLE: Final = Budget(((Lock.ACCESS_EXCLUSIVE, On.TABLE),))
_DIVIDED: Final = Budget(((Lock.ACCESS_EXCLUSIVE, On.TABLE), (Lock.ACCESS_EXCLUSIVE, On.PARTITIONS)))
_PARTITION: Final = Budget(((Lock.ACCESS_EXCLUSIVE, On.PARTITION),))
_POLICY: Final = Budget(((Lock.ACCESS_EXCLUSIVE, On.TABLE), (Lock.ACCESS_SHARE, On.READ)))
_TRIGGER: Final = Budget(((Lock.SHARE_ROW_EXCLUSIVE, On.TABLE), (Lock.SHARE_ROW_EXCLUSIVE, On.PARTITIONS)))
_KEYLESS: Final = Budget(
    (
        (Lock.ACCESS_EXCLUSIVE, On.TABLE),
        (Lock.ACCESS_EXCLUSIVE, On.PARTITIONS),
        (Lock.ACCESS_EXCLUSIVE, On.PARENTS),
    )
)
_PARKED: Final = Budget(((Lock.ACCESS_EXCLUSIVE, On.PARKED), (Lock.ACCESS_EXCLUSIVE, On.PARENTS)))
_RETIRED: Final = (
    (Lock.ACCESS_EXCLUSIVE, On.TABLE),
    (Lock.ACCESS_EXCLUSIVE, On.PARTITION),
    (Lock.ACCESS_EXCLUSIVE, On.PARTITIONS),
    (Lock.ROW_EXCLUSIVE, On.LEDGER),
)
_VIEW: Final = Budget(((Lock.ACCESS_EXCLUSIVE, On.VIEW),))
_LEDGER: Final = Budget(((Lock.ROW_EXCLUSIVE, On.LEDGER),))
_STATE: Final = Budget(((Lock.ROW_EXCLUSIVE, On.STATE),))
_SYSTEM: Final = Budget(shares_transaction=False)

#: By template and action. A test runs each of them and compares this with what the server's `pg_locks` shows.
BUDGETS: Final[Mapping[str, Budget]] = MappingProxyType(
    {
        "schema: create": _NONE,
        "extension: create": _NONE,
        "membership: grant": _NONE,
        "role: create": _NONE,
        "role: alter": _NONE,
        "role: password": _NONE,
        "role: drop": _NONE,
        "setting: set": _NONE,
        "setting: reset": _NONE,
        "setting: set system": _SYSTEM,
        "setting: reset system": _SYSTEM,
        "setting: reload": _NONE,
        "table: create": Budget(((Lock.SHARE_ROW_EXCLUSIVE, On.PARENTS),)),
        "table: create leaf": Budget(
            ((Lock.ACCESS_EXCLUSIVE, On.TABLE), (Lock.SHARE_ROW_EXCLUSIVE, On.PARENTS)),
        ),
        "table: secure leaf": _PARTITION,
        "table: force leaf": _PARTITION,
        "table: close leaf": _GRANT,
        "table: own leaf": _PARTITION,
        "table: enable row security": _TABLE,
        "table: disable row security": _TABLE,
        "table: force row security": _TABLE,
        "table: unforce row security": _TABLE,
        "table: keep access": _TABLE,
        "table: close": _GRANT,
        "table: owner": _TABLE,
        "table: add column": _DIVIDED,
        "table: set default": _DIVIDED,
        "table: drop default": _DIVIDED,
        "table: set type": Budget((*_KEYLESS.locks, (Lock.ACCESS_EXCLUSIVE, On.REFERRING))),
        "table: require": _DIVIDED,
        "table: set not null": _DIVIDED,
        "table: drop not null": _DIVIDED,
        "table: add check": _DIVIDED,
        "table: add key": Budget(
            (
                (Lock.SHARE_ROW_EXCLUSIVE, On.TABLE),
                (Lock.SHARE_ROW_EXCLUSIVE, On.PARTITIONS),
                (Lock.SHARE_ROW_EXCLUSIVE, On.PARENTS),
            )
        ),
        "table: validate": Budget(
            (
                (Lock.SHARE_UPDATE_EXCLUSIVE, On.TABLE),
                (Lock.SHARE_UPDATE_EXCLUSIVE, On.PARTITIONS),
                (Lock.ROW_SHARE, On.PARENTS),
            ),
            waits=Waits.PATIENT,
        ),
        "table: drop constraint": _KEYLESS,
        "table: rename constraint": _TABLE,
        "table: make archive": _NONE,
        "table: open archive to owner": _NONE,
        "table: park": _TABLE,
        "partitions: make": Budget(
            (
                (Lock.SHARE_UPDATE_EXCLUSIVE, On.TABLE),
                (Lock.ACCESS_EXCLUSIVE, On.PARTITION),
                (Lock.SHARE_ROW_EXCLUSIVE, On.PARENTS),
            )
        ),
        "partitions: close": _PARTITION,
        "partitions: archive": Budget((*_RETIRED, (Lock.SHARE_ROW_EXCLUSIVE, On.PARENTS))),
        "partitions: drop": Budget((*_RETIRED, (Lock.ACCESS_EXCLUSIVE, On.PARENTS))),
        "partitions: schedule": _NONE,
        "partitions: unschedule": _NONE,
        "policy: create": _POLICY,
        "policy: alter": _POLICY,
        "policy: drop": _TABLE,
        "index: create": Budget(
            ((Lock.SHARE_UPDATE_EXCLUSIVE, On.TABLE),), shares_transaction=False, waits=Waits.PATIENT
        ),
        "index: create on only": Budget(((Lock.SHARE, On.TABLE),)),
        "index: attach": Budget(
            (
                (Lock.ACCESS_EXCLUSIVE, On.PART),
                (Lock.SHARE_UPDATE_EXCLUSIVE, On.INDEX),
                (Lock.ACCESS_SHARE, On.TABLE),
                (Lock.ACCESS_SHARE, On.PARTITION),
            )
        ),
        "index: drop": Budget(
            ((Lock.SHARE_UPDATE_EXCLUSIVE, On.TABLE),), shares_transaction=False, waits=Waits.PATIENT
        ),
        "index: drop at once": _DIVIDED,
        "index: drop constraint": _TABLE,
        "index: rename": Budget(((Lock.SHARE_UPDATE_EXCLUSIVE, On.INDEX),)),
        "trigger: create": _TRIGGER,
        "trigger: enable": _TRIGGER,
        "trigger: disable": _TRIGGER,
        "trigger: drop": _DIVIDED,
        "view: create": Budget(((Lock.ACCESS_EXCLUSIVE, On.VIEW), (Lock.ACCESS_SHARE, On.READ))),
        "view: owner": _VIEW,
        "view: close": _GRANT,
        "view: drop": _VIEW,
        "function: create": Budget(((Lock.ACCESS_SHARE, On.READ), (Lock.ROW_EXCLUSIVE, On.WRITTEN))),
        "function: owner": _NONE,
        "function: close": _NONE,
        "function: drop": _NONE,
        "grant: grant": _GRANT,
        "grant: grant to whoever runs this": _GRANT,
        "grant: revoke": _GRANT,
        "grant: act as owner": _NONE,
        "grant: act as ourselves": _NONE,
        "grant: drop policy": _TABLE,
        "emptying: close relations": _GRANT,
        "emptying: close function": _NONE,
        "emptying: close schema": _NONE,
        "emptying: drop policies": _TABLE,
        "parked: restore": Budget(((Lock.ACCESS_EXCLUSIVE, On.PARKED),)),
        "parked: drop standing key": Budget(
            ((Lock.ACCESS_EXCLUSIVE, On.TABLE), (Lock.ACCESS_EXCLUSIVE, On.PARENTS)),
        ),
        "parked: drop parked key": _PARKED,
        "parked: destroy months": _PARKED,
        "parked: destroy": Budget(
            (
                (Lock.ACCESS_EXCLUSIVE, On.TABLE),
                (Lock.ACCESS_EXCLUSIVE, On.PARKED),
                (Lock.ACCESS_EXCLUSIVE, On.PARTITIONS),
            )
        ),
        "conversion: quiet": Budget(((Lock.SHARE_UPDATE_EXCLUSIVE, On.PARTITION),)),
        "conversion: index": Budget(((Lock.SHARE, On.TWIN), (Lock.SHARE, On.TWIN_PARTITIONS))),
        "conversion: begin": _TRIGGER,
        "conversion: copy": Budget(
            (
                (Lock.ROW_SHARE, On.TABLE),
                (Lock.ROW_SHARE, On.PARTITIONS),
                (Lock.ROW_EXCLUSIVE, On.TWIN),
                (Lock.ROW_EXCLUSIVE, On.TWIN_PARTITIONS),
                (Lock.ROW_SHARE, On.PARENTS),
                (Lock.ROW_EXCLUSIVE, On.PROGRESS),
                (Lock.ROW_EXCLUSIVE, On.UNSURE),
            ),
            waits=Waits.PATIENT,
        ),
        "conversion: analyze": Budget(
            ((Lock.SHARE_UPDATE_EXCLUSIVE, On.TWIN), (Lock.SHARE_UPDATE_EXCLUSIVE, On.TWIN_PARTITIONS)),
            waits=Waits.PATIENT,
        ),
        "conversion: swap": Budget(
            (
                (Lock.ACCESS_EXCLUSIVE, On.TABLE),
                (Lock.ACCESS_EXCLUSIVE, On.PARTITIONS),
                (Lock.ACCESS_EXCLUSIVE, On.TWIN),
                (Lock.ACCESS_EXCLUSIVE, On.TWIN_PARTITIONS),
                (Lock.ACCESS_EXCLUSIVE, On.VIEW),
                (Lock.ACCESS_SHARE, On.READ),
                (Lock.ROW_EXCLUSIVE, On.PROGRESS),
                (Lock.ACCESS_SHARE, On.UNSURE),
            )
        ),
        "conversion: leave": Budget(
            (
                (Lock.ACCESS_EXCLUSIVE, On.TABLE),
                (Lock.ACCESS_EXCLUSIVE, On.PARTITIONS),
                (Lock.ACCESS_EXCLUSIVE, On.PROGRESS),
                (Lock.ACCESS_EXCLUSIVE, On.UNSURE),
            )
        ),
        "conversion: drop twin": Budget(
            ((Lock.ACCESS_EXCLUSIVE, On.TWIN), (Lock.ACCESS_EXCLUSIVE, On.TWIN_PARTITIONS)),
        ),
        "rollout: set": _STATE,
        "rollout: cohort": Budget(
            ((Lock.ROW_EXCLUSIVE, On.MEMBERS), (Lock.ROW_EXCLUSIVE, On.LEDGER), (Lock.ROW_SHARE, On.USERS))
        ),
        "phase: lower": _STATE,
        "phase: override": _LEDGER,
        "phase: gate": _LEDGER,
        "phase: entry": _LEDGER,
    }
)


def budgeted(template: str, action: str, on: Relations | None = None, /, **values: Any) -> Statement:
    """Return the statement of a template's action with the locks that its kind takes on these relations.

    Args:
        template: the template's name, without its ending.
        action: what of it.
        on: the relations, as ``schema.name``; what is left out is not there.
        values: what the template asks for.
    """
    kind = f"{template}: {action}"
    budget, places = BUDGETS[kind], on or {}
    locks = [(lock, relation) for lock, what in budget.locks for relation in places.get(what, ())]
    return Statement(
        render(f"{template}.sql.j2", action=action, **values),
        strongest(locks),
        kind=kind,
        rewrites=budget.rewrites,
        shares_transaction=budget.shares_transaction,
        waits=budget.waits,
    )
