"""The two forms of one table, plain and divided, as the templates of a conversion name them."""

from dataclasses import dataclass, replace
from typing import Final

from infra.ddl.closing import DEFAULT_GRANTEES
from infra.models.table import Table

#: How long one batch should take: so long, at most, a writer waits who changes one of its rows.
BATCH_MILLISECONDS: Final = 25
#: How long a batch waits for somebody else's row before it leaves it to the comparison.
ROW_LOCK_MILLISECONDS: Final = 50
#: Rows that differ are written anew so many at a time.
MENDED_AT_ONCE: Final = 200


@dataclass(frozen=True)
class Form:
    """One direction: from the table that stands to its twin, the other form, which is divided where it `divides`."""

    name: str
    schema: str
    private: str
    archive: str
    owner: str
    columns: tuple[str, ...]
    key: str
    """The column that tells a row of the plain form."""
    key_type: str
    times: tuple[str, ...]
    """What the divided form's key has besides."""
    moments: tuple[str, ...]
    """The columns that may be null in the plain form alone."""
    divides: bool

    roles: tuple[str, ...] = DEFAULT_GRANTEES
    batch_milliseconds: int = BATCH_MILLISECONDS
    lock_timeout: int = ROW_LOCK_MILLISECONDS
    mended_at_once: int = MENDED_AT_ONCE

    @property
    def table(self) -> str:
        """The table in use."""
        return f"{self.schema}.{self.name}"

    @property
    def twin(self) -> str:
        """Its other form, under the same name."""
        return f"{self.private}.{self.name}"

    @property
    def twin_key(self) -> tuple[str, ...]:
        """The twin's primary key."""
        return (self.key, *self.times) if self.divides else (self.key,)

    @property
    def state(self) -> str:
        """The table that says how far it is."""
        return progress_of(self.private, self.name)

    @property
    def unsure(self) -> str:
        """The table of the rows that somebody changed who may not have seen what was copied."""
        return f"{self.private}.{self.name}_unsure"

    @property
    def trigger(self) -> str:
        """What carries each write over."""
        return trigger_name(self.name)

    @property
    def carrier(self) -> str:
        """The trigger's function."""
        return f"{self.private}.{self.trigger}"

    @property
    def copier(self) -> str:
        """The function that copies, compares and mends, a batch a call."""
        return f"{self.private}.{self.name}_copy"

    @property
    def back(self) -> "Form":
        """The other direction, under the same names: whatever is in use stands in the one schema."""
        return replace(self, divides=not self.divides)


def form_of(standing: Table, wanted: Table, private: str) -> Form:
    """Return the direction from the table that stands to the one that is wanted."""
    plain, divided = (standing, wanted) if wanted.partitioning else (wanted, standing)
    parts = divided.partitioning
    times = tuple(name for name in divided.primary_key if parts is not None and name in parts.key)
    key = next(name for name in divided.primary_key if name not in times)
    optional = {column.name for column in plain.columns if column.nullable}
    return Form(
        name=wanted.name,
        schema=wanted.schema_name,
        private=private,
        archive=wanted.archive_schema,
        owner=wanted.owner,
        columns=tuple(column.name for column in wanted.columns),
        key=key,
        key_type=wanted.column(key).type,
        times=times,
        moments=tuple(name for name in times if name in optional),
        divides=wanted.partitioning is not None,
    )


def trigger_name(table: str) -> str:
    """Return the name of the trigger that carries writes over, and of nothing else."""
    return f"{table}_carry"


def progress_of(private: str, table: str) -> str:
    """Return the table, as ``schema.name``, that says how far a conversion is."""
    return f"{private}.{table}_conversion"


def standing_beside(relation: str, private: str) -> tuple[tuple[str, str, str], ...]:
    """Return what a conversion makes beside a table, each as kind, place and name; the twin comes first."""
    name = relation.rpartition(".")[2]
    tables = (f"{private}.{name}", progress_of(private, name), f"{private}.{name}_unsure")
    functions = (f"{private}.{trigger_name(name)}()", f"{private}.{name}_copy()")
    return (
        *(("table", private, table) for table in tables),
        *(("function", private, function) for function in functions),
        ("trigger", relation, trigger_name(name)),
    )
