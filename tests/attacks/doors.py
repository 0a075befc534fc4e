"""The ways in to a deployed pipeline: directly, and by a PgBouncer that gives all clients one server connection."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import psycopg
from psycopg import sql

from infra.database.target import Target
from infra.models.access import Access
from infra.pipeline.names import CREATOR
from infra.pipeline.tables import CREATOR_TABLES, TABLES
from tests.behaviour.pipelines import Creator, Pipeline, build
from tests.behaviour.writes import fill
from tests.cluster_state import Connection
from tests.clusters import Database, Server
from tests.pooler import Pooler, start_with_lookup

Way = Literal["direct", "pooled"]
WAYS: Final[tuple[Way, ...]] = ("direct", "pooled")
#: How many rows a statement reached, or the SQLSTATE of its refusal.
Outcome = int | str
Values = Sequence[Any] | Mapping[str, Any] | None
NO_PRIVILEGE: Final = "42501"
#: What nobody but the victim and the service may ever read.
SECRET: Final = "words of the victim alone"
SECRET_SCORE: Final = 37

#: Every relation that creators read, with the column that says whose a row is.
OWNED: Final[dict[str, str]] = {
    "creator_profiles": "id",
    "creator_pipeline_overview": "id",
    **{table.name: "creator_profile_id" for table in CREATOR_TABLES},
}
NAMES: Final = tuple(table.name for table in TABLES)


@dataclass(frozen=True)
class Pooled(Database):
    """A database whose logins come through a pooler; only the superuser, who judges, comes directly."""

    pooler: Pooler

    @property
    def deployer(self) -> Target:
        return self.pooler.through(super().deployer)

    @property
    def authenticator(self) -> Target:
        return self.pooler.through(super().authenticator)


@dataclass(frozen=True)
class Door:
    """A way in, somebody who goes through it, and whose rows they are after."""

    way: Way
    pipeline: Pipeline
    attacker: Creator
    victim: Creator

    @property
    def pooled(self) -> bool:
        """Whether one client after the other gets the same server connection."""
        return self.way == "pooled"

    @property
    def database(self) -> Database:
        return self.pipeline.database

    @property
    def pooler(self) -> Pooler:
        """The pooler of this way in."""
        assert isinstance(self.database, Pooled)
        return self.database.pooler

    @property
    def legacy(self) -> bool:
        return self.pipeline.access is Access.LEGACY

    @contextmanager
    def attacking(self) -> Iterator[Connection]:
        """Yield a transaction of the attacker's own session."""
        with self.pipeline.creator(self.attacker) as session:
            yield session

    @contextmanager
    def trying(self, role: str = CREATOR) -> Iterator[Connection]:
        """Yield a transaction of a role, with the attacker's claims, that is undone."""
        with self.pipeline.acting(role, self.attacker.user) as session, session.transaction(force_rollback=True):
            yield session

    @contextmanager
    def deploying(self) -> Iterator[Connection]:
        """Yield a transaction of whoever deploys, which is undone."""
        with self.database.connect() as connection, connection.transaction(force_rollback=True):
            yield connection


def attempt(session: Connection, statement: str | sql.Composed, values: Values = None) -> Outcome:
    """Return how many rows a statement reached, or the SQLSTATE of its refusal; the transaction goes on."""
    text = sql.SQL(statement) if isinstance(statement, str) else statement
    try:
        with session.transaction():
            return session.execute(text, values).rowcount
    except psycopg.Error as error:
        return str(error.sqlstate)


@dataclass
class Site:
    """One server with the pipeline deployed under each access that is asked for, and a pooler before each."""

    server: Server
    pipelines: dict[Access, Pipeline] = field(default_factory=dict)
    poolers: dict[Access, Pooler] = field(default_factory=dict)
    people: dict[Access, tuple[Creator, Creator]] = field(default_factory=dict)

    def door(self, access: Access, way: Way) -> Door:
        """Return a way in, made when it is first asked for."""
        if access not in self.pipelines:
            self.pipelines[access] = build(self.server, access, "fresh", f"attacked_{access.value}")
            self.people[access] = _populate(self.pipelines[access])
        pipeline = self.pipelines[access]
        if way == "pooled":
            database = pipeline.database
            if access not in self.poolers:
                self.poolers[access] = one_connection(database)
            pipeline = Pipeline(Pooled(database.server, database.name, self.poolers[access]), access, "fresh")
        return Door(way, pipeline, *self.people[access])

    def close(self) -> None:
        """Stop the poolers, and bring the server back to where it was."""
        for pooler in self.poolers.values():
            pooler.stop()
        self.server.reset()


def one_connection(database: Database) -> Pooler:
    """Start a pooler as the product sets it up, with one server connection for each login."""
    return start_with_lookup(database, pool_size=1)


def _populate(pipeline: Pipeline) -> tuple[Creator, Creator]:
    """Add the attacker and the victim, with rows in every table, and statistics of all."""
    attacker, victim = pipeline.sign_up(), pipeline.sign_up()
    for creator in (attacker, victim):
        fill(pipeline, creator)
    with pipeline.admin() as admin:
        admin.execute(
            "UPDATE public.creator_profiles SET cultural_motivation = %s, readiness_score = %s WHERE id = %s",
            [SECRET, SECRET_SCORE, victim.profile],
        )
        admin.execute(
            "INSERT INTO pipeline_private.cohort_members (user_id, kind, source, added_by)"
            " SELECT user_id, 'team', 'command', 'tests' FROM public.creator_profiles"
        )
        admin.execute("ANALYZE")
    return attacker, victim
