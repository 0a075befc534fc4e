"""When a part of a script has something to do, as SQL: what makes a script safe to run twice."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from infra.ddl.templates import render
from infra.models.definition import Definition
from infra.models.flag import FlagName
from infra.models.function import Function
from infra.models.grant import Entry, Grant
from infra.models.policy import Policy
from infra.models.setting import Setting
from infra.models.table import ForeignKey, Table
from infra.models.trigger import Trigger

_TEMPLATE: Final = "condition.sql.j2"


def role_is_missing(name: str) -> str:
    """Return the condition that the cluster has no such role."""
    return render(_TEMPLATE, kind="role is missing", name=name)


def may_not_act_as(role: str) -> str:
    """Return the condition that whoever runs the script has not the rights of the role, which is there."""
    return render(_TEMPLATE, kind="may not act as", name=role)


def role_may_not_log_in(name: str) -> str:
    """Return the condition that the role is there without the right to log in."""
    return render(_TEMPLATE, kind="role may not log in", name=name)


def schema_is_missing(name: str) -> str:
    """Return the condition that the database has no such schema."""
    return render(_TEMPLATE, kind="schema is missing", name=name)


def role_setting_differs(setting: Setting) -> str:
    """Return the condition that the role lacks this setting or has another value."""
    return render(_TEMPLATE, kind="role setting differs", setting=setting)


def relation_stands(name: str) -> str:
    """Return the condition that ``schema.name`` is there."""
    return render(_TEMPLATE, kind="relation stands", name=name)


def relation_is_missing(name: str) -> str:
    """Return the condition that ``schema.name`` is not there."""
    return render(_TEMPLATE, kind="relation is missing", name=name)


def any_is_there(names: Sequence[str]) -> str:
    """Return the condition that one of these relations, as ``schema.name``, is there."""
    return render(_TEMPLATE, kind="any is there", names=names)


def policy_is_missing(policy: Policy) -> str:
    """Return the condition that the table has no policy of that name."""
    return render(_TEMPLATE, kind="policy is missing", policy=policy)


def trigger_is_missing(trigger: Trigger) -> str:
    """Return the condition that the table has no trigger of that name."""
    return render(_TEMPLATE, kind="trigger is missing", trigger=trigger)


def nothing_is_rolled_out() -> str:
    """Return the condition that the database, which has the rollout's tables, has never been brought to a phase."""
    return render(_TEMPLATE, kind="nothing is rolled out")


def phase_is(number: int) -> str:
    """Return the condition that the database is in this phase."""
    return render(_TEMPLATE, kind="phase is", number=number)


def phase_is_one_of(numbers: Sequence[int], *, default: int) -> str:
    """Return the condition that the database is in one of these phases; `default` stands where it is in none."""
    return render(_TEMPLATE, kind="phase is one of", numbers=numbers, default=default)


def flag_is_off(name: FlagName) -> str:
    """Return the condition that the flag is off, or not there."""
    return render(_TEMPLATE, kind="flag is off", name=name.value)


def gate_is_shut(phase: int) -> str:
    """Return the condition that no gate to this phase was passed or overridden since the phase last changed."""
    return render(_TEMPLATE, kind="gate is shut", phase=phase)


def both(one: str, other: str) -> str:
    """Return the condition that both hold."""
    return f"({one})\n   AND ({other})"


def table_is_anywhere(table: Table) -> str:
    """Return the condition that the table is there, in place or parked."""
    return render(_TEMPLATE, kind="table is anywhere", table=table)


def months_are_parked(table: Table) -> str:
    """Return the condition that months of the table are in the archive, moved there by retention."""
    return render(_TEMPLATE, kind="months are parked", table=table)


def key_stands(table: Table, key: ForeignKey) -> str:
    """Return the condition that the table has the foreign key, in place or parked."""
    return render(_TEMPLATE, kind="key stands", table=table, key=key)


def access_is_open(relations: Sequence[str], functions: Sequence[Function]) -> str:
    """Return the condition that a function is there, or that anybody but the owner may use one of the relations."""
    return render(_TEMPLATE, kind="access is open", relations=relations, functions=functions)


def index_is_invalid(name: str) -> str:
    """Return the condition that an interrupted build left the index ``schema.name`` invalid."""
    return render(_TEMPLATE, kind="index is invalid", name=name)


def function_differs(function: Function) -> str:
    """Return the condition that the function is missing, another's, or has another body."""
    digest = sha256(function.body.encode()).hexdigest()
    return render(_TEMPLATE, kind="function differs", function=function, body_digest=digest)


def function_is_unused(function: Function) -> str:
    """Return the condition that the function is there and no trigger runs it."""
    return render(_TEMPLATE, kind="function is unused", function=function)


def table_is_not_whole(table: Table, definition: Definition) -> str:
    """Return the condition that the table is parked, or lacks row security, a policy or a trigger."""
    policies = sorted(policy.name for policy in definition.policies_of(table))
    triggers = sorted(trigger.name for trigger in definition.triggers_of(table))
    return render(_TEMPLATE, kind="table is not whole", table=table, policies=policies, triggers=triggers)


def grants_differ(grant: Grant) -> str:
    """Return the condition that the object's privileges are not exactly these, its owner's own apart."""
    roles = sorted({entry.role for entry in grant.entries})
    return render(_TEMPLATE, kind="grants differ", grant=grant, roles=roles, wanted=sorted(map(_line, grant.entries)))


def _line(entry: Entry) -> str:
    return " ".join(filter(None, (entry.role, entry.privilege, ",".join(sorted(entry.columns)))))
