"""A server setting for a role, a role in one database, a database or the whole system."""

import re
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from infra.models.base import Model, any_name, fault

ParameterName = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$", max_length=63)]


#: A bare number would be read in whatever unit the parameter has, and microseconds are rounded down to nothing.
_DURATION: Final = re.compile(r"(?P<count>\d{1,9})(ms|s|min|h|d)|0")
_DURATION_RULE: Final = "a whole number with ms, s, min, h or d"
_DURATIONS: Final = ("_timeout", "log_min_duration_statement", "client_connection_check_interval")


class Scope(StrEnum):
    """Where a setting holds."""

    ROLE = "role"
    ROLE_IN_DATABASE = "role-in-database"
    DATABASE = "database"
    SYSTEM = "system"


Target = Annotated[str, AfterValidator(lambda value: any_name(value) if value else value)]


class Setting(Model):
    """One parameter. `target` names the role or database and stays empty for the system.

    `database` is where it holds for a role in one database. A library to be loaded is added to those that are there.
    """

    scope: Scope
    target: Target = ""
    database: Target = ""
    parameter: ParameterName
    value: str = Field(min_length=1)

    @property
    def identity(self) -> str:
        """The id: scope, target, database and parameter."""
        return ":".join(part for part in (self.scope.value, self.target, self.database, self.parameter) if part)

    @model_validator(mode="after")
    def _check(self) -> "Setting":
        if (self.scope is Scope.SYSTEM) != (not self.target):
            raise fault(
                "DEF005",
                f"scope {self.scope} and target {self.target!r} do not fit",
                allowed="a role's or a database's name, and nothing for the system",
                fix="name the target",
            )
        if (self.scope is Scope.ROLE_IN_DATABASE) != bool(self.database):
            problem = f"scope {self.scope} and database {self.database!r} do not fit"
            raise fault(
                "DEF005", problem, allowed=f"a database for {Scope.ROLE_IN_DATABASE}", fix="correct one of them"
            )
        if self.database and ":" in self.target + self.database:
            problem = f"{self.target!r} in {self.database!r} could not be told apart in an id"
            raise fault("DEF001", problem, allowed="names without a colon", fix="set it for the role or the database")
        if self.parameter.endswith(_DURATIONS):
            self._check_duration()
        return self

    def _check_duration(self) -> None:
        match = _DURATION.fullmatch(self.value)
        if match is None:
            problem = f"{self.value!r} is not a duration"
            raise fault("DEF002", problem, allowed=_DURATION_RULE, fix="write it such as 500ms, 5s or 5min")
        if self.parameter == "lock_timeout" and not int(match["count"] or 0):
            problem = f"0 disables the lock timeout ({self.value!r})"
            raise fault("DEF002", problem, allowed="1ms and more", fix="give a limit")
