"""A trigger."""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from infra.models.base import FullName, Model, Name, QualifiedName, SchemaName, fault
from infra.models.table import Expression


class Event(StrEnum):
    """What fires a trigger, in the order PostgreSQL prints them."""

    INSERT = "insert"
    DELETE = "delete"
    UPDATE = "update"
    TRUNCATE = "truncate"


#: Whose rows PostgreSQL shows to a trigger as a table: those of one kind of statement, once it is done.
_WITH_TABLE: Final = {
    "old_table": ((Event.DELETE,), (Event.UPDATE,)),
    "new_table": ((Event.INSERT,), (Event.UPDATE,)),
}


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
    old_table: Name | None = None
    """By this name the function reads the rows as they were before the statement."""
    new_table: Name | None = None
    """By this name the function reads the rows that the statement has written."""
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

    @model_validator(mode="after")
    def _rows_as_tables(self) -> "Trigger":
        named = {"old_table": self.old_table, "new_table": self.new_table}
        for field, events in _WITH_TABLE.items():
            fits = self.timing == "after" and self.for_each == "statement" and self.events in events
            if named[field] is not None and not fits:
                problem = f"{field} is not to be had of {self.timing} {self.for_each} {', '.join(self.events)}"
                allowed = f"after one statement of {' or '.join(event for (event,) in events)}"
                raise fault(
                    "DEF002", problem, allowed=allowed, fix=f"take {field} out, or make a trigger for each event"
                )
        return self

    @property
    def identity(self) -> str:
        """The id: ``schema.table.name``."""
        return f"{self.schema_name}.{self.table}.{self.name}"

    @property
    def relation(self) -> str:
        """The table, as ``schema.name``."""
        return f"{self.schema_name}.{self.table}"
