"""The parts of the way back: each a step, with what makes it needless, so that a script can be run again."""

from dataclasses import replace

from infra.ddl import conditions
from infra.ddl.budget import On, budgeted
from infra.ddl.deploy import deployers, membership_step
from infra.ddl.function import plan_function, plan_function_drop
from infra.ddl.grant import grant_statement, plan_grant
from infra.ddl.policy import plan_policy
from infra.ddl.script import Part
from infra.ddl.setting import plan_setting
from infra.ddl.statement import Hazard, Plan, Statement, Step
from infra.ddl.table import leaf_names, row_security_statements, statement
from infra.ddl.trigger import plan_trigger, plan_trigger_drop
from infra.ddl.view import plan_view, plan_view_drop
from infra.models.definition import Definition
from infra.models.function import Function
from infra.models.grant import Entry, Grant, Target
from infra.models.setting import Scope
from infra.models.table import ForeignKey, RowSecurity, Table
from infra.models.view import View


def join_owners(definition: Definition) -> tuple[Part, ...]:
    """Return the parts that let whoever runs the script act as the tables' owner, which a destroy takes back."""
    owners = sorted({table.owner for table in definition.tables})
    return tuple(Part(membership_step(owner, None), conditions.may_not_act_as(owner)) for owner in owners)


def join_roles(definition: Definition) -> tuple[Part, ...]:
    """Return the parts that make the definition's memberships; the deployer's go to whoever runs the script."""
    deploying = deployers(definition)
    return tuple(
        Part(membership_step(item.role, item.member))
        if item.member not in deploying
        else Part(membership_step(item.role, None), conditions.may_not_act_as(item.role))
        for item in definition.memberships
    )


def limit_roles(definition: Definition) -> tuple[Part, ...]:
    """Return the parts that give the roles their settings; those of server and database were never taken away."""
    return tuple(
        Part(step, conditions.role_setting_differs(setting))
        for setting in definition.settings
        if setting.scope in {Scope.ROLE, Scope.ROLE_IN_DATABASE}
        for step in plan_setting(None, setting)
    )


def close_access(definition: Definition) -> Part:
    """Return the part that shuts everybody out at one moment: an application never meets half of the pipeline."""
    functions = [function for function in definition.functions if function.returns != "trigger"]
    relations = [*(table.identity for table in definition.tables), *(view.identity for view in definition.views)]
    drops = _statements(*map(plan_view_drop, definition.views), *map(plan_function_drop, functions))
    step = Step(
        "access",
        "drop view and functions, and take every privilege on the tables back",
        # What locks nothing comes first: whoever reads the view waits for what follows its drop.
        (_close_relations(*relations), *drops),
        hazards=(Hazard.ACCESS_NARROWED,),
        keeps="every row, key, check, index, policy and trigger",
    )
    return Part(step, conditions.access_is_open(relations, functions))


def park_table(table: Table, definition: Definition) -> Part:
    """Return the part that moves the table to the archive with all that is part of it, triggers apart."""
    leaves = leaf_names(table)
    statements = (
        *_statements(*(plan_trigger_drop(trigger, leaves=leaves) for trigger in definition.triggers_of(table))),
        statement("make archive", table),
        # The cascade from a deleted user runs as the owner, who must reach the schema.
        statement("open archive to owner", table),
        statement("park", table),
    )
    step = Step(
        f"table {table.identity}",
        f"park it in {table.archive_schema}",
        statements,
        hazards=(Hazard.ACCESS_NARROWED,),
        keeps="every row, key, check, index and policy",
    )
    return Part(step, conditions.relation_stands(table.identity))


def drop_trigger_functions(definition: Definition) -> tuple[Part, ...]:
    """Return the parts that drop them, unless somebody else's trigger runs one of them."""
    functions = [function for function in definition.functions if function.returns == "trigger"]
    return tuple(
        Part(step, conditions.function_is_unused(function))
        for function in functions
        for step in plan_function_drop(function)
    )


def make_function(function: Function) -> Part:
    """Return the part that makes the function where it is missing or differs."""
    (step,) = plan_function(None, function)
    return Part(step, conditions.function_differs(function))


