"""A table: columns, keys, checks and how its row security stands."""

import re
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from infra.errors import RolloutError
from infra.identifiers import quote_literal
from infra.models.base import FullName, Model, Name, QualifiedName, RoleName, SchemaName, SqlText, fault
from infra.models.expressions import is_cast, parse_bounds, parse_expression

#: The functions that a default may call; anything else needs `unsafe_sql`.
DefaultFunction = Literal["now()", "gen_random_uuid()", "auth.uid()", "CURRENT_TIMESTAMP", "CURRENT_USER"]
VOLATILE: Final = frozenset({"gen_random_uuid()"})

_TYPE = re.compile(r"[a-z_][a-z0-9_ ]*(\.[a-z_][a-z0-9_]*)?(\(\d+(,\s?\d+)?\))?( (with|without) time zone)?(\[\])*")
_ALIASES: Final = {
    "int": "integer",
    "int4": "integer",
    "int8": "bigint",
    "int2": "smallint",
    "bool": "boolean",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "varchar": "character varying",
    "decimal": "numeric",
    "float8": "double precision",
    "float4": "real",
}


def canonical_type(spelling: str) -> str:
    """Return PostgreSQL's own spelling of a type, such as ``timestamp with time zone`` for ``timestamptz``."""
    match = re.fullmatch(r"([a-z0-9_ .]+?)(\([\d, ]+\))?((?:\[\])*)", spelling)
    if match is None:
        return spelling
    base, size, array = match.groups()
    return _ALIASES.get(base, base) + (size or "").replace(" ", "") + array


def _type(value: str) -> str:
    if not _TYPE.fullmatch(value) or not _is_cast_to(value):
        raise fault(
            "DEF002",
            f"{value!r} is not a type's name",
            allowed="such as integer, numeric(5,2), text[]",
            fix="write the type alone, in lower case",
        )
    return value


def _is_cast_to(kind: str) -> bool:
    """Whether the text is a type and nothing after it, such as NOT NULL or COLLATE."""
    try:
        return is_cast(parse_expression(f"NULL::{kind}"))
    except RolloutError:
        return False


def _expression(value: str) -> str:
    try:
        parse_expression(value)
    except RolloutError as error:
        raise fault(error.code, error.problem, allowed=error.allowed, fix=error.fix) from None
    return value


def _bounds(value: str) -> str:
    try:
        parse_bounds(value)
    except RolloutError as error:
        raise fault(error.code, error.problem, allowed=error.allowed, fix=error.fix) from None
    return value


TypeName = Annotated[str, AfterValidator(_type)]
Expression = Annotated[SqlText, AfterValidator(_expression)]
"""One SQL expression, parsed when defined."""


class Default(Model):
    """A column's default: exactly one of a literal, an allowed function, or SQL that its author answers for."""

    literal: str | bool | int | float | None = None
    function: DefaultFunction | None = None
    unsafe_sql: Annotated[Expression | None, Field(alias="unsafeSql")] = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "Default":
        given = [value for value in (self.literal, self.function, self.unsafe_sql) if value is not None]
        if len(given) != 1:
            raise fault(
                "DEF002",
                f"a default is exactly one thing, not {len(given)}",
                allowed="literal, function or unsafeSql",
                fix="leave one of them",
            )
        return self

    @field_validator("literal")
    @classmethod
    def _has_a_literal(cls, value: str | float | None) -> str | bool | int | float | None:
        try:
            quote_literal(value)
        except RolloutError as error:
            raise fault(error.code, error.problem, allowed=error.allowed, fix=error.fix) from None
        return value

    @property
    def is_volatile(self) -> bool:
        """Whether adding a column with it would rewrite an existing table."""
        return self.function in VOLATILE or self.unsafe_sql is not None


class Column(Model):
    """A column. The type is written as in SQL."""

    name: Name
    type: TypeName
    nullable: bool = True
    default: Default | None = None


class Check(Model):
    """A check constraint."""

    name: FullName
    expression: Expression


class OnDelete(StrEnum):
    """What happens to the rows that refer to a deleted row."""

    NO_ACTION = "no action"
    RESTRICT = "restrict"
    CASCADE = "cascade"
    SET_NULL = "set null"
    SET_DEFAULT = "set default"


class ForeignKey(Model):
    """A reference to another table, given as ``schema.table``."""

    name: FullName
    columns: tuple[Name, ...] = Field(min_length=1)
    references: QualifiedName
    referenced_columns: tuple[Name, ...] = Field(min_length=1)
    on_delete: OnDelete = OnDelete.NO_ACTION
    deferrable: bool = False

    @model_validator(mode="after")
    def _pairs(self) -> "ForeignKey":
        if len(self.columns) != len(self.referenced_columns):
            numbers = f"{len(self.columns)} columns refer to {len(self.referenced_columns)}"
            raise fault("DEF005", numbers, allowed="as many as there are columns", fix="pair each column with one")
        return self


class RowSecurity(StrEnum):
    """How far row security reaches: `forced` binds the table's owner too."""

    FORCED = "forced"
    ENABLED = "enabled"
    DISABLED = "disabled"

    @property
    def strength(self) -> int:
        """How much it guards, to compare one with another."""
        return (RowSecurity.DISABLED, RowSecurity.ENABLED, RowSecurity.FORCED).index(self)


class Leaf(Model):
    """One partition, in the private schema; `bounds` is what follows FOR VALUES, or DEFAULT for what no other takes."""

    schema_name: Annotated[SchemaName, Field(alias="schema")]
    name: Name
    bounds: Annotated[SqlText, AfterValidator(_bounds)]


class Partitioning(Model):
    """How a table is divided."""

    method: Literal["range", "list", "hash"]
    key: tuple[Name, ...] = Field(min_length=1)
    leaves: tuple[Leaf, ...] = ()


class Table(Model):
    """A table of ours. It is created closed: row security on and forced, and nothing granted to `closed_to`."""

    schema_name: Annotated[SchemaName, Field(alias="schema")] = "public"
    name: Name
    owner: RoleName
    columns: tuple[Column, ...] = Field(min_length=1)
    primary_key: tuple[Name, ...] = Field(min_length=1)
    checks: tuple[Check, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    row_security: RowSecurity = RowSecurity.FORCED
    archive_schema: SchemaName
    """Where the table is parked, with its rows, when the resource is deleted."""
    partitioning: Partitioning | None = None

    @property
    def identity(self) -> str:
        """The id: ``schema.name``."""
        return f"{self.schema_name}.{self.name}"

    def column(self, name: str) -> Column:
        """Return the column of this name."""
        return next(column for column in self.columns if column.name == name)

    @model_validator(mode="after")
    def _consistent(self) -> "Table":
        names = [column.name for column in self.columns]
        _refuse_twice(names, "column")
        _refuse_twice([*(check.name for check in self.checks), *(key.name for key in self.foreign_keys)], "constraint")
        used = {*self.primary_key, *(name for key in self.foreign_keys for name in key.columns)}
        used |= set(self.partitioning.key) if self.partitioning else set()
        if missing := sorted(used - set(names)):
            raise fault("DEF004", f"no column {', '.join(missing)}", allowed=", ".join(names), fix="name a column")
        if nullable := [name for name in self.primary_key if self.column(name).nullable]:
            problem = f"primary key column {nullable[0]} is nullable"
            raise fault("DEF002", problem, allowed="columns that are never null", fix="set nullable: false")
        return self


def _refuse_twice(names: list[str], what: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise fault("DEF003", f"{what} {twice[0]} stands twice", allowed="one of a name", fix="rename one of them")
