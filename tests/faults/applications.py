"""The application beside what a test does: the benchmark's load, and what must hold of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, LiteralString

from bench.load import Account, Load
from bench.loading import failures, lost, make_creators, under
from bench.scripts import NEIGHBOURS
from bench.waits import Waits, watching
from infra.database.ladder import RUNGS
from infra.models.access import Access
from infra.pipeline.definition import define
from infra.pipeline.names import ARCHIVE
from infra.pipeline.phases import rollout
from tests.cluster_state import connect
from tests.clusters import Database
from tests.deploying import Deployer
from tests.reference_database import build_reference

CREATORS: Final = 20
#: What a busy machine adds to a server's timeout. The milliseconds that count are the benchmark's.
SLACK_SECONDS: Final = 1.0
BLOCKER: Final = "monthly report"
#: Makes a reader that holds its lock, and a writer on a table that others refer to.
#: So many statements are several transactions' worth.
STATEMENTS: Final = 40
ASKING_SECONDS: Final = 30
_ASKED: Final[LiteralString] = """
SELECT pid, query_start FROM pg_catalog.pg_stat_activity WHERE usename = %s AND query_start > %s"""
READING: Final[LiteralString] = "SELECT count(*) FROM public.creator_profiles"
WRITING: Final[LiteralString] = "INSERT INTO auth.users (id) VALUES (gen_random_uuid())"


@dataclass
class Application:
    """The application on a database; each `beside` is a stretch of its work, with the log of it."""

    database: Database
    script: str
    creators: list[list[str]] = field(default_factory=list)
    clients: int = 2
    think_milliseconds: float = 10.0
    account: Account = field(default_factory=Account)
    waits: Waits = field(default_factory=Waits)

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Let two writers and two readers work while what is inside is done."""
        api, admin = self.database.authenticator.dsn(), self.database.admin.dsn()
        load = Load(self.script, api, admin, self.creators, self.clients, self.clients, self.think_milliseconds)
        with watching(self.database.admin) as self.waits, under(load) as running:
            yield
        self.account = running.account
        assert self.account.transactions > self.clients
        assert len({timing.client for timing in self.account.timings}) == 2 * self.clients
        assert sum(map(len, self.account.rows.values())) > 0

    def asks_on(self) -> None:
        """Wait until the application has asked for more than a transaction holds, however slow the machine is."""
        seen, end = set[object](), time.monotonic() + ASKING_SECONDS
        with connect(self.database.admin) as admin:
            before = admin.execute("SELECT clock_timestamp()").fetchall()[0][0]
            while len(seen) < STATEMENTS:
                assert time.monotonic() < end, "the application asks for nothing"
                parameters = [self.database.authenticator.user, before]
                seen.update(admin.execute(_ASKED, parameters).fetchall())

    def went_on(self) -> None:
        """No transaction failed, and all that was acknowledged is there."""
        assert failures(self.account) == []
        assert lost(self.database.admin, self.account) == []

    def was_shut_out(self) -> None:
        """Whoever was refused had asked for what is removed; all that was acknowledged is in the archive."""
        assert self.account.failures
        assert failures(self.account, removing=True) == []
        assert lost(self.database.admin, self.account, schema=ARCHIVE) == []

    def waited_little(self) -> None:
        """Nobody waited for a lock for longer than the longest lock timeout of a step."""
        assert self.waits.totals()
        assert self.waits.longest <= max(RUNGS) / 1000 + SLACK_SECONDS


def neighbours(database: Database) -> Application:
    """Return an application whose other tables, and users, are in use beside the pipeline's place."""
    with database.connect() as connection:
        for statement in NEIGHBOURS:
            connection.execute(statement)
    return Application(database, "neighbours", make_creators(database.admin, CREATORS, profiles=False))


def of_today(database: Database) -> Application:
    """Return the application on the database as it was before."""
    build_reference(database)
    return Application(database, "today", make_creators(database.admin, CREATORS))


def on_pipeline(database: Database) -> Application:
    """Return the application on a deployed database."""
    return Application(database, "pipeline", make_creators(database.admin, CREATORS))


def deployer_of(database: Database) -> Deployer:
    """Return whoever deploys phase 1, with the access stated: an adoption asks for it."""
    deployer = database.deployer
    definition = define(rollout(1), deployer=deployer.user, access=Access.SERVICE, access_stated=True)
    return Deployer(deployer, definition)


@contextmanager
def deployed(database: Database) -> Iterator[Deployer]:
    """Yield whoever has deployed phase 1."""
    deployer = deployer_of(database)
    try:
        deployer.up()
        yield deployer
    finally:
        deployer.close()
