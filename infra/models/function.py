"""A function."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from infra.errors import RolloutError
from infra.identifiers import quote_identifier
from infra.models.base import Model, Name, RoleName, SchemaName, SqlText, fault
from infra.models.bodies import parse_body
from infra.models.table import TypeName, canonical_type


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
        return f"{self.qualified}({', '.join(canonical_type(argument.type) for argument in self.arguments)})"

    @model_validator(mode="after")
    def _consistent(self) -> "Function":
        names = [argument.name for argument in self.arguments]
        if len(set(names)) != len(names):
            raise fault("DEF003", "two arguments have one name", allowed="names that differ", fix="rename one of them")
        arguments = ", ".join(f"{quote_identifier(argument.name)} {argument.type}" for argument in self.arguments)
        try:
            parse_body(self.language, self.body, arguments=arguments, returns=self.returns)
        except RolloutError as error:
            raise fault(error.code, error.problem, allowed=error.allowed, fix=error.fix) from None
        return self
