"""A policy has exactly the clauses of its command, each written down."""

from typing import Final

from infra.checks.rule import Rule
from infra.errors import RolloutError
from infra.models.policy import Command, Policy

_USING: Final = frozenset({"using"})
_CHECK: Final = frozenset({"check"})
_CLAUSES: Final = {
    Command.SELECT: _USING,
    Command.DELETE: _USING,
    Command.INSERT: _CHECK,
    Command.UPDATE: _USING | _CHECK,
    Command.ALL: _USING | _CHECK,
}
_MISSING: Final = {
    "using": "without USING no row can be seen",
    "check": "without WITH CHECK it is a guess what a row may be left as",
}
_SURPLUS: Final = {
    "using": "there is no row yet that USING could see",
    "check": "there is no row left behind that WITH CHECK could see",
}


def find(policy: Policy) -> list[RolloutError]:
    """Return an error for each clause that is missing or cannot be."""
    given = {name for name in ("using", "check") if getattr(policy, name) is not None}
    if not given:
        return [_error(policy, "using", "with neither USING nor WITH CHECK it grants nothing", "write its clauses")]
    wanted = _CLAUSES[policy.command]
    missing = [_error(policy, name, _MISSING[name], f"write {_name(name)}") for name in sorted(wanted - given)]
    surplus = [_error(policy, name, _SURPLUS[name], f"take {_name(name)} out") for name in sorted(given - wanted)]
    return missing + surplus


def _error(policy: Policy, field: str, why: str, fix: str) -> RolloutError:
    allowed = " and ".join(_name(name) for name in ("using", "check") if name in _CLAUSES[policy.command])
    problem = f"{policy.command.upper()} policy: {why} ({getattr(policy, field) or 'none'})"
    return RolloutError(RULE.code, f"{policy.identity}.{field}", problem, allowed=allowed, fix=fix)


def _name(field: str) -> str:
    return {"using": "USING", "check": "WITH CHECK"}[field]


RULE = Rule("SEC015", "policy_clauses", Policy, find)
