"""The lock budgets as rows of a table, in words."""

from infra.ddl.budget import BUDGETS, Budget
from infra.ddl.statement import LIMITS, Lock

_NOTHING = "-"
#: Who of the application waits for whoever holds a lock, the most first.
APPLICATION = ("readers and writers", "writers")


def budget_groups() -> list[dict[str, object]]:
    """Return the kinds of statements by the object that they are about, each with its budget."""
    subjects = dict.fromkeys(kind.partition(": ")[0] for kind in BUDGETS)
    return [
        {"subject": subject, "rows": [_row(kind) for kind in BUDGETS if kind.startswith(f"{subject}: ")]}
        for subject in subjects
    ]


def wait_rows() -> list[dict[str, str]]:
    """Return the timeouts of each way to wait."""
    return [
        {
            "name": waits.value,
            "locks": ", ".join(_span(timeout) for timeout in limits.lock_timeouts),
            "statement": _span(limits.statement_timeout),
        }
        for waits, limits in LIMITS.items()
    ]


def _row(kind: str) -> dict[str, str]:
    budget = BUDGETS[kind]
    return {
        "action": kind.partition(": ")[2],
        "locks": _locks(budget),
        "waiting": who_waits([lock for lock, _ in budget.locks]),
        "rewrites": "yes" if budget.rewrites else "no",
        "shares": "yes" if budget.shares_transaction else "no",
        "waits": budget.waits.value,
    }


def _locks(budget: Budget) -> str:
    by_lock: dict[Lock, list[str]] = {}
    for lock, what in budget.locks:
        by_lock.setdefault(lock, []).append(what.value)
    words = [f"{lock.name.replace('_', ' ')} on {', '.join(names)}" for lock, names in by_lock.items()]
    since = f" (from PostgreSQL {budget.since} on)" if budget.since else ""
    return "; ".join(words) + since if words else _NOTHING


def who_waits(locks: list[Lock]) -> str:
    """Return whom the locks keep waiting, in the application's words."""
    for held, who in zip((Lock.ACCESS_EXCLUSIVE, Lock.SHARE), APPLICATION, strict=True):
        if any(lock.covers(held) for lock in locks):
            return who
    return "nobody" if not any(lock.covers(Lock.ROW_EXCLUSIVE) for lock in locks) else "other changes of definitions"


def _span(milliseconds: int) -> str:
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{milliseconds} ms" if rest else f"{minutes} min"
