"""What one PgBouncer is to be: its pools, who may log in from where, its limits, and where its files stand."""

import ipaddress
import re
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StrictStr, StringConstraints, model_validator

from infra.models.base import AnyName, Model, fault

#: The console's own database: nobody's pool may have its name.
CONSOLE_DATABASE: Final = "pgbouncer"
#: A key of the file: PgBouncer reads it up to the first other character.
_KEY: Final = r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$"
#: As PgBouncer's own limits are: names of 128 bytes, passwords of 996.
_MAX_PASSWORD: Final = 900
_VERIFIER: Final = re.compile(r"SCRAM-SHA-256\$\d{1,7}:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+")


def _pool_name(value: str) -> str:
    if value == CONSOLE_DATABASE:
        raise fault("PGB003", f"{value!r} is the console's own name", allowed="another name", fix="rename the pool")
    return value


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        allowed = "an address or a network in CIDR form without host bits, such as 10.0.0.0/16"
        raise fault("PGB003", f"{value[:60]!r} is no network", allowed=allowed, fix="correct it") from None


def _line(value: str) -> str:
    """Return a value that stays one line of the file, as it is: nothing in it can begin an option of its own."""
    if not value or not value.isprintable() or value != value.strip():
        allowed = "one line of printable text without blanks around it"
        raise fault("PGB003", f"{value[:60]!r} cannot stand in PgBouncer's file", allowed=allowed, fix="correct it")
    return value


def _password(value: str) -> str:
    if not value.isprintable() or not 0 < len(value.encode()) <= _MAX_PASSWORD:
        allowed = f"printable text of 1 to {_MAX_PASSWORD} bytes"
        raise fault("PGB003", "the password cannot stand in PgBouncer's file", allowed=allowed, fix="choose another")
    return value


def _verifier(value: str) -> str:
    if not _VERIFIER.fullmatch(value):
        problem = "it is no SCRAM verifier: neither passwords nor MD5 are taken"
        fix = "take it from the server (pg_authid.rolpassword), where password_encryption is scram-sha-256"
        raise fault("PGB003", problem, allowed="SCRAM-SHA-256$…", fix=fix)
    return value


Key = Annotated[StrictStr, StringConstraints(pattern=_KEY)]
"""A name that stands as a key in the file."""
PoolName = Annotated[StrictStr, StringConstraints(pattern=_KEY), AfterValidator(_pool_name)]
"""What clients ask for as their database."""
Host = Annotated[StrictStr, StringConstraints(pattern=r"^(/[\w./-]{1,90}|[A-Za-z0-9_:][A-Za-z0-9_.:-]{0,252})$")]
"""A host's name or address, or the folder of a socket."""
Listen = Annotated[StrictStr, StringConstraints(pattern=r"^(\*|[A-Za-z0-9_:][A-Za-z0-9_.:-]{0,252})$")]
"""An address to listen on; * is every one."""
Networks = Annotated[tuple[Annotated[StrictStr, AfterValidator(_network)], ...], Field(min_length=1)]
Line = Annotated[StrictStr, AfterValidator(_line)]
Password = Annotated[StrictStr, AfterValidator(_password)]
AsciiPassword = Annotated[StrictStr, StringConstraints(pattern=r"^[!-~]{8,200}$")]
"""One whose verifier can be made here: eight characters and more, no blanks."""
Verifier = Annotated[StrictStr, AfterValidator(_verifier)]
Port = Annotated[int, Field(ge=1, le=65535)]
Connections = Annotated[int, Field(ge=1, le=10_000)]
Seconds = Annotated[int, Field(ge=1, le=86_400)]
Version = Annotated[StrictStr, StringConstraints(pattern=r"^1\.\d{1,3}(\.\d{1,3})?$")]


class Mode(StrEnum):
    """When a server connection goes back to its pool."""

    TRANSACTION = "transaction"
    SESSION = "session"


class ServerTls(StrEnum):
    """How PgBouncer reaches the server; without a certificate's check only on one machine."""

    DISABLE = "disable"
    PREFER = "prefer"
    REQUIRE = "require"
    VERIFY_CA = "verify-ca"
    VERIFY_FULL = "verify-full"


class PooledDatabase(Model):
    """One name that clients connect to, and the server's database behind it. Each role has a pool of its own in it."""

    name: PoolName
    host: Host
    port: Port = 5432
    database: AnyName | None = None
    """The server's name for it, where that is another one."""
    size: Connections = 20
    """Server connections of each role's pool."""
    minimum: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Server connections that are kept open though nobody asks."""
    reserve: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Further ones, for clients that have waited for the reserve's timeout."""
    max_connections: Connections | None = None
    """Server connections of all roles together."""
    mode: Mode | None = None


class PooledRole(Model):
    """What holds for one role in every pool."""

    name: Key
    max_connections: Connections | None = None
    """Server connections of the role over all databases together, reserves included."""
    size: Connections | None = None
    """Server connections of the role in each database; PgBouncer knows no such thing before 1.23."""
    mode: Mode | None = None


