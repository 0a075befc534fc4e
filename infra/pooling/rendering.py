"""The three files of a PgBouncer as texts: every value goes through a filter, and none can begin a line of its own."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from infra.ddl.templates import catalog_query
from infra.errors import RolloutError, RolloutErrors
from infra.models.pgbouncer import PgBouncer
from infra.pooling.names import HBA, INI, MARKER, USERS
from infra.pooling.versions import PREPARED_STATEMENTS, RESERVE_RENAMED, lacking, parse_version


@dataclass(frozen=True)
class Files:
    """The texts of the three files. The users' holds secrets and never shows in a repr."""

    ini: str
    hba: str
    users: str = field(repr=False)

    def by_name(self) -> dict[str, str]:
        """Return the texts in the order in which they are written: what the last one names is there before it."""
        return {USERS: self.users, HBA: self.hba, INI: self.ini}

    @property
    def witness(self) -> str:
        """What SHOW CONFIG shows once all of the file was read."""
        return self.ini.rstrip().rpartition("=")[2].strip()


def render_files(config: PgBouncer, console_verifier: str, place: str) -> Files:
    """Return the files for PgBouncer in the folder `place` of its own machine.

    Raises:
        RolloutErrors: PGB002 with everything that its version lacks.
    """
    if faults := lacking(config):
        raise RolloutErrors(faults)
    kind = "hostssl" if config.client_tls else "host"
    hba = _render("hba.conf.j2", marker=f"# {MARKER}", config=config, kind=kind)
    users = _render("userlist.txt.j2", marker=f"; {MARKER}", users=list(_users(config, console_verifier)))
    values = _ini_values(config, place)
    draft = _render("pgbouncer.ini.j2", digest="", **values)
    digest = hashlib.sha256((draft + hba).encode()).hexdigest()[:16]
    return Files(_render("pgbouncer.ini.j2", digest=f"rollout-{digest}", **values), hba, users)


def _ini_values(config: PgBouncer, place: str) -> dict[str, Any]:
    version = parse_version(config.version)
    return {
        "marker": f"; {MARKER}",
        "config": config,
        "place": place,
        "query": catalog_query("pooler_login.sql").strip(),
        "sizes": _sizes(config),
        "reserve": "reserve_pool" if version < RESERVE_RENAMED else "reserve_pool_size",
    }


def _sizes(config: PgBouncer) -> Mapping[str, int]:
    sizes = {
        "max_client_conn": config.max_clients,
        "query_wait_timeout": config.query_wait_timeout,
        "reserve_pool_timeout": config.reserve_timeout,
        "server_connect_timeout": config.server_connect_timeout,
        "client_idle_timeout": config.client_idle_timeout or 0,
        "server_lifetime": config.server_lifetime,
        "server_idle_timeout": config.server_idle_timeout,
    }
    if parse_version(config.version) >= PREPARED_STATEMENTS:
        sizes["max_prepared_statements"] = config.prepared_statements
    return sizes


def _users(config: PgBouncer, console_verifier: str) -> list[tuple[str, str]]:
    lookup = [(config.lookup_role, config.lookup_password)] if config.lookup_role and config.lookup_password else []
    return [(config.console_role, console_verifier), *lookup, *sorted(config.verifiers.items())]


def line(value: object) -> str:
    """Return the value, if it is one line that PgBouncer reads back as it is.

    Raises:
        RolloutError: PGB003.
    """
    text = str(value)
    if not text.isprintable() or text != text.strip():
        raise RolloutError("PGB003", "PgBouncer's file", "a value that is not one plain line", fix="correct it")
    return text


def conninfo(value: str) -> str:
    """Return the value in quotes for a connection string."""
    return "'" + line(value).replace("'", "''") + "'"


def quoted(value: str) -> str:
    """Return the value in double quotes, for the list of users and the rules of who may come."""
    if not value.isprintable():
        raise RolloutError("PGB003", "PgBouncer's file", "a value that is not one plain line", fix="correct it")
    return '"' + value.replace('"', '""') + '"'


@cache
def _environment() -> Environment:
    environment = Environment(  # noqa: S701 - no HTML: values are quoted by the filters below
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters |= {"line": line, "conninfo": conninfo, "quoted": quoted}
    return environment


def _render(name: str, /, **values: Any) -> str:
    return _environment().get_template(name).render(**values)
