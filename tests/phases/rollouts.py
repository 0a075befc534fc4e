"""A deployed pipeline at some phase, and what tests ask of it."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from infra.models.flag import FlagName
from infra.pipeline.definition import define
from infra.pipeline.names import CREATOR
from infra.pipeline.phases import rollout
from tests.cluster_state import Connection
from tests.clusters import Database
from tests.deploying import Deployer

ACTOR: Final = "tests@example.org"


@dataclass
class Stage:
    """A database that the pipeline was deployed to."""

    database: Database
    deployer: Deployer

    def enter(self, number: int, **wishes: Any) -> None:
        """Bring the database to the phase, its grants included, past the gate."""
        wanted = rollout(number, **wishes)
        target = self.database.deployer
        self.deployer.definition = define(wanted, deployer=target.user)
        self.deployer.open_gate(preview=False)
        for grant in self.deployer.definition.grants:
            self.deployer.create(grant)
        self.deployer.create(wanted)

    def user(self, kind: str | None = None) -> uuid.UUID:
        """Add a user, in the cohort if a kind is given."""
        user = self.database.sign_up(f"{uuid.uuid4()}@example.org")
        if kind is not None:
            self.admit(user, kind)
        return user

    def admit(self, user: uuid.UUID, kind: str) -> None:
        """Let a user in, as a command does."""
        with self.database.connect() as connection:
            connection.execute(
                "INSERT INTO pipeline_private.cohort_members (user_id, kind, source, added_by)"
                " VALUES (%s, %s, 'command', 'tests')",
                [user, kind],
            )

    @contextmanager
    def acting(self, user: uuid.UUID, role: str = CREATOR) -> Iterator[Connection]:
        """Yield a transaction as the API makes it for the user."""
        with self.database.connect(role, {"sub": str(user), "role": role}) as connection:
            yield connection

    def sign_up(self, user: uuid.UUID) -> uuid.UUID:
        """Make the user's profile, in their own session."""
        with self.acting(user) as connection:
            row = connection.execute(
                "INSERT INTO public.creator_profiles (user_id) VALUES (%s) RETURNING id", [user]
            ).fetchone()
        assert row is not None
        return uuid.UUID(str(row[0]))

    def sees(self, user: uuid.UUID, flag: str) -> bool:
        """Return what the flag is for the user."""
        with self.acting(user) as connection:
            row = connection.execute("SELECT public.feature_enabled(%s)", [flag]).fetchone()
        assert row is not None
        return bool(row[0])

    def sees_all(self, user: uuid.UUID) -> set[str]:
        """Return the flags that are on for the user."""
        return {name.value for name in FlagName if self.sees(user, name)}

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement as the deployer."""
        with self.database.connect() as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def flags(self) -> dict[str, bool]:
        """Return the global values."""
        return dict(self.run("SELECT name, enabled FROM pipeline_private.feature_flags"))

    def kill(self, why: str = "errors") -> bool:
        """Set the kill switch."""
        return bool(self.run("SELECT pipeline_private.kill_switch(%s, %s)", ACTOR, why)[0][0])

    def override(self, profile: uuid.UUID, flag: str, value: bool, expires: str | None = None) -> None:  # noqa: FBT001
        """Set a flag for one creator, as the service does."""
        self.run(
            "INSERT INTO public.creator_feature_flags"
            " (creator_profile_id, flag_name, flag_value, expires_at, created_at)"
            " VALUES (%s, %s, %s, %s, clock_timestamp())",
            profile,
            flag,
            value,
            expires,
        )


def stage(database: Database, number: int = 5, **wishes: Any) -> Stage:
    """Deploy the pipeline at a phase."""
    wanted = rollout(number, **wishes)
    deployer = Deployer(database.deployer, define(wanted, deployer=database.deployer.user))
    deployer.up()
    return Stage(database, deployer)


@contextmanager
def staged(database: Database, number: int = 5, **wishes: Any) -> Iterator[Stage]:
    """Yield the pipeline at a phase; its connections are closed at the end."""
    made = stage(database, number, **wishes)
    try:
        yield made
    finally:
        made.deployer.close()
