"""What the server itself is told for the pools: its limit of connections, its libraries, and each role's timeouts."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, StrictBool, model_validator

from infra.models.amounts import between, lasting
from infra.models.base import Model, RoleName, fault
from infra.models.setting import Scope, Setting

LIBRARIES: Final = "shared_preload_libraries"

Library = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_$/.-]+$", max_length=63)]
Timeout = Annotated[str, lasting("1ms", "24d")]


class Platform(StrEnum):
    """Whose server it is, and so who sets what: ours, Supabase's, or Amazon RDS's."""

    PLAIN = "plain"
    SUPABASE = "supabase"
    RDS = "rds"


class Track(StrEnum):
    """Which statements pg_stat_statements counts."""

    TOP = "top"
    ALL = "all"
    NONE = "none"


class RoleTimeouts(Model):
    """How long a role's statements and sessions may take; what is left out is not set."""

    statement_timeout: Timeout | None = None
    idle_in_transaction_session_timeout: Timeout | None = None
    idle_session_timeout: Timeout | None = None

    def settings(self, role: str) -> tuple[Setting, ...]:
        """Return the settings of the role."""
        return tuple(
            Setting(scope=Scope.ROLE, target=role, parameter=name, value=value)
            for name in type(self).model_fields
            if (value := getattr(self, name)) is not None
        )


class StatStatements(Model):
    """How pg_stat_statements counts: `max` statements at most."""

    max: Annotated[int, between(100, 1_000_000, "statements")] = 5000
    track: Track = Track.TOP
    track_utility: StrictBool = True


class Server(Model):
    """The server's own settings, and the timeouts of our roles, by role."""

    max_connections: Annotated[int, between(20, 20_000, "connections")] = 200
    superuser_reserved_connections: Annotated[int, between(0, 100, "connections")] = 3
    shared_preload_libraries: tuple[Library, ...] = ("pg_stat_statements",)
    pg_stat_statements: StatStatements = StatStatements()
    roles: dict[RoleName, RoleTimeouts] = Field(default_factory=dict)

    @property
    def role_settings(self) -> tuple[Setting, ...]:
        """What each role is given."""
        return tuple(setting for role, limits in self.roles.items() for setting in limits.settings(role))

    @property
    def system_settings(self) -> tuple[Setting, ...]:
        """What the whole server is given, where that is ours to do."""
        values = {
            "max_connections": str(self.max_connections),
            "superuser_reserved_connections": str(self.superuser_reserved_connections),
        }
        if self.shared_preload_libraries:
            values[LIBRARIES] = ", ".join(self.shared_preload_libraries)
        if "pg_stat_statements" in self.shared_preload_libraries:
            counted = self.pg_stat_statements
            values |= {
                "pg_stat_statements.max": str(counted.max),
                "pg_stat_statements.track": counted.track.value,
                "pg_stat_statements.track_utility": "on" if counted.track_utility else "off",
            }
        return tuple(Setting(scope=Scope.SYSTEM, parameter=name, value=value) for name, value in values.items())

    @model_validator(mode="after")
    def _libraries_once(self) -> "Server":
        names = self.shared_preload_libraries
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            problem = f"{LIBRARIES} names {', '.join(twice)} twice"
            raise fault("POOL001", problem, allowed="each library once", fix="remove one of the two")
        return self
