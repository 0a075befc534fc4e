"""A function."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from infra.models.base import Model, Name, RoleName, SchemaName, SqlText
from infra.models.table import TypeName


class Security(StrEnum):
    """Whose rights a function runs with."""

    INVOKER = "invoker"
    DEFINER = "definer"


class Volatility(StrEnum):
    """What PostgreSQL may assume of a function's results."""

    IMMUTABLE = "immutable"
    STABLE = "stable"
    VOLATILE = "volatile"


PathEntry = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]


class Argument(Model):
    """An argument of a function."""

    name: Name
    type: TypeName


class Function(Model):
    """A function. Nobody may call it until a Grant says so; its search path is pinned."""

    schema_name: Annotated[SchemaName, Field(alias="schema")]
    name: Name
    owner: RoleName
    arguments: tuple[Argument, ...] = ()
    returns: TypeName
    language: Literal["sql", "plpgsql"] = "sql"
    volatility: Volatility = Volatility.VOLATILE
    security: Security = Security.INVOKER
    search_path: tuple[PathEntry, ...] = ("pg_catalog", "pg_temp")
    body: SqlText

    @property
    def qualified(self) -> str:
        """The name with its schema."""
        return f"{self.schema_name}.{self.name}"

    @property
    def identity(self) -> str:
        """The id: ``schema.name(types)``."""
        return f"{self.qualified}({', '.join(argument.type for argument in self.arguments)})"
