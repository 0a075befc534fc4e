"""What PgBouncer's files say, as the properties of a configuration: so that a change by hand shows as what it is."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError

from infra.models.base import Model
from infra.models.pgbouncer import PgBouncer, PooledDatabase, PooledRole
from infra.pooling.files import Folder
from infra.pooling.names import HBA, INI, USERS, WITNESS
from infra.pooling.reading import Sections, parse_conninfo, parse_ini, parse_users
from infra.pooling.rendering import render_files
from infra.pooling.scram import belongs_to

Found = dict[str, Any]
#: What is altered in the files and is no property of ours: shown under this name.
ALTERED: Final = "altered"
_OPTIONS: Final = {
    "listen_addr": "address",
    "listen_port": "port",
    "logfile": "logFile",
    "pidfile": "pidFile",
    "auth_user": "lookupRole",
    "admin_users": "consoleRole",
    "pool_mode": "mode",
    "max_client_conn": "maxClients",
    "query_wait_timeout": "queryWaitTimeout",
    "reserve_pool_timeout": "reserveTimeout",
    "server_connect_timeout": "serverConnectTimeout",
    "server_lifetime": "serverLifetime",
    "server_idle_timeout": "serverIdleTimeout",
    "max_prepared_statements": "preparedStatements",
    "server_tls_sslmode": "serverTls",
    "server_tls_ca_file": "serverCa",
}
_DATABASE: Final = {
    "host": "host",
    "port": "port",
    "dbname": "database",
    "pool_size": "size",
    "min_pool_size": "minimum",
    "reserve_pool": "reserve",
    "reserve_pool_size": "reserve",
    "max_db_connections": "maxConnections",
    "pool_mode": "mode",
}
_ROLE: Final = {"max_user_connections": "maxConnections", "pool_size": "size", "pool_mode": "mode"}


def find_properties(config: PgBouncer, folder: Folder, place: str) -> Found | None:
    """Return the properties of what stands in the folder, None where there is no file of ours.

    Raises:
        RolloutError: PGB004 for a file that cannot be read.
    """
    texts = folder.read()
    if not folder.is_ours():
        return None
    ini, users = parse_ini(texts[INI] or ""), parse_users(texts[USERS] or "")
    found = _properties(config, ini, users)
    if not config.databases:
        return found  # an import: there is nothing yet that it could differ from
    expected = render_files(config, users.get(config.console_role, ""), place)
    if altered := _altered(expected.by_name(), texts) | folder.wrong_modes():
        found[ALTERED] = altered
    return found


def _properties(config: PgBouncer, ini: Sections, users: dict[str, str]) -> Found:
    general = ini.get("pgbouncer", {})
    found: Found = {key: _value(general[name]) for name, key in _OPTIONS.items() if name in general}
    found["databases"] = [_database(name, text) for name, text in ini.get("databases", {}).items()]
    found["roles"] = [
        _spelled(PooledRole, {"name": name} | _renamed(parse_conninfo(text), _ROLE))
        for name, text in ini.get("users", {}).items()
    ]
    console, lookup = found.get("consoleRole", ""), found.get("lookupRole", "")
    same = belongs_to(users.get(console, ""), config.console_password)
    found["consolePassword"] = config.console_password if same else "another one"
    if lookup:
        found["lookupPassword"] = users.get(lookup, "")
    found["verifiers"] = {name: secret for name, secret in users.items() if name not in {console, lookup}}
    return found


def _database(name: str, text: str) -> Found:
    found = _renamed(parse_conninfo(text), _DATABASE)
    if found.get("database") == name:
        del found["database"]
    return _spelled(PooledDatabase, {"name": name} | found)


def _spelled(model: type[Model], found: Found) -> Found:
    """Return the properties without those that are defaults anyway; as they are where they are no such model."""
    try:
        return model.load(found).dump()
    except ValidationError:
        return found


def _renamed(given: Mapping[str, str], names: Mapping[str, str]) -> Found:
    return {key: _value(given[name]) for name, key in names.items() if name in given}


def _value(text: str) -> str | int:
    return int(text) if text.isdigit() else text


def _altered(expected: Mapping[str, str], texts: Mapping[str, str | None]) -> dict[str, str]:
    """Return what differs beside the properties: options that are none, and lines of the rules of who may come."""
    wanted, there = (parse_ini(text or "").get("pgbouncer", {}) for text in (expected[INI], texts[INI]))
    options = {
        name: there.get(name, "not there")
        for name in sorted(wanted.keys() | there.keys())
        if name not in _OPTIONS and name != WITNESS and wanted.get(name) != there.get(name)
    }
    return options | dict(_rules(expected[HBA], texts[HBA] or ""))


def _rules(wanted: str, there: str) -> Iterator[tuple[str, str]]:
    for line in sorted({*wanted.splitlines()} ^ {*there.splitlines()}):
        yield line, "added" if line in there.splitlines() else "removed"
