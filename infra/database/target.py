"""Where a database is and who logs in: the one description of a connection."""

from typing import Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

SslMode = Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]


class Target(BaseModel):
    """A PostgreSQL database and the login for it. The password never shows in a repr."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    port: int = Field(ge=1, le=65535)
    name: str
    user: str
    password: str | None = Field(default=None, repr=False)
    sslmode: SslMode = "require"

    def dsn(self) -> str:
        """Return a libpq URI, password included: for a person's own terminal, never for a log."""
        login = quote(self.user, safe="")
        if self.password is not None:
            login += ":" + quote(self.password, safe="")
        host = quote(self.host, safe="") if self.host.startswith("/") else self.host
        return f"postgresql://{login}@{host}:{self.port}/{quote(self.name, safe='')}?sslmode={self.sslmode}"
