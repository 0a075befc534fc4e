"""A row-security policy."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from infra.models.base import AnyName, FullName, Model, Name, SchemaName
from infra.models.table import Expression


class Command(StrEnum):
    """The statements that a policy speaks of."""

    ALL = "all"
    SELECT = "select"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


class Policy(Model):
    """Which rows of a table a role may see (`using`) and leave behind (`check`).

    A policy that lets every row through needs a `reason`, and for anon, authenticated or PUBLIC `public_read` too.
    """

    schema_name: Annotated[SchemaName, Field(alias="schema")] = "public"
    table: Name
    name: FullName
    command: Command
    roles: tuple[AnyName, ...]
    using: Expression | None = None
    check: Expression | None = None
    permissive: bool = True
    public_read: bool = False
    reason: str = ""

    @property
    def identity(self) -> str:
        """The id: ``schema.table.name``."""
        return f"{self.schema_name}.{self.table}.{self.name}"

    @property
    def relation(self) -> str:
        """The table, as ``schema.name``."""
        return f"{self.schema_name}.{self.table}"
