"""The handler of roles."""

from infra.database.catalog.roles import read_role
from infra.database.workspace import Workspace
from infra.ddl.role import plan_role, plan_role_drop
from infra.ddl.statement import Plan
from infra.models.role import Role
from infra.models.spelling import Spelling
from infra.provider.kinds.base import Kind, Seen


class RoleKind(Kind[Role]):
    """Roles. A password cannot be read back: it is set when the role is made or adopted, and when it changes."""

    model = Role
    secrets = frozenset({"password"})
    replaces = frozenset({"name"})

    def identity(self, wanted: Role) -> str:
        """Return the role's name."""
        return wanted.name

    def stub(self, identity: str) -> Role:
        """Return a role of this name."""
        return Role(name=identity)

    def look(self, workspace: Workspace, wanted: Role, spelling: Spelling) -> Seen[Role] | None:
        """Return the role; its password is taken to be the wanted one."""
        del spelling
        actual = read_role(workspace.session, wanted.name)
        return None if actual is None else Seen(actual.model_copy(update={"password": wanted.password}))

    def plan(self, workspace: Workspace, seen: Seen[Role] | None, wanted: Role, former: Role | None) -> Plan:
        """Return the steps to the wanted attributes and, where it is new, the password."""
        known = seen is not None and former is not None and former.password == wanted.password
        verifier = None
        if wanted.password is not None and not known:
            verifier = _verifier(workspace, wanted.password, wanted.name)
        return plan_role(seen.model if seen else None, wanted, verifier=verifier)

    def plan_delete(self, seen: Seen[Role], wanted: Role) -> Plan:
        """Return the step that drops the role, unless something depends on it."""
        del seen
        return plan_role_drop(wanted)


def _verifier(workspace: Workspace, password: str, role: str) -> str:
    if password.startswith("SCRAM-SHA-256$"):
        return password
    return workspace.session.encrypt_password(password, role)
