"""The three kinds of pulumi-postgresql that this project uses, with that plugin's ids, outputs, defaults and SQL."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from infra.database.session import Session
from infra.ddl.templates import catalog_query, render
from infra.embedded.engine.values import Properties

#: What the plugin's bridge notes in each output; without it the first refresh by the plugin would show a change.
_DELTA: Final = "__pulumi_raw_state_delta"


class Kind(Protocol):
    """One kind: which inputs it has, and how it is made, read, changed and deleted."""

    required: frozenset[str]
    optional: frozenset[str]
    replacing: frozenset[str]
    defaults: Properties
    shown_defaults: Properties
    named: bool

    def identity(self, values: Properties, database: str) -> str:
        """Return the plugin's id."""

    def parse(self, identity: str) -> Properties | None:
        """Return the inputs in an id that is imported, or None when the plugin cannot import the kind."""

    def create(self, session: Session, values: Properties) -> None:
        """Make the object."""

    def read(self, session: Session, values: Properties) -> Properties | None:
        """Return the object's outputs, or None when it is gone."""

    def update(self, session: Session, old: Properties, new: Properties) -> None:
        """Change it in place."""

    def delete(self, session: Session, values: Properties) -> None:
        """Delete it."""


class SchemaKind:
    """`postgresql:index/schema:Schema`, without its deprecated policies."""

    required = frozenset({"name"})
    optional = frozenset({"database", "owner", "ifNotExists", "dropCascade"})
    replacing = frozenset({"database"})
    defaults: Properties = {"ifNotExists": True, "dropCascade": False}  # noqa: RUF012 - never changed
    shown_defaults: Properties = {"ifNotExists": True}  # noqa: RUF012 - never changed
    named = True

    def identity(self, values: Properties, database: str) -> str:
        """See `Kind`."""
        return f"{database}.{values['name']}"

    def parse(self, identity: str) -> Properties | None:
        """See `Kind`."""
        return _parsed(identity)

    def create(self, session: Session, values: Properties) -> None:
        """Create it, or only set the owner of one that exists."""
        name, owner = values["name"], values.get("owner")
        borrowed = [_database_owner(session), *([owner] if owner else [])]

        def act() -> None:
            if session.one(catalog_query("stand_in_schema.sql"), (name,)) is None:
                text = render(
                    "stand_in_schema.sql.j2",
                    action="create",
                    name=name,
                    owner=owner,
                    if_not_exists=values["ifNotExists"],
                )
                session.execute(text)
            elif owner:
                session.execute(render("stand_in_schema.sql.j2", action="own", name=name, owner=owner))

        with_roles(session, borrowed, act)

    def read(self, session: Session, values: Properties) -> Properties | None:
        """See `Kind`."""
        row = session.one(catalog_query("stand_in_schema.sql"), (values["name"],))
        delta = {"obj": {"ps": {"policies": {"arr": {}}}, "renamed": {"policies": "policy"}}}
        return {"owner": row["owner"], "policies": [], _DELTA: delta} if row else None

    def update(self, session: Session, old: Properties, new: Properties) -> None:
        """See `Kind`."""
        if new["name"] != old["name"]:
            text = render("stand_in_schema.sql.j2", action="rename", name=old["name"], new_name=new["name"])
            session.execute(text)
        if new.get("owner") and new["owner"] != old.get("owner"):
            text = render("stand_in_schema.sql.j2", action="own", name=new["name"], owner=new["owner"])
            session.execute(text)

    def delete(self, session: Session, values: Properties) -> None:
        """See `Kind`."""
        if session.one(catalog_query("stand_in_schema.sql"), (values["name"],)) is None:
            return
        text = render("stand_in_schema.sql.j2", action="drop", name=values["name"], cascade=values.get("dropCascade"))
        with_roles(session, [values["owner"]], lambda: session.execute(text))


class GrantRoleKind:
    """`postgresql:index/grantRole:GrantRole`: revoked and granted again, as the plugin does it, unless it is as wanted.

    Another deploy may be at work as a member of that role: it must not lose it, not even for a moment.
    """

    required = frozenset({"role", "grantRole"})
    optional = frozenset({"withAdminOption"})
    replacing = frozenset({"role", "grantRole", "withAdminOption"})
    defaults: Properties = {"withAdminOption": False}  # noqa: RUF012 - never changed
    shown_defaults: Properties = {}  # noqa: RUF012 - never changed
    named = False

    def identity(self, values: Properties, database: str) -> str:  # noqa: ARG002 - a role is the server's
        """See `Kind`."""
        return f"{values['role']}_{values['grantRole']}_{str(values['withAdminOption']).lower()}"

    def parse(self, identity: str) -> Properties | None:  # noqa: ARG002 - the plugin imports none
        """See `Kind`."""
        return None

    def create(self, session: Session, values: Properties) -> None:
        """See `Kind`."""
        role, member, admin = values["grantRole"], values["role"], values["withAdminOption"]
        held = session.execute(catalog_query("stand_in_membership.sql"), (role, member))
        if not any(row["settable"] and row["admin"] is admin for row in held):
            revoke(session, role, member)
            grant(session, role, member, admin=admin)

    def read(self, session: Session, values: Properties) -> Properties | None:
        """See `Kind`."""
        row = membership(session, values["grantRole"], values["role"])
        return {"withAdminOption": row["admin"], _DELTA: {"obj": {}}} if row else None

    def update(self, session: Session, old: Properties, new: Properties) -> None:
        """Do nothing: every change replaces."""

    def delete(self, session: Session, values: Properties) -> None:
        """See `Kind`."""
        revoke(session, values["grantRole"], values["role"])


