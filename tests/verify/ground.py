"""Deployed databases to prove, and what shows whether a proof has left anything behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from psycopg import sql

from infra.database.session import Session, open_session
from infra.models.access import Access
from infra.models.definition import Definition
from infra.pipeline.definition import define
from infra.pipeline.phases import rollout
from infra.verify.proof import prove
from infra.verify.report import Report
from tests.clusters import Database
from tests.ddl.scripts import catalog_marks
from tests.phases.rollouts import Stage
from tests.seeding import checksums

_TABLES: Final = ("feature_flags", "rollout_state", "sign_up_counter", "cohort_members", "rollout_ledger")


def definition_of(database: Database, phase: int, access: Access = Access.SERVICE) -> Definition:
    """Return what the database is to be in this phase."""
    return define(rollout(phase), deployer=database.deployer.user, access=access)


def proof(database: Database, phase: int, access: Access = Access.SERVICE, **wishes: Any) -> Report:
    """Prove a database as the deployer, the API's own login at hand."""
    with session(database) as deployer, open_session(database.authenticator, application_name="verify") as api:
        return prove(deployer, definition_of(database, phase, access), access, api=api, **wishes)


@contextmanager
def session(database: Database) -> Iterator[Session]:
    """Yield a session of the deployer's."""
    with open_session(database.deployer, application_name="verify") as opened:
        yield opened


def run(database: Database, *statements: str) -> None:
    """Run statements as the superuser."""
    with database.connect(user="admin") as connection:
        for statement in statements:
            connection.execute(statement.encode())


def fingerprint(database: Database) -> dict[str, Any]:
    """Return everything that a proof could leave behind: catalog rows, table rows, users, sessions, locks."""
    with database.connect(user="admin") as connection:
        rows: dict[str, Any] = dict(checksums(connection))
        for name in _TABLES:
            query = sql.SQL("SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} AS t")
            rows[name] = connection.execute(query.format(sql.Identifier("pipeline_private", name))).fetchone()
        rows["users"] = connection.execute("SELECT count(*) FROM auth.users").fetchone()
        rows["schemas"] = connection.execute(
            "SELECT array_agg(nspname ORDER BY 1) FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp'"
        ).fetchone()
    rows["catalog"] = catalog_marks(database)
    return rows


def enter(stage: Stage, phase: int) -> Database:
    """Bring a stage to a phase and return its database."""
    stage.enter(phase)
    return stage.database