class ClientTls(Model):
    """The certificate that PgBouncer shows to its clients; they may then not come without TLS."""

    certificate: Line
    key: Line


class PgBouncerSettings(Model):
    """Which PgBouncer a stack writes the files for, beside what the pools themselves say."""

    folder: Line
    """Where the files are written: below the project's folder, or an absolute path."""
    home: Line | None = None
    """Where they stand on PgBouncer's own machine, if that is another one."""
    group: Key | None = None
    """The group that PgBouncer reads them by; without one only their owner may read them."""
    version: Version | None = None
    """The PgBouncer that is to read them; left out, the one that is installed here."""
    listen: Listen | None = None
    """The address that it listens on, where that is not pooling.pooler.host."""
    clients: Networks = ("127.0.0.1/32",)
    """From where clients may come."""
    console_clients: Networks = ("127.0.0.1/32",)
    """From where the console may be reached."""
    console_role: Key = "rollout_console"
    lookup_role: Key | None = None
    """Who asks the database for verifiers; left out, the secret key `verifiers` gives them."""
    server_tls: ServerTls = ServerTls.REQUIRE
    server_ca: Line | None = None
    client_tls: ClientTls | None = None
    log_file: Line | None = None
    pid_file: Line | None = None


class PgBouncer(Model):
    """The files of one PgBouncer, and its console. Only SCRAM lets anybody in."""

    folder: Line
    """Where the files are written: below the project's folder, or an absolute path."""
    home: Line | None = None
    """Where they stand on PgBouncer's own machine, if that is another one."""
    group: Key | None = None
    """The group that PgBouncer reads them by; without one only their owner may read them."""
    version: Version
    """The PgBouncer that is to read them."""
    address: Listen = "127.0.0.1"
    port: Port = 6432
    mode: Mode = Mode.TRANSACTION
    databases: Annotated[tuple[PooledDatabase, ...], Field(min_length=1)]
    roles: tuple[PooledRole, ...] = ()
    clients: Networks = ("127.0.0.1/32",)
    """From where clients may come."""
    console_clients: Networks = ("127.0.0.1/32",)
    """From where the console may be reached."""
    log_file: Line | None = None
    pid_file: Line | None = None
    max_clients: Annotated[int, Field(ge=1, le=100_000)] = 200
    query_wait_timeout: Seconds = 5
    """After so many seconds in the queue a client is told that there is no connection for it."""
    reserve_timeout: Seconds = 3
    server_connect_timeout: Seconds = 5
    client_idle_timeout: Seconds | None = None
    server_lifetime: Seconds = 3600
    server_idle_timeout: Seconds = 60
    prepared_statements: Annotated[int, Field(ge=0, le=10_000)] = 0
    """How many each server connection keeps; 0 keeps none."""
    server_tls: ServerTls = ServerTls.REQUIRE
    server_ca: Line | None = None
    client_tls: ClientTls | None = None
    lookup_role: Key | None = None
    """Who asks the database for the verifiers of those who are not in `verifiers`."""
    lookup_password: Password | None = None
    console_role: Key = "rollout_console"
    """Who reloads PgBouncer and looks at it: a name of its own file, no role of the database."""
    console_password: AsciiPassword
    verifiers: dict[AnyName, Verifier] = Field(default_factory=dict)
    """The SCRAM verifiers of roles that the database is not asked for: the same as the server has them."""

    @property
    def place(self) -> str:
        """The folder as PgBouncer knows it."""
        return (self.home or self.folder).rstrip("/")

    @model_validator(mode="after")
    def _check(self) -> "PgBouncer":
        names = [database.name for database in self.databases]
        roles = [role.name for role in self.roles]
        for kind, given in (("databases", names), ("roles", roles)):
            if twice := sorted({name for name in given if given.count(name) > 1}):
                raise fault("PGB003", f"{kind} has {', '.join(twice)} twice", allowed="each once", fix="remove one")
        if (self.lookup_role is None) != (self.lookup_password is None):
            raise fault("PGB003", "lookupRole and lookupPassword go together", allowed="both or none", fix="add it")
        if self.lookup_role is None and not self.verifiers:
            fix = "give lookupRole, or the verifiers of whoever may log in"
            raise fault("PGB003", "nobody could log in", allowed="lookupRole or verifiers", fix=fix)
        if self.console_role in {self.lookup_role, *self.verifiers, *roles}:
            problem = f"{self.console_role!r} is the console's and a role's of the database"
            raise fault("PGB003", problem, allowed="a name that no role has", fix="choose another consoleRole")
        if self.server_tls in {ServerTls.VERIFY_CA, ServerTls.VERIFY_FULL} and self.server_ca is None:
            raise fault("PGB003", f"serverTls is {self.server_tls} and there is no serverCa", fix="name the file")
        return self
