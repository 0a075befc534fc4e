"""An index, always built concurrently."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from infra.models.base import FullName, Model, Name, SchemaName, fault
from infra.models.expressions import equal_expressions
from infra.models.table import Expression


class IndexColumn(Model):
    """A column of an index. Nulls come last ascending and first descending, as PostgreSQL's default is."""

    name: Name
    descending: bool = False


class Index(Model):
    """An index; with `absent` the opposite: no index of this definition stands on the table, whatever its name."""

    schema_name: Annotated[SchemaName, Field(alias="schema")] = "public"
    table: Name
    name: FullName
    columns: tuple[IndexColumn, ...] = Field(min_length=1)
    unique: bool = False
    method: Literal["btree", "gin", "gist", "brin", "hash"] = "btree"
    where: Expression | None = None
    include: tuple[Name, ...] = ()
    absent: bool = False

    @property
    def identity(self) -> str:
        """The id: ``schema.name``."""
        return f"{self.schema_name}.{self.name}"

    @property
    def relation(self) -> str:
        """The table, as ``schema.name``."""
        return f"{self.schema_name}.{self.table}"

    def makes_redundant(self, other: "Index") -> bool:
        """Whether this index serves every query that the other one serves, and keeps unique what it keeps unique."""
        same_rows = equal_expressions(self.where, other.where) and self.relation == other.relation
        if self == other or not same_rows or self.method != other.method:
            return False
        if self.method != "btree":
            return self.columns == other.columns and set(self.include) >= set(other.include)
        start = self.columns[: len(other.columns)]
        backwards = tuple(column.model_copy(update={"descending": not column.descending}) for column in start)
        carried = {column.name for column in self.columns} | set(self.include)
        as_strict = not other.unique or (self.unique and len(self.columns) == len(other.columns))
        return as_strict and other.columns in {start, backwards} and carried.issuperset(other.include)

    @model_validator(mode="after")
    def _consistent(self) -> "Index":
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise fault("DEF003", "a column stands twice", allowed="each once", fix="name each column once")
        if self.unique and self.method != "btree":
            raise fault("DEF002", f"a {self.method} index cannot be unique", allowed="btree", fix="change the method")
        return self