def bring_back_table(table: Table, definition: Definition) -> Part:
    """Return the part that restores the table as a whole: it is never in place without its policies and triggers."""
    leaves = leaf_names(table)
    statements = (
        _parked("restore", table),
        statement("owner", table),
        *row_security_statements(RowSecurity.DISABLED, table),
        budgeted("emptying", "drop policies", {On.TABLE: (table.identity,)}, table=table),
        *_statements(*(plan_policy(None, policy) for policy in definition.policies_of(table))),
        *_statements(*(plan_trigger(None, trigger, leaves=leaves) for trigger in definition.triggers_of(table))),
    )
    step = Step(
        f"table {table.identity}",
        "bring it back with row security, policies and triggers",
        statements,
        keeps="every row, key, check and index",
    )
    return Part(step, conditions.table_is_not_whole(table, definition))


def make_view(view: View) -> Part:
    """Return the part that makes the view where it is missing."""
    (step,) = plan_view(None, view)
    return Part(step, conditions.relation_is_missing(view.identity))


def give_grants(grant: Grant) -> Part:
    """Return the part that takes all back and gives it in order, which a dump shows and history must not decide."""
    step = Step(
        f"grants on {grant.object_name}",
        "give exactly what the definition says",
        (*_take_back(grant), *_statements(plan_grant(None, grant))),
        hazards=(Hazard.ACCESS_WIDENED,),
    )
    return Part(step, conditions.grants_differ(grant))


def give_phase_grants(grants: dict[int, Grant]) -> list[Part]:
    """Return a part for each different set of privileges, for the phases, by number, that have it."""
    sets: dict[tuple[Entry, ...], list[int]] = {}
    for number, grant in grants.items():
        sets.setdefault(grant.sorted_entries(), []).append(number)
    first = min(grants)
    parts = []
    for numbers in sets.values():
        part = give_grants(grants[numbers[0]])
        step = replace(part.step, summary=f"{part.step.summary} in {_phases(numbers)}")
        stands = conditions.phase_is_one_of(numbers, default=first)
        parts.append(Part(step, conditions.both(stands, part.condition)))
    return parts


def _phases(numbers: list[int]) -> str:
    return f"phase{'s' if numbers[1:] else ''} {', '.join(map(str, numbers))}"


def drop_key(table: Table, key: ForeignKey) -> Part:
    """Return the part for one key alone: it shuts everybody out of the table that the key refers to."""
    statements = tuple(_parked(action, table, key=key) for action in ("drop standing key", "drop parked key"))
    summary = f"drop foreign key {key.name} to {key.references}"
    step = Step(f"table {table.identity}", summary, statements, keeps="every row, until its table is dropped")
    return Part(step, conditions.key_stands(table, key))


def drop_months(table: Table) -> Part:
    """Return the part that drops the months that retention has moved to the archive, with their rows."""
    step = Step(
        f"table {table.identity}",
        f"drop its months in {table.archive_schema}, with every row",
        # Which months there are is seen when it runs.
        (budgeted("parked", "destroy months", table=table),),
        hazards=(Hazard.DELETES_DATA,),
    )
    return Part(step, conditions.months_are_parked(table))


def drop_table(table: Table) -> Part:
    """Return the part that drops the table with its rows, wherever it is."""
    step = Step(
        f"table {table.identity}",
        f"drop it, in place or in {table.archive_schema}, with every row",
        (_parked("destroy", table),),
        hazards=(Hazard.DELETES_DATA,),
    )
    return Part(step, conditions.table_is_anywhere(table))


def _statements(*plans: Plan) -> tuple[Statement, ...]:
    return tuple(item for plan in plans for step in plan for item in step.statements)


def _parked(action: str, table: Table, **values: ForeignKey) -> Statement:
    on = {
        On.TABLE: (table.identity,),
        On.PARKED: (f"{table.archive_schema}.{table.name}",),
        On.PARTITIONS: leaf_names(table),
        On.PARENTS: [key.references for key in values.values()],
    }
    return budgeted("parked", action, on, table=table, **values)


def _close_relations(*names: str) -> Statement:
    return budgeted("emptying", "close relations", {On.OBJECT: names}, names=names)


def _take_back(grant: Grant) -> tuple[Statement, ...]:
    """From everybody who has it where the definition says all; from the definition's own roles elsewhere."""
    if grant.exclusive and grant.target is Target.RELATION:
        return (_close_relations(grant.object_name),)
    if grant.exclusive:
        return (budgeted("emptying", f"close {grant.target}", grant=grant),)
    roles = sorted({entry.role for entry in grant.entries})
    return (grant_statement("revoke", grant, roles=roles),) if roles else ()
