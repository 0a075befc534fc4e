"""A database of before that was adopted, with what was there before and what was done to it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, LiteralString

from psycopg import sql

from infra.errors import RolloutError, RolloutErrors
from infra.models.access import Access
from infra.models.base import Model
from infra.pipeline.definition import define
from infra.pipeline.phases import rollout
from tests.clusters import Database, Server
from tests.deploying import Deployer
from tests.reference_database import build_reference
from tests.seeding import checksums, seed

_STATEMENT: Final = re.compile(r"LOG:  (?:statement|execute [^:]*): (.*?)(?=\n\d{4}-\d\d-\d\d |\Z)", re.DOTALL)
#: Tables and indexes with where their data lies: another number would be another table, or a rewritten one.
FILES: Final[LiteralString] = """
    SELECT relname, oid::int8, relfilenode::int8 FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i') ORDER BY relname
"""


@dataclass
class Adoption:
    """What an adoption found, said and did."""

    database: Database
    access: Access
    lines: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    files: dict[str, tuple[int, int]] = field(default_factory=dict)
    rows: dict[str, tuple[int, str]] = field(default_factory=dict)

    def look(self) -> tuple[dict[str, tuple[int, int]], dict[str, tuple[int, str]]]:
        """Return the files and the rows as they are now."""
        with self.database.connect(user="admin") as admin:
            files = {name: (oid, node) for name, oid, node in admin.execute(FILES)}
            return files, checksums(admin)


def adopt(server: Server, access: Access, name: str = "adopted") -> Adoption:
    """Build the database of before with rows and other people's things, and deploy over it."""
    database = server.create_database(name)
    build_reference(database)
    seed(database)
    adoption = Adoption(database, access)
    adoption.files, adoption.rows = adoption.look()
    with recorded(database) as adoption.statements, deployer_of(database, access) as deployer:
        deployer.up()
        adoption.lines = [text for severity, text in deployer.lines if severity == "info"]
    return adoption


@contextmanager
def deployer_of(database: Database, access: Access, *, stated: bool = True) -> Iterator[Deployer]:
    """Yield a deployer that is closed at the end."""
    definition = define(rollout(5), deployer=database.deployer.user, access=access, access_stated=stated)
    deployer = Deployer(database.deployer, definition)
    try:
        yield deployer
    finally:
        deployer.close()


@contextmanager
def recorded(database: Database) -> Iterator[list[str]]:
    """Collect, from the server's own log, every statement of DDL that sessions opened inside have run."""
    setting = sql.SQL("ALTER DATABASE {} SET log_statement = 'ddl'").format(sql.Identifier(database.name))
    with database.connect(user="admin") as admin:
        admin.execute(setting)
    before = len(database.log())
    statements: list[str] = []
    yield statements
    statements += (" ".join(found.split()) for found in _STATEMENT.findall(database.log()[before:]))


def problems(deployer: Deployer, *, preview: bool = True) -> dict[str, list[RolloutError]]:
    """Return what each object refuses, by its name: an engine shows them one below the other."""
    found = {}
    for model in deployer.objects():
        try:
            deployer.create(model, preview=preview)
        except RolloutErrors as errors:
            found[name_of(model)] = list(errors.errors)
        except RolloutError as error:
            found[name_of(model)] = [error]
    return found


def name_of(model: Model) -> str:
    """Return kind and id of an object."""
    identity: Any = getattr(model, "identity", None) or getattr(model, "name", "")
    return f"{type(model).__name__} {identity}"
