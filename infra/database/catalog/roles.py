"""Reading roles and settings."""

import re
from dataclasses import dataclass
from typing import Final

from infra.database.session import Session
from infra.ddl.setting import LISTS, SHARED, has_entries, list_entries
from infra.ddl.templates import catalog_query
from infra.models.pool_server import Platform
from infra.models.role import Role
from infra.models.setting import Scope, Setting
from infra.models.units import equal_settings

#: Some settings count in pages.
_PAGES: Final = re.compile(r"(?P<size>\d+)(?P<unit>[kM]B)")


@dataclass(frozen=True)
class SettingState:
    """A parameter as it stands, in the wanted spelling where both mean the same, and what the server makes of it."""

    setting: Setting
    server: str
    pending_restart: bool = False
    """Whether some value, ours or another, waits for the server's next start."""
    restart: bool = False
    """Whether a new value holds only from the server's next start on."""
    is_first: bool = False
    """Whether it is known that nobody has set it with ALTER SYSTEM."""


@dataclass(frozen=True)
class SettingRights:
    """Whether we may change a parameter, and whose server it is."""

    may_set: bool
    is_others_database: bool
    platform: Platform


def read_role(session: Session, name: str) -> Role | None:
    """Return the role without its password, which nobody may read."""
    row = session.one(catalog_query("role.sql"), {"name": name})
    return None if row is None else Role(name=name, **row)


def read_setting(session: Session, wanted: Setting) -> SettingState | None:
    """Return the parameter; None when it is not set for the role or database."""
    system = wanted.scope is Scope.SYSTEM
    query = catalog_query("setting_system.sql" if system else "setting.sql")
    row = session.one(query, _names(wanted))
    if row is None or row["value"] is None:
        return None
    same = _equal(wanted, row["value"], row["unit"])
    setting = wanted if same else wanted.model_copy(update={"value": _written(row["value"], row["unit"])})
    told = {name: bool(row.get(name)) for name in ("pending_restart", "restart", "is_first")}
    return SettingState(setting, row["value"], **told)


def read_setting_rights(session: Session, wanted: Setting) -> SettingRights:
    """Return what we may do about a parameter. One that the server does not know is refused when it is set."""
    row = session.one(catalog_query("setting_rights.sql"), _names(wanted)) or {}
    database = wanted.scope is Scope.DATABASE and bool(row["is_others_database"])
    return SettingRights(row["may_set"] is not False, database, Platform(row["platform"]))


def read_load_time(session: Session) -> str:
    """Return when this session has loaded the server's configuration."""
    row = session.one(catalog_query("load_time.sql"))
    return str(row["loaded"]) if row else ""


def _names(wanted: Setting) -> dict[str, str]:
    names = {"scope": wanted.scope.value, "parameter": wanted.parameter}
    return names | {"target": wanted.target, "database": wanted.database}


def _written(value: str, unit: str | None) -> str:
    """Return a value as one would write it: the view of a system's settings leaves the unit out."""
    if unit is None or not value.isdecimal() or value == "0":
        return value
    pages = _PAGES.fullmatch(unit)
    return f"{int(value) * int(pages['size'])}{pages['unit']}" if pages else f"{value}{unit}"


def _equal(wanted: Setting, actual: str, unit: str | None) -> bool:
    if wanted.parameter in SHARED:
        return has_entries(actual, wanted.value)
    if wanted.parameter in LISTS:
        return list_entries(wanted.value) == list_entries(actual)
    return equal_settings(wanted.value, actual, unit)
