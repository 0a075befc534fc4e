"""A server setting for a role, a database or the whole system."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from infra.models.base import Model, fault

ParameterName = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$", max_length=63)]


class Scope(StrEnum):
    """Where a setting holds."""

    ROLE = "role"
    DATABASE = "database"
    SYSTEM = "system"


class Setting(Model):
    """One parameter. `target` names the role or database and stays empty for the system."""

    scope: Scope
    target: str = ""
    parameter: ParameterName
    value: str = Field(min_length=1)

    @property
    def identity(self) -> str:
        """The id: scope, target and parameter."""
        return ":".join(part for part in (self.scope.value, self.target, self.parameter) if part)

    @model_validator(mode="after")
    def _check(self) -> "Setting":
        if (self.scope is Scope.SYSTEM) != (not self.target):
            raise fault("DEF005", f"scope {self.scope} and target {self.target!r} do not fit", fix="name the target")
        if self.parameter == "lock_timeout" and self.value.strip("0 ms") == "":
            raise fault("DEF002", "0 disables the lock timeout", allowed="1ms and more", fix="give a limit")
        return self