class ExtensionKind:
    """`postgresql:index/extension:Extension`."""

    required = frozenset({"name"})
    optional = frozenset({"database", "schema", "version", "createCascade", "dropCascade"})
    replacing = frozenset({"name", "database"})
    defaults: Properties = {"createCascade": False, "dropCascade": False}  # noqa: RUF012 - never changed
    shown_defaults: Properties = {}  # noqa: RUF012 - never changed
    named = True

    def identity(self, values: Properties, database: str) -> str:
        """See `Kind`."""
        return f"{database}.{values['name']}"

    def parse(self, identity: str) -> Properties | None:
        """See `Kind`."""
        return _parsed(identity)

    def create(self, session: Session, values: Properties) -> None:
        """See `Kind`."""
        session.execute(self._render("path"))
        session.execute(
            self._render(
                "create",
                name=values["name"],
                schema=values.get("schema"),
                version=values.get("version"),
                cascade=values["createCascade"],
            )
        )

    def read(self, session: Session, values: Properties) -> Properties | None:
        """See `Kind`."""
        row = session.one(catalog_query("stand_in_extension.sql"), (values["name"],))
        return {**row, _DELTA: {"obj": {}}} if row else None

    def update(self, session: Session, old: Properties, new: Properties) -> None:
        """See `Kind`."""
        if new.get("schema") and new["schema"] != old.get("schema"):
            session.execute(self._render("move", name=new["name"], schema=new["schema"]))
        if new.get("version") and new["version"] != old.get("version"):
            session.execute(self._render("update", name=new["name"], version=new["version"]))

    def delete(self, session: Session, values: Properties) -> None:
        """See `Kind`."""
        session.execute(self._render("drop", name=values["name"], cascade=values.get("dropCascade")))

    def _render(self, action: str, **values: Any) -> str:
        return render("stand_in_extension.sql.j2", action=action, **values)


KINDS: Final[dict[str, Kind]] = {
    "postgresql:index/schema:Schema": SchemaKind(),
    "postgresql:index/grantRole:GrantRole": GrantRoleKind(),
    "postgresql:index/extension:Extension": ExtensionKind(),
}


@dataclass(frozen=True)
class _Borrowed:
    role: str
    granted: bool
    turned: bool


def with_roles(session: Session, roles: list[str], act: Callable[[], object]) -> None:
    """Do something as a member of these roles, which a login that is no superuser is made for that long."""
    found = session.one(catalog_query("stand_in_roles.sql"), (roles,))
    assert found is not None
    login, superusers = found["login"], set(found["superusers"])
    wanted = [role for role in dict.fromkeys(roles) if role not in superusers and role != login]
    borrowed = [] if login in superusers else [_borrow(session, role, login) for role in wanted]
    act()
    for one in borrowed:
        if one.granted:
            revoke(session, one.role, login)
        if one.turned:
            grant(session, login, one.role)


def membership(session: Session, role: str, member: str) -> dict[str, Any] | None:
    """Return how the member holds the role, or None."""
    return session.one(catalog_query("stand_in_membership.sql"), (role, member))


def grant(session: Session, role: str, member: str, *, admin: bool = False) -> None:
    """Make it a member."""
    session.execute(render("stand_in_membership.sql.j2", action="grant", role=role, member=member, admin=admin))


def revoke(session: Session, role: str, member: str) -> None:
    """Make it a member no longer."""
    session.execute(render("stand_in_membership.sql.j2", action="revoke", role=role, member=member))


def _borrow(session: Session, role: str, login: str) -> _Borrowed:
    """Roles cannot be members of each other, so the other way round is undone meanwhile."""
    turned = _settable(session, login, role)
    if turned:
        revoke(session, login, role)
    granted = not _settable(session, role, login)
    if granted:
        grant(session, role, login)
    return _Borrowed(role, granted, turned)


def _settable(session: Session, role: str, member: str) -> bool:
    rows = session.execute(catalog_query("stand_in_membership.sql"), (role, member))
    return any(row["settable"] for row in rows)


def _database_owner(session: Session) -> str:
    found = session.one(catalog_query("stand_in_roles.sql"), ([],))
    assert found is not None
    owner: str = found["owner"]
    return owner


def _parsed(identity: str) -> Properties | None:
    database, _, name = identity.partition(".")
    return {"database": database, "name": name} if name else None
