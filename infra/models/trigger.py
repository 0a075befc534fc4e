"""A trigger."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from infra.models.base import FullName, Model, Name, QualifiedName, SchemaName
from infra.models.table import Expression


class Event(StrEnum):
    """What fires a trigger, in the order PostgreSQL prints them."""

    INSERT = "insert"
    DELETE = "delete"
    UPDATE = "update"


class Trigger(Model):
    """A trigger that runs a function of ours.

    `retires` names functions, as ``schema.name``, whose triggers on this table it takes the place of;
    the functions stay.
    """

    schema_name: Annotated[SchemaName, Field(alias="schema")] = "public"
    table: Name
    name: FullName
    timing: Literal["before", "after"]
    events: tuple[Event, ...] = Field(min_length=1)
    for_each: Literal["row", "statement"] = "row"
    function: QualifiedName
    when: Expression | None = None
    enabled: bool = True
    retires: tuple[QualifiedName, ...] = ()

    @property
    def identity(self) -> str:
        """The id: ``schema.table.name``."""
        return f"{self.schema_name}.{self.table}.{self.name}"

    @property
    def relation(self) -> str:
        """The table, as ``schema.name``."""
        return f"{self.schema_name}.{self.table}"
