"""Reading roles and settings."""

from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.models.role import Role
from infra.models.setting import Scope, Setting
from infra.models.units import equal_settings


def read_role(session: Session, name: str) -> Role | None:
    """Return the role without its password, which nobody may read."""
    row = session.one(catalog_query("role.sql"), {"name": name})
    return None if row is None else Role(name=name, **row)


def read_setting(session: Session, wanted: Setting) -> Setting | None:
    """Return the setting as it stands, in the wanted spelling where both mean the same."""
    system = wanted.scope is Scope.SYSTEM
    query = catalog_query("setting_system.sql" if system else "setting.sql")
    parameters = {"scope": wanted.scope.value, "target": wanted.target, "parameter": wanted.parameter}
    row = session.one(query, parameters)
    if row is None or row["value"] is None:
        return None
    same = equal_settings(wanted.value, row["value"], row.get("unit"))
    return wanted if same else wanted.model_copy(update={"value": row["value"]})


def needs_restart(session: Session, setting: Setting) -> bool:
    """Whether the server takes the new value only at its next start."""
    row = session.one(catalog_query("setting_system.sql"), {"parameter": setting.parameter})
    return bool(row and row["pending_restart"])
