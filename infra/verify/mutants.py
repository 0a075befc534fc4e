"""What is broken on purpose: every policy, grant, function attribute and flag in turn, and what strangers might add."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from infra.ddl.templates import render
from infra.models.access import BEYOND_ROWS
from infra.models.definition import Definition
from infra.models.function import Function, Security
from infra.models.grant import Entry, Grant, Target
from infra.models.policy import Command, Policy
from infra.models.table import Table
from infra.models.trigger import Trigger
from infra.models.view import View
from infra.pipeline.names import ANON, API, CREATOR, MONITOR, OWNER, PUBLIC, SERVICE, SERVICE_ROLE

_EVERYBODY: Final = "PUBLIC"
_TRUE: Final = "true"
_FALSE: Final = "false"
#: Who the scratch server's superuser is, to whom something could be given.
SUPERUSER: Final = "supabase_admin"
_ATTRIBUTES: Final = ("BYPASSRLS", "SUPERUSER", "CREATEROLE", "REPLICATION")


@dataclass(frozen=True)
class Mutant:
    """One thing broken: in words, and by which statements."""

    name: str
    statements: tuple[str, ...]


def mutants(definition: Definition) -> tuple[Mutant, ...]:
    """Return every mutant of the definition, each once, to be applied alone to a database that was just deployed."""
    held = {(grant.object_name, entry) for grant in definition.grants for entry in grant.entries}
    found = (
        *(mutant for table in definition.tables for mutant in _of_table(table, held)),
        *(mutant for policy in definition.policies for mutant in _of_policy(policy)),
        *(mutant for grant in definition.grants for mutant in _of_grant(grant)),
        *(mutant for function in definition.functions for mutant in _of_function(function)),
        *(mutant for view in definition.views for mutant in _of_view(view)),
        *(mutant for trigger in definition.triggers for mutant in _of_trigger(trigger)),
        *_of_roles(),
    )
    return tuple({mutant.statements: mutant for mutant in found}.values())


def _of_table(table: Table, held: Collection[tuple[str, Entry]]) -> Iterator[Mutant]:
    name = table.identity
    yield _mutant(f"row security off on {name}", "row security off", name=name)
    yield _mutant(f"row security not forced on {name}", "row security not forced", name=name)
    yield _mutant(f"{name} given to {CREATOR}", "table owner", name=name, role=CREATOR)
    more = Policy(
        schema_name=table.schema_name,
        table=table.name,
        name="let_in",
        command=Command.SELECT,
        roles=(CREATOR,),
        using=_TRUE,
        reason="a mutant",
    )
    yield _mutant(f"a policy more on {name}", "policy made", policy=more)
    for role in (ANON, CREATOR, _EVERYBODY):
        for privilege in ("select", "insert", "update", "delete", *(operation.value for operation in BEYOND_ROWS)):
            entry = Entry(role=role, privilege=privilege)
            if (name, entry) not in held:
                yield _granted(Target.RELATION, name, entry)
    yield _mutant(
        f"a view of strangers on {name}", "view made", kind="VIEW", made="leak", name=name, then=_leak("leak")
    )
    yield _mutant(
        f"a materialised view of {name}",
        "view made",
        kind="MATERIALIZED VIEW",
        made="leak",
        name=name,
        then=_leak("leak"),
    )


def _leak(made: str) -> str:
    values = {"target": "relation", "name": f"{PUBLIC}.{made}", "role": CREATOR, "privilege": "select"}
    return render("mutant.sql.j2", action="grant", columns=(), grantable=False, types="", **values)


def _of_policy(policy: Policy) -> Iterator[Mutant]:
    name = policy.identity
    yield _mutant(f"{name} dropped", "policy dropped", policy=policy)
    yield _mutant(f"{name} for everybody", "policy role", policy=policy, role=_EVERYBODY)
    yield _mutant(f"{name} for {ANON}", "policy role", policy=policy, role=ANON)
    for clause, text in (("using", policy.using), ("check", policy.check)):
        if text is not None:
            other = _FALSE if text == _TRUE else _TRUE
            yield _mutant(f"{name} with {clause} {other}", f"policy {clause}", policy=policy, text=other)
    if policy.using is not None and policy.check is not None:
        yield _replaced(policy, "without WITH CHECK", check=None)
    yield _replaced(policy, "made restrictive", permissive=False)


def _replaced(policy: Policy, words: str, **changes: Any) -> Mutant:
    other = policy.model_copy(update=changes)
    made = render("mutant.sql.j2", action="policy made", policy=other)
    return _mutant(f"{policy.identity} {words}", "policy dropped", policy=policy, then=made)


def _of_grant(grant: Grant) -> Iterator[Mutant]:
    name = grant.function_name if grant.target is Target.FUNCTION else grant.object_name
    for entry in grant.entries:
        words = f"{entry.privilege} on {grant.object_name}"
        values = _values(grant, name, entry)
        if entry.role != OWNER:  # an owner's own rights are no matter of grants
            yield _mutant(f"{words} revoked from {entry.role}", "revoke", **values)
        yield _mutant(f"{words} for {entry.role} to grant on", "grant", **values | {"grantable": True})
        if not (
            entry.privilege == "usage" and not grant.exclusive
        ):  # the server's default, for a schema of everybody's
            yield _mutant(f"{words} granted to PUBLIC", "grant", **values | {"role": _EVERYBODY})
        if entry.columns:
            yield _mutant(f"{words} granted to {entry.role} on all columns", "grant", **values | {"columns": ()})
    yield from _of_strangers(grant, name)


def _of_strangers(grant: Grant, name: str) -> Iterator[Mutant]:
    """Yield what strangers might be granted of a function or a schema."""
    roles: tuple[str, ...]
    if grant.target is Target.FUNCTION:
        privilege, roles = "execute", (ANON, CREATOR, SERVICE, MONITOR)
    elif grant.target is Target.SCHEMA and grant.exclusive:
        privilege, roles = "create", (ANON, CREATOR, _EVERYBODY)
    else:
        return
    for role in roles:
        entry = Entry(role=role, privilege=privilege)
        if entry not in grant.entries:
            words = f"{privilege} on {grant.object_name} granted to {role}"
            yield _mutant(words, "grant", **_values(grant, name, entry))


def _granted(target: Target, name: str, entry: Entry) -> Mutant:
    values = _values(Grant(target=target, object_name=name), name, entry)
    return _mutant(f"{entry.privilege} on {name} granted to {entry.role}", "grant", **values)


def _values(grant: Grant, name: str, entry: Entry) -> dict[str, Any]:
    return {
        "target": grant.target.value,
        "name": name,
        "types": grant.function_arguments,
        "role": entry.role,
        "privilege": entry.privilege,
        "columns": entry.columns,
        "grantable": False,
    }


def _of_function(function: Function) -> Iterator[Mutant]:
    name = function.identity
    types = name.partition("(")[2].removesuffix(")")
    other = "INVOKER" if function.security is Security.DEFINER else "DEFINER"
    for attribute in (f"SECURITY {other}", "RESET search_path", "LEAKPROOF"):
        values = {"name": function.qualified, "types": types, "attribute": attribute}
        yield _mutant(f"{name}: {attribute}", "function attribute", **values)
    yield _mutant(f"{name} with the path public", "function path", name=function.qualified, types=types, path=PUBLIC)
    yield _mutant(
        f"{name} given to {SUPERUSER}", "function owner", name=function.qualified, types=types, role=SUPERUSER
    )
    body = function.model_copy(update={"body": function.body + "\n-- another"})
    made = render("function.sql.j2", action="create", function=body, quote="$mutant$", roles=())
    yield Mutant(f"{name} with another body", (made,))


def _of_view(view: View) -> Iterator[Mutant]:
    name = view.identity
    yield _mutant(f"{name} with its owner's rights", "view option", name=name, option="security_invoker = false")
    yield _mutant(f"{name} given to {SUPERUSER}", "view owner", name=name, role=SUPERUSER)
    for role in (ANON, _EVERYBODY):
        yield _granted(Target.RELATION, name, Entry(role=role, privilege="select"))


def _of_trigger(trigger: Trigger) -> Iterator[Mutant]:
    values = {"name": trigger.relation, "trigger": trigger.name}
    yield _mutant(f"{trigger.identity} disabled", "trigger disabled", **values)
    yield _mutant(f"{trigger.identity} dropped", "trigger dropped", **values)


def _of_roles() -> Iterator[Mutant]:
    for role in (ANON, CREATOR, SERVICE, MONITOR, OWNER, API):
        for attribute in _ATTRIBUTES:
            yield _mutant(f"{role} with {attribute}", "role attribute", role=role, attribute=attribute)
    yield _mutant(f"{OWNER} with LOGIN", "role attribute", role=OWNER, attribute="LOGIN")
    yield _mutant(f"{API} with INHERIT", "role attribute", role=API, attribute="INHERIT")
    for granted, role in (
        (SERVICE, CREATOR),
        (SERVICE_ROLE, CREATOR),
        (MONITOR, ANON),
        (OWNER, API),
        (OWNER, SERVICE),
        (SERVICE, MONITOR),
        (SERVICE, API),
    ):
        yield _mutant(f"{role} made a member of {granted}", "member", granted=granted, role=role)


def _mutant(words: str, action: str, /, *, then: str = "", **values: Any) -> Mutant:
    text = render("mutant.sql.j2", action=action, **values)
    return Mutant(words, (text, then) if then else (text,))
