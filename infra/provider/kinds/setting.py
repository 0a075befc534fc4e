"""The handler of server settings."""

from typing import Any, Final

from infra.database.catalog.roles import read_load_time, read_setting
from infra.database.ladder import wait_until
from infra.database.workspace import Workspace
from infra.ddl.setting import plan_setting, plan_setting_drop
from infra.ddl.statement import Plan
from infra.models.setting import Scope, Setting
from infra.models.spelling import Spelling, digest
from infra.provider.handler import Call, Properties
from infra.provider.kinds.base import Kind, Seen

#: A reload reaches a session within milliseconds; on a busy machine, longer.
RELOAD_SECONDS: Final = 10.0


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
        """Return the setting as it stands. One that waits for a restart is set, if it was we who set it."""
        state = read_setting(workspace.session, wanted)
        if state is None:
            return None
        known = spelling.applied.get("value")
        ours = state.pending_restart and known is not None and known.source == digest(wanted.value)
        return Seen(wanted if ours else state.setting, state, {"value": state.server})

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
        state = read_setting(workspace.session, wanted) if wanted.scope is Scope.SYSTEM else None
        return {"pendingRestart": state is not None and state.pending_restart}

    def sources(self, wanted: Setting) -> dict[str, str | None]:
        """Return the value, if it may wait for a restart: until then nobody can read it back."""
        return {"value": wanted.value} if wanted.scope is Scope.SYSTEM else {}

    def settle(self, workspace: Workspace, wanted: Setting) -> None:
        """Wait until our own session has reloaded its configuration, which takes a moment, and remember the value."""
        if wanted.scope is Scope.SYSTEM:
            wait_until(lambda: self._has_arrived(workspace, wanted), workspace.session, RELOAD_SECONDS, every=0.05)
        super().settle(workspace, wanted)

    def delete(self, call: Call, identity: str, inputs: Properties) -> None:
        """Give the parameter back to the server's default, and wait until our own session has reloaded."""
        workspace: Workspace = call.database()  # its session may be another one after the deletion
        before = read_load_time(workspace.session)
        super().delete(call, identity, inputs)
        if self._load(inputs).scope is Scope.SYSTEM:
            wait_until(
                lambda: read_load_time(workspace.session) != before, workspace.session, RELOAD_SECONDS, every=0.05
            )

    def _has_arrived(self, workspace: Workspace, wanted: Setting) -> bool:
        state = read_setting(workspace.session, wanted)
        return state is not None and (state.setting == wanted or state.pending_restart)

    def schema(self) -> dict[str, Any]:
        """Return the schema with the output that is no input."""
        restart = {"type": "boolean", "description": "Whether the value waits for the server's next start."}
        schema = super().schema()
        schema["properties"]["pendingRestart"] = restart
        return schema
