"""Short forms for the columns and checks that the pipeline's tables repeat."""

from infra.identifiers import quote_literal
from infra.models.table import Check, Column, Default, DefaultFunction, ForeignKey, OnDelete, Table
from infra.pipeline.names import ARCHIVE, OWNER, PRIVATE, PUBLIC

Literal = str | bool | int | float


def column(name: str, kind: str, default: Literal | None = None, *, required: bool = False) -> Column:
    """Return a column with a literal default, or none."""
    return Column(
        name=name, type=kind, nullable=not required, default=None if default is None else Default(literal=default)
    )


def computed(name: str, kind: str, function: DefaultFunction, *, required: bool = False) -> Column:
    """Return a column whose default is a function's result."""
    return Column(name=name, type=kind, nullable=not required, default=Default(function=function))


def identity() -> Column:
    """Return the primary key that every table has."""
    return computed("id", "uuid", "gen_random_uuid()", required=True)


def timestamps(*names: str) -> tuple[Column, ...]:
    """Return columns that start as the time of the transaction."""
    return tuple(computed(name, "timestamptz", "now()") for name in names)


def one_of(table: str, name: str, values: tuple[str, ...]) -> Check:
    """Return the check that a column holds one of these words."""
    return Check(name=f"{table}_{name}_check", expression=f"{name} IN ({', '.join(map(quote_literal, values))})")


def percentage(table: str, name: str) -> Check:
    """Return the check that a column lies between 0 and 100."""
    return Check(name=f"{table}_{name}_check", expression=f"{name} >= 0 AND {name} <= 100")


def profile_key(table: str) -> ForeignKey:
    """Return the key to the creator's profile; deleting the profile deletes the row."""
    return ForeignKey(
        name=f"{table}_creator_profile_id_fkey",
        columns=("creator_profile_id",),
        references=f"{PUBLIC}.creator_profiles",
        referenced_columns=("id",),
        on_delete=OnDelete.CASCADE,
    )


def user_key(table: str, name: str, on_delete: OnDelete) -> ForeignKey:
    """Return the key to the platform's table of users."""
    return ForeignKey(
        name=f"{table}_{name}_fkey",
        columns=(name,),
        references="auth.users",
        referenced_columns=("id",),
        on_delete=on_delete,
    )


def table(
    name: str, columns: tuple[Column, ...], *, checks: tuple[Check, ...] = (), keys: tuple[ForeignKey, ...]
) -> Table:
    """Return a table in public, owned by the pipeline's owner and parked in the archive when removed."""
    return Table(
        schema_name=PUBLIC,
        name=name,
        owner=OWNER,
        columns=columns,
        primary_key=("id",),
        checks=checks,
        foreign_keys=keys,
        archive_schema=ARCHIVE,
    )


def private_table(
    name: str,
    columns: tuple[Column, ...],
    *,
    primary_key: tuple[str, ...] = ("id",),
    checks: tuple[Check, ...] = (),
    keys: tuple[ForeignKey, ...] = (),
) -> Table:
    """Return a table in the private schema, which the API does not expose."""
    return Table(
        schema_name=PRIVATE,
        name=name,
        owner=OWNER,
        columns=columns,
        primary_key=primary_key,
        checks=checks,
        foreign_keys=keys,
        archive_schema=ARCHIVE,
    )


def only_row(table: str) -> tuple[Column, Check]:
    """Return the key of a table that has one row, and the check that sees to it."""
    return column("id", "boolean", default=True, required=True), Check(name=f"{table}_id_check", expression="id")
