"""A trigger."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from infra.models.base import FullName, Model, Name, QualifiedName, SchemaName, fault
from infra.models.table import Expression


class Event(StrEnum):
    """What fires a trigger, in the order PostgreSQL prints them."""

    INSERT = "insert"
    DELETE = "delete"
    UPDATE = "update"
    TRUNCATE = "truncate"


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

    @model_validator(mode="after")
    def _truncate_is_no_row(self) -> "Trigger":
        if Event.TRUNCATE in self.events and self.for_each == "row":
            problem = "truncate fires once a statement, never once a row"
            raise fault("DEF002", problem, allowed="for_each statement", fix="set for_each or take truncate out")
        return self

    @property
    def identity(self) -> str:
        """The id: ``schema.table.name``."""
        return f"{self.schema_name}.{self.table}.{self.name}"

    @property
    def relation(self) -> str:
        """The table, as ``schema.name``."""
        return f"{self.schema_name}.{self.table}"
