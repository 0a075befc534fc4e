"""A database role."""

from typing import Annotated

from pydantic import Field, model_validator

from infra.models.base import Model, RoleName, fault


class Role(Model):
    """A role of the cluster. A password makes sense only for a role that may log in; it is sent as a SCRAM verifier."""

    name: RoleName
    login: bool = False
    inherit: bool = True
    bypass_rls: Annotated[bool, Field(alias="bypassRls")] = False
    create_role: bool = False
    create_database: bool = False
    connection_limit: int = Field(default=-1, ge=-1)
    password: str | None = Field(default=None, min_length=1, repr=False)

    @model_validator(mode="after")
    def _password_needs_login(self) -> "Role":
        if self.password is not None and not self.login:
            problem = f"role {self.name} has a password but may not log in"
            raise fault("DEF002", problem, allowed="a password with login: true", fix="set login or drop it")
        return self
