"""Deployed databases, fresh or adopted, and everybody who uses one."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Final, Literal, LiteralString

import psycopg
import pytest
from psycopg import sql

from infra.models.access import Access
from infra.pipeline.names import CREATOR, MONITOR, SERVICE
from tests.cluster_state import Connection
from tests.clusters import Database, Server, connect
from tests.deploying import deploy
from tests.reference_database import build_reference
from tests.seeding import checksums, seed

Origin = Literal["fresh", "adopted"]
LOGINS: Final = (SERVICE, MONITOR)
PASSWORD: Final = "throw-away"
#: The two refusals that share a SQLSTATE: nothing granted, or a row that no policy lets through.
NO_GRANT: Final = ("42501", "^permission denied for ")
NO_POLICY: Final = ("42501", "^new row violates row-level security policy for ")

SIGN_UP: Final[LiteralString] = """
    INSERT INTO public.creator_profiles
      (user_id, creative_role, onboarding_stage, cultural_alignment, readiness_score, ai_experience_level,
       community_interest, preferred_learning_style, referral_source, cultural_motivation)
    VALUES (%(user)s, 'writer', 'portfolio-submission', 0, 0, 'basic', 40, 'structured', 'a friend', 'stories')
    RETURNING *
"""


@dataclass(frozen=True)
class Creator:
    """A signed-in user with a profile."""

    user: uuid.UUID
    profile: uuid.UUID
    staff: uuid.UUID
    """A user of the team, who sets flags for the creator."""

    @property
    def names(self) -> dict[str, uuid.UUID]:
        """The ids, as the statements name them."""
        return asdict(self)


@dataclass(frozen=True)
class Pipeline:
    """A deployed database, and how it was deployed."""

    database: Database
    access: Access
    origin: Origin

    @contextmanager
    def acting(self, role: str, user: uuid.UUID | None = None) -> Iterator[Connection]:
        """Yield a transaction of the role: by the API with a token, or by a login of our own."""
        if role in LOGINS:
            target = self.database.deployer.model_copy(update={"user": role, "password": PASSWORD})
            with connect(target) as connection, connection.transaction():
                yield connection
            return
        claims = {"role": role} | ({} if user is None else {"sub": str(user)})
        with self.database.connect(role, claims) as connection:
            yield connection

    @contextmanager
    def creator(self, creator: Creator) -> Iterator[Connection]:
        """Yield a transaction of the creator's own session."""
        with self.acting(CREATOR, creator.user) as connection:
            yield connection

    @contextmanager
    def admin(self) -> Iterator[Connection]:
        """Yield a connection that sees everything."""
        with self.database.connect(user="admin") as connection:
            yield connection

    def sign_up(self) -> Creator:
        """Add a user, who makes a profile as the application does."""
        user = self.database.sign_up(f"{uuid.uuid4()}@example.org")
        with self.acting(CREATOR, user) as connection:
            row = connection.execute(SIGN_UP, {"user": user}).fetchone()
        assert row is not None
        return Creator(user, row[0], self.database.sign_up(f"{uuid.uuid4()}@example.org"))

    def checksums(self) -> dict[str, tuple[int, str]]:
        """Return what tells whether any value of any row has changed."""
        with self.admin() as connection:
            return checksums(connection)

    @contextmanager
    def refused(self, refusal: tuple[str, str]) -> Iterator[None]:
        """Expect the server's refusal with this SQLSTATE and these words, and see that it changed nothing."""
        state, words = refusal
        before = self.checksums()
        with pytest.raises(psycopg.Error, match=words) as caught:
            yield
        assert caught.value.sqlstate == state
        assert self.checksums() == before

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """See that what is done inside changes no row."""
        before = self.checksums()
        yield
        assert self.checksums() == before


@dataclass(frozen=True)
class Pair:
    """The database of before, and one that was deployed, on the same server."""

    before: Pipeline
    after: Pipeline


def build(server: Server, access: Access, origin: Origin, name: str = "pipeline") -> Pipeline:
    """Return a pipeline with three seeded creators: deployed to an empty database, or to the one of before."""
    database = server.create_database(name)
    if origin == "adopted":
        build_reference(database)
        seed(database)
    deploy(database.deployer, access).close()
    if origin == "fresh":
        seed(database)
    for role in LOGINS:
        give_password(database, role)
    return Pipeline(database, access, origin)


def give_password(database: Database, role: str) -> None:
    """Make a login of one of our roles possible, as whoever runs the service does."""
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(PASSWORD))
    with database.connect() as connection:
        connection.execute(statement)
