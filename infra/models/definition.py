"""The whole database as one value, checked across its objects."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Annotated, TypeVar

from pydantic import Field, model_validator

from infra.models.base import (
    EXTENSIONS_SCHEMA,
    AnyName,
    ExtensionSchemaName,
    Model,
    QualifiedName,
    SchemaName,
    fault,
)
from infra.models.circles import find_circle
from infra.models.function import Function
from infra.models.grant import Grant, Target
from infra.models.index import Index
from infra.models.partitions import Partitions
from infra.models.policy import Policy
from infra.models.role import Role
from infra.models.rollout import Rollout
from infra.models.setting import Setting
from infra.models.table import Table
from infra.models.trigger import Trigger
from infra.models.view import View

M = TypeVar("M", bound=Model)


class Schema(Model):
    """A schema that we make, kept when everything else goes."""

    name: SchemaName


class Membership(Model):
    """`member` may act as `role`."""

    role: AnyName
    member: AnyName


class Extension(Model):
    """An extension that we make; those the platform owns are checked, not created."""

    name: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_-]*$")]
    schema_name: Annotated[ExtensionSchemaName, Field(alias="schema")] = EXTENSIONS_SCHEMA


class Definition(Model):
    """Every object of the database, each in the order in which it is created within its kind.

    `retained` names the tables that outlive everything else, with what belongs to them. `rollout` is where the database
    is to stand, set once all the objects are there.
    """

    schemas: tuple[Schema, ...] = ()
    roles: tuple[Role, ...] = ()
    memberships: tuple[Membership, ...] = ()
    extensions: tuple[Extension, ...] = ()
    settings: tuple[Setting, ...] = ()
    tables: tuple[Table, ...] = ()
    partitions: tuple[Partitions, ...] = ()
    functions: tuple[Function, ...] = ()
    policies: tuple[Policy, ...] = ()
    indexes: tuple[Index, ...] = ()
    views: tuple[View, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    grants: tuple[Grant, ...] = ()
    retained: tuple[QualifiedName, ...] = ()
    rollout: Rollout | None = None

    def table(self, identity: str) -> Table:
        """Return the table of this ``schema.name``."""
        return self._tables[identity]

    def policies_of(self, table: Table) -> tuple[Policy, ...]:
        """Return the table's policies."""
        return self._policies.get(table.identity, ())

    def indexes_of(self, table: Table) -> tuple[Index, ...]:
        """Return the table's indexes, those that must be absent included."""
        return self._indexes.get(table.identity, ())

    def triggers_of(self, table: Table) -> tuple[Trigger, ...]:
        """Return the table's triggers."""
        return self._triggers.get(table.identity, ())

    def grants_on(self, relation: str) -> tuple[Grant, ...]:
        """Return the grants on a table or view, ``schema.name``."""
        return self._grants.get(relation, ())

    def __copy__(self) -> "Definition":
        """Return a copy without what was gathered of this one: it may be given other objects."""
        copied = super().__copy__()
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied

    # Asked for every object of every table: each is gathered once.

    @cached_property
    def _tables(self) -> dict[str, Table]:
        return {table.identity: table for table in reversed(self.tables)}

    @cached_property
    def _policies(self) -> dict[str, tuple[Policy, ...]]:
        return _grouped(self.policies, lambda policy: policy.relation)

    @cached_property
    def _indexes(self) -> dict[str, tuple[Index, ...]]:
        return _grouped(self.indexes, lambda index: index.relation)

    @cached_property
    def _triggers(self) -> dict[str, tuple[Trigger, ...]]:
        return _grouped(self.triggers, lambda trigger: trigger.relation)

    @cached_property
    def _grants(self) -> dict[str, tuple[Grant, ...]]:
        relations = (grant for grant in self.grants if grant.target is Target.RELATION)
        return _grouped(relations, lambda grant: grant.object_name)

    @cached_property
    def _staying(self) -> frozenset[str]:
        """The names of the retained tables, and of their triggers' functions."""
        functions = {trigger.function for trigger in self.triggers if trigger.relation in self.retained}
        return frozenset({*self.retained, *functions})

    def is_retained(self, item: Model) -> bool:
        """Whether the object outlives everything else: a retained table, or what belongs to one."""
        names = {getattr(item, name, None) for name in ("relation", "object_name", "identity", "function_name")}
        names.add(getattr(item, "qualified", None))
        return not self._staying.isdisjoint(names)

    def without_retained(self) -> "Definition":
        """Return what goes when everything is taken away."""
        kinds = ("tables", "functions", "policies", "indexes", "triggers", "grants")
        left = {kind: tuple(item for item in getattr(self, kind) if not self.is_retained(item)) for kind in kinds}
        return self.model_copy(update=left | {"retained": ()})

    @model_validator(mode="after")
    def _unique(self) -> "Definition":
        relations = [*(table.identity for table in self.tables), *(view.identity for view in self.views)]
        relations += [f"{table.identity}_pkey" for table in self.tables]
        relations += [index.identity for index in self.indexes if not index.absent]
        _refuse_twice("relation", relations)
        _refuse_twice("role", (role.name for role in self.roles))
        _refuse_twice("function", (function.identity for function in self.functions))
        _refuse_twice("policy", (policy.identity for policy in self.policies))
        _refuse_twice("trigger", (trigger.identity for trigger in self.triggers))
        _refuse_twice("grant", (grant.identity for grant in self.grants))
        _refuse_twice("setting", (setting.identity for setting in self.settings))
        return self

    @model_validator(mode="after")
    def _references(self) -> "Definition":
        tables = {table.identity: {column.name for column in table.columns} for table in self.tables}
        for policy in self.policies:
            _require("table", policy.relation, tables)
        for index in self.indexes:
            columns = {column.name for column in index.columns} | set(index.include)
            _require_columns(index.relation, columns, tables)
        for months in self.partitions:
            _require("divided table", months.relation, [table.identity for table in self.tables if table.partitioning])
        self._check_triggers(tables)
        self._check_grants(tables)
        self._check_keys(tables)
        return self

    def _check_triggers(self, tables: dict[str, set[str]]) -> None:
        functions = {function.qualified: function for function in self.functions}
        views = {view.identity for view in self.views}
        for trigger in self.triggers:
            if trigger.relation in views:
                problem = f"trigger {trigger.name} on the view {trigger.relation}"
                raise fault("DEF004", problem, allowed=", ".join(sorted(tables)), fix="put it on a table")
            _require("table", trigger.relation, tables)
            _require("function", trigger.function, functions)
            returns = functions[trigger.function].returns
            if returns != "trigger":
                raise fault(
                    "DEF004", f"{trigger.function} returns {returns}", allowed="trigger", fix="name a trigger function"
                )

    def _check_grants(self, tables: dict[str, set[str]]) -> None:
        known = {*tables, *(view.identity for view in self.views)}
        policies = {policy.identity for policy in self.policies}
        for grant in self.grants:
            if grant.target is Target.RELATION:
                _require("relation", grant.object_name, known)
                for entry in grant.entries:
                    if grant.object_name in tables:
                        _require_columns(grant.object_name, entry.columns, tables)
                for name in grant.policies or ():
                    _require("policy", f"{grant.object_name}.{name}", policies)
            if grant.target is Target.FUNCTION:
                _require("function", grant.object_name, {function.identity for function in self.functions})

    def _check_keys(self, tables: dict[str, set[str]]) -> None:
        ours = {table.identity: set[str]() for table in self.tables}
        for table in self.tables:
            for key in table.foreign_keys:
                if key.references in tables:
                    _require_columns(key.references, key.referenced_columns, tables)
                if key.references in tables and key.references != table.identity and not key.deferrable:
                    ours[table.identity].add(key.references)
        if circle := find_circle(ours):
            shown = " → ".join(circle)
            raise fault(
                "DEF006",
                f"foreign keys in a circle: {shown}",
                allowed="a circle whose keys are deferrable",
                fix="make one of the keys deferrable",
            )


def _grouped(items: Iterable[M], relation_of: Callable[[M], str]) -> dict[str, tuple[M, ...]]:
    found: dict[str, list[M]] = {}
    for item in items:
        found.setdefault(relation_of(item), []).append(item)
    return {relation: tuple(group) for relation, group in found.items()}


def _refuse_twice(what: str, names: Iterable[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        folded = name.lower()
        if folded in seen:
            problem = f"{what} {name} stands twice (as {seen[folded]})"
            raise fault("DEF003", problem, allowed="one object of a name", fix="rename one of them")
        seen[folded] = name


def _require(what: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        raise fault("DEF004", f"no {what} {name}", allowed=", ".join(sorted(known)), fix=f"name a {what} of these")


def _require_columns(relation: str, columns: Iterable[str], tables: dict[str, set[str]]) -> None:
    _require("table", relation, tables)
    for column in columns:
        _require(f"column of {relation}", column, tables[relation])
