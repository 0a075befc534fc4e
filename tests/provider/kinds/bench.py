"""A database on which handlers are tried one call at a time, as the engine would call them."""

import json
import re
from typing import Any

from psycopg import sql

from infra.database.workspace import Workspace, open_workspace
from infra.errors import RolloutError, RolloutErrors
from infra.models.approval import Review
from infra.models.base import Model
from infra.provider.handler import Call, Severity, Snapshot
from infra.provider.kinds.base import Kind
from tests.clusters import Database
from tests.deploying import HANDLERS
from tests.provider.kinds.samples import ARCHIVE, OWNER, PRIVATE

MISSING = ["(missing)"]
_STATEMENT = re.compile(r"(?:statement|execute [^:]*): (?P<text>.*(?:\n\t.*)*)")


class Bench:
    """One database with an owner for its objects, and a workspace of the deployer."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.lines: list[tuple[Severity, str]] = []
        self.review: Review | None = None
        self.admin(
            f"CREATE ROLE {OWNER}",
            f"GRANT {OWNER} TO deployer",
            f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER}",
            f"GRANT USAGE ON SCHEMA auth TO {OWNER}",
            "ALTER DATABASE eden_academy SET log_statement = 'ddl'",
        )
        for schema in (PRIVATE, ARCHIVE):
            self.run(f"CREATE SCHEMA {schema}", f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {OWNER}")
        self.workspace: Workspace = open_workspace(database.deployer, application_name="bench")

    def call(self, *, preview: bool = False) -> Call:
        review = "" if self.review is None else json.dumps(self.review.dump())
        return Call("urn", lambda: self.workspace, preview, self._log, review=review)

    def _log(self, severity: Severity, text: str) -> None:
        self.lines.append((severity, text))

    def create(self, *models: Model, preview: bool = False) -> None:
        """Create or adopt objects; what the checks refuse is let through, since handlers are on trial here."""
        for model in models:
            handler_of(model).create(self.call(preview=preview), model.dump())

    def update(self, old: Model, new: Model, *, preview: bool = False) -> None:
        handler = handler_of(new)
        handler.update(self.call(preview=preview), handler.identity(new), old.dump(), new.dump())

    def read(self, model: Model) -> Snapshot | None:
        handler = handler_of(model)
        return handler.read(self.call(), handler.identity(model), model.dump())

    def drift(self, model: Model) -> list[str]:
        """Return the properties in which the object is not as it should be."""
        snapshot = self.read(model)
        if snapshot is None:
            return MISSING
        return [change.path for change in handler_of(model).diff(snapshot.inputs, model.dump())]

    def delete(self, model: Model) -> None:
        handler = handler_of(model)
        handler.delete(self.call(), handler.identity(model), model.dump())

    def refusals(self, model: Model, old: Model | None = None, *, preview: bool = False) -> list[RolloutError]:
        """Return what a create or an update is refused with."""
        try:
            if old is None:
                self.create(model, preview=preview)
            else:
                self.update(old, model, preview=preview)
        except RolloutErrors as errors:
            return list(errors.errors)
        except RolloutError as error:
            return [error]
        return []

    def admin(self, *statements: str) -> None:
        """Run statements by hand as the superuser."""
        self.run(*statements, user="admin")

    def run(self, *statements: str, user: str = "deployer") -> None:
        with self.database.connect(user=user) as connection:
            for statement in statements:
                connection.execute(sql.SQL(statement))

    def rows(self, query: str, user: str = "admin") -> list[tuple[Any, ...]]:
        with self.database.connect(user=user) as connection:
            return connection.execute(sql.SQL(query)).fetchall()

    def logged(self, start: int) -> list[str]:
        """Return the statements that change definitions which the server has logged since then."""
        return [match["text"] for match in _STATEMENT.finditer(self.database.log()[start:])]

    def mark(self) -> int:
        return len(self.database.log())

    def reopen(self, *, lock_seconds: float = 30) -> None:
        """Go on as the next deploy, with a workspace of its own."""
        self.workspace.close()
        self.workspace = open_workspace(self.database.deployer, application_name="bench", lock_seconds=lock_seconds)

    def close(self) -> None:
        self.workspace.close()


def handler_of(model: Model) -> Kind[Any]:
    handler = HANDLERS[type(model).__name__]
    assert isinstance(handler, Kind)
    return handler
