"""A view that runs with the rights of its caller."""

from typing import Annotated

from pydantic import AfterValidator, Field

from infra.errors import RolloutError
from infra.models.base import Model, Name, RoleName, SchemaName, SqlText, fault
from infra.models.expressions import parse_query


def _query(value: str) -> str:
    try:
        parse_query(value)
    except RolloutError as error:
        raise fault(error.code, error.problem, allowed="one SELECT", fix=error.fix) from None
    return value


class View(Model):
    """A view. Without `security_invoker` it would show every row to whoever may read it."""

    schema_name: Annotated[SchemaName, Field(alias="schema")] = "public"
    name: Name
    owner: RoleName
    query: Annotated[SqlText, AfterValidator(_query)]
    security_invoker: bool = True
    security_barrier: bool = False

    @property
    def identity(self) -> str:
        """The id: ``schema.name``."""
        return f"{self.schema_name}.{self.name}"
