"""What a backup is of: the pipeline's relations as the catalog has them, what they are made of, and a sum of rows."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from infra.backups.manifest import Described, TableSum
from infra.database.session import Session
from infra.ddl.templates import catalog_query, render
from infra.identifiers import quote_identifier
from infra.pipeline.names import ARCHIVE, PRIVATE
from infra.pipeline.tables import TABLES
from infra.pipeline.views import VIEWS

OWN_SCHEMAS: Final = (PRIVATE, ARCHIVE)
TABLE: Final = "r"
#: A value has one text under these, on whatever server; and rows that row security hides are an error, not absent.
READING: Final = {
    "row_security": "off",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "lc_monetary": "C",
    "xmlbinary": "base64",
}


@dataclass(frozen=True)
class Relation:
    """A table, view or sequence in a schema that holds something of the pipeline."""

    schema: str
    name: str
    kind: str
    ours: bool

    @property
    def identity(self) -> str:
        """Its name with its schema."""
        return f"{self.schema}.{self.name}"

    @property
    def pattern(self) -> str:
        """Its name as pg_dump's options take it."""
        return pattern(self.schema, self.name)


def pattern(*parts: str) -> str:
    """Return a name as pg_dump's options take it: in quotes no character stands for others."""
    return ".".join(map(quote_identifier, parts))


def read_relations(session: Session) -> list[Relation]:
    """Return every relation of the schemas that hold something of the pipeline."""
    names = [*(table.name for table in TABLES), *(view.name for view in VIEWS)]
    rows = session.query(catalog_query("backup_relations.sql"), {"own_schemas": list(OWN_SCHEMAS), "names": names})
    return [Relation(**row) for row in rows]


def read_catalog(session: Session, relations: Iterable[Relation]) -> tuple[Described, ...]:
    """Return what the relations of ours and the functions of our schemas are made of."""
    ours = [relation for relation in relations if relation.ours]
    given = {
        "schemas": [relation.schema for relation in ours],
        "names": [relation.name for relation in ours],
        "own_schemas": list(OWN_SCHEMAS),
    }
    rows = session.query(catalog_query("backup_catalog.sql"), given)
    return tuple(Described(object=row["object"], digest=_digest(row["definition"]), entry=row["entry"]) for row in rows)


def _digest(definition: str) -> str:
    return hashlib.sha256(definition.encode()).hexdigest() if definition else ""


def read_sums(session: Session, relations: Iterable[Relation]) -> Iterator[TableSum]:
    """Yield the sum of each table of ours; a divided table's rows are in its leaves.

    Raises:
        RolloutError: DB003 when row security would hide a row from this login.
    """
    session.configure(READING)
    for relation in relations:
        if relation.ours and relation.kind == TABLE:
            row = session.one(render("backup_sum.sql.j2", schema=relation.schema, name=relation.name))
            assert row
            yield TableSum(table=relation.identity, rows=row["rows"], digest=row["digest"])
