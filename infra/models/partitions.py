"""The months of a divided table: how many stand ahead of the current one, and what becomes of the old ones."""

from typing import Annotated

from pydantic import Field, model_validator

from infra.models.base import Model, Name, SchemaName, fault
from infra.models.metrics import MOST_AHEAD, Expired


class Partitions(Model):
    """Months of a table that is divided by time.

    Which ones there are is no property: today's date would change it. `ahead` is as many as must stand after the
    current month; more are no difference. `keepMonths` is the age that a month may reach; without it none expires.
    """

    schema_name: Annotated[SchemaName, Field(alias="schema")] = "public"
    table: Name
    ahead: Annotated[int, Field(ge=0, le=MOST_AHEAD)]
    keep_months: Annotated[int, Field(ge=1)] | None = None
    expired: Expired = Expired.ARCHIVE
    timed: bool = True
    """Whether pg_cron sees to it every night, where the platform has it."""

    closed: bool = True
    """Whether every part is reached through the table alone, and every archived month by nobody."""

    @property
    def relation(self) -> str:
        """The table, with its schema."""
        return f"{self.schema_name}.{self.table}"

    @property
    def identity(self) -> str:
        """The id: the table's."""
        return self.relation

    @model_validator(mode="after")
    def _fits(self) -> "Partitions":
        if self.expired is Expired.DROP and self.keep_months is None:
            problem = "what never expires is not dropped"
            raise fault("DEF005", problem, allowed="keepMonths", fix="say how many months are kept")
        return self
