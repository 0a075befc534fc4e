"""The handler of server settings."""

from typing import Any

from infra.database.catalog.roles import needs_restart, read_setting
from infra.database.workspace import Workspace
from infra.ddl.setting import plan_setting, plan_setting_drop
from infra.ddl.statement import Plan
from infra.models.setting import Scope, Setting
from infra.models.spelling import Spelling
from infra.provider.handler import Properties
from infra.provider.kinds.base import Kind, Seen


class SettingKind(Kind[Setting]):
    """Settings of roles, databases and the system."""

    model = Setting
    replaces = frozenset({"scope", "target", "parameter"})

    def identity(self, wanted: Setting) -> str:
        """Return scope, target and parameter."""
        return wanted.identity

    def stub(self, identity: str) -> Setting:
        """Return a setting with the names of an id such as ``role:pipeline_monitor:statement_timeout``."""
        scope, _, rest = identity.partition(":")
        target, _, parameter = rest.rpartition(":")
        return Setting.model_construct(scope=Scope(scope), target=target, parameter=parameter, value="")

    def look(self, workspace: Workspace, wanted: Setting, spelling: Spelling) -> Seen[Setting] | None:
        """Return the setting as it stands."""
        del spelling
        actual = read_setting(workspace.session, wanted)
        if actual is not None and actual != wanted and wanted.scope is Scope.SYSTEM:
            return Seen(_pending(workspace, wanted, actual))
        return None if actual is None else Seen(actual)

    def plan(self, workspace: Workspace, seen: Seen[Setting] | None, wanted: Setting, former: Setting | None) -> Plan:
        """Return the steps to the wanted value."""
        del workspace, former
        return plan_setting(seen.model if seen else None, wanted)

    def plan_delete(self, seen: Seen[Setting], wanted: Setting) -> Plan:
        """Return the steps back to the server's default."""
        del seen
        return plan_setting_drop(wanted)

    def computed(self, workspace: Workspace, wanted: Setting) -> Properties:
        """Return whether the server has to be restarted for the value."""
        system = wanted.scope is Scope.SYSTEM
        return {"pendingRestart": system and needs_restart(workspace.session, wanted)}

    def sources(self, wanted: Setting) -> dict[str, str | None]:
        """Return nothing: values are compared by their meaning."""
        del wanted
        return {}

    def schema(self) -> dict[str, Any]:
        """Return the schema with the output that is no input."""
        restart = {"type": "boolean", "description": "Whether the value waits for the server's next start."}
        return super().schema() | {"properties": {"pendingRestart": restart}}


def _pending(workspace: Workspace, wanted: Setting, actual: Setting) -> Setting:
    """A value that waits for a restart is set, though the server does not show it yet."""
    return wanted if needs_restart(workspace.session, wanted) else actual
