"""The handler of server settings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from infra.database.catalog.roles import SettingState, read_load_time, read_setting, read_setting_rights
from infra.database.ladder import wait_until
from infra.database.workspace import Workspace
from infra.ddl.setting import SHARED, list_entries, merge_entries, plan_setting, plan_setting_drop
from infra.ddl.statement import Plan
from infra.errors import RolloutError
from infra.models.digests import digest
from infra.models.setting import Scope, Setting
from infra.models.spelling import Applied, Spelling
from infra.provider.handler import Call, Properties, Snapshot
from infra.provider.kinds.base import Kind, Seen
from infra.provider.kinds.differences import holds_unknown
from infra.provider.kinds.setting_refusals import change_refusals

#: A reload reaches a session within milliseconds; on a busy machine, longer.
RELOAD_SECONDS: Final = 10.0
#: In the record, what stood there before we changed it.
_FOUND: Final = "found"


@dataclass(frozen=True)
class Standing:
    """A parameter as it stands, and what stood there before us: None when we changed nothing, empty for the default."""

    state: SettingState
    found: str | None = None


class SettingKind(Kind[Setting]):
    """Settings of roles, databases and the system."""

    model = Setting
    remembers = False
    replaces = frozenset({"scope", "target", "database", "parameter"})

    def identity(self, wanted: Setting) -> str:
        """Return scope, target, database and parameter."""
        return wanted.identity

    def stub(self, identity: str) -> Setting:
        """Return a setting with the names of an id such as ``role:pipeline_monitor:statement_timeout``."""
        scope, _, rest = identity.partition(":")
        target, _, parameter = rest.rpartition(":")
        database = ""
        if scope == Scope.ROLE_IN_DATABASE:
            target, _, database = target.partition(":")
        return Setting.model_construct(
            scope=Scope(scope), target=target, database=database, parameter=parameter, value=""
        )

    def look(self, workspace: Workspace, wanted: Setting, spelling: Spelling) -> Seen[Setting] | None:
        """Return the setting as it stands. One that waits for a restart is set, if it was we who set it."""
        state = read_setting(workspace.session, wanted)
        if state is None:
            return None
        known = spelling.applied.get("value")
        ours = state.pending_restart and known is not None and known.source == digest(wanted.value)
        standing = Standing(state, self._found(workspace, wanted))
        return Seen(wanted if ours else state.setting, standing, {"value": state.server})

    def conflicts(self, workspace: Workspace, seen: Seen[Setting] | None, wanted: Setting) -> list[RolloutError]:
        """Return why we may not change it, if it is to be changed."""
        if seen is not None and seen.model.value == wanted.value:
            return []
        state: SettingState | None = seen.state.state if seen else None
        strange = seen is not None and seen.state.found is None
        rights = read_setting_rights(workspace.session, wanted)
        return change_refusals(wanted, state, rights, strange=strange)

    def plan(self, workspace: Workspace, seen: Seen[Setting] | None, wanted: Setting, former: Setting | None) -> Plan:
        """Return the steps to the wanted value; to a shared list what is missing is added."""
        del workspace
        if seen is None:
            return plan_setting(None, wanted)
        state: SettingState = seen.state.state
        if wanted.parameter not in SHARED:
            return plan_setting(seen.model, wanted, restart=state.restart)
        return self._plan_shared(seen, wanted, former)

    def _plan_shared(self, seen: Seen[Setting], wanted: Setting, former: Setting | None) -> Plan:
        """Return the steps to a list with our entries; one that we no longer want goes, if it was we who added it."""
        standing: Standing = seen.state
        ours = set(list_entries(former.value if former else "")) - set(list_entries(standing.found or ""))
        dropped = ours - set(list_entries(wanted.value)) if standing.found is not None else set()
        actual = standing.state.server
        if seen.model.value == wanted.value and not dropped & set(list_entries(actual)):
            return ()
        target = wanted.model_copy(update={"value": merge_entries(actual, wanted.value, dropped)})
        return plan_setting(wanted.model_copy(update={"value": actual}), target, restart=standing.state.restart)

    def plan_delete(self, seen: Seen[Setting], wanted: Setting) -> Plan:
        """Return the steps back to the default; of a shared list what others need stays; where we set nothing, none."""
        if wanted.scope is not Scope.SYSTEM:
            return plan_setting_drop(wanted)
        standing: Standing = seen.state
        if standing.found is None:
            return ()
        if wanted.parameter not in SHARED:
            return plan_setting_drop(wanted)
        ours = set(list_entries(wanted.value)) - set(list_entries(standing.found))
        return plan_setting_drop(wanted, merge_entries(standing.state.server, standing.found, ours))

    def bring(self, call: Call, inputs: Properties, old: Properties | None) -> Snapshot:
        """Bring the setting to its value, and say when it waits for a restart."""
        snapshot = super().bring(call, inputs, old)
        if call.preview and not holds_unknown(inputs):
            self._tell_restart_ahead(call, self._load(inputs))
        _tell_restart(call, snapshot.outputs)
        return snapshot

    def _tell_restart_ahead(self, call: Call, wanted: Setting) -> None:
        """Say in a preview that a value will hold from the next start on; one that waits already was told of."""
        state = read_setting(call.database().session, wanted)
        if state is not None and state.restart and state.setting != wanted and not state.pending_restart:
            until = f"until then it is {state.setting.value}"
            call.log(
                "warning", f"{wanted.parameter}: {wanted.value} will hold from the server's next start on; {until}"
            )

    def _read(self, call: Call, identity: str, inputs: Properties | None) -> Snapshot | None:
        snapshot = super()._read(call, identity, inputs)
        if snapshot is not None:
            _tell_restart(call, snapshot.outputs)
        return snapshot

    def before_change(self, workspace: Workspace, seen: Seen[Setting] | None, wanted: Setting) -> None:
        """Remember what stands in the system's configuration, for the way back."""
        known = self._spelling(workspace, wanted).applied
        if wanted.scope is not Scope.SYSTEM or _FOUND in known:
            return
        state: SettingState | None = seen.state.state if seen else None
        found = Applied(_FOUND, "" if state is None or state.is_first else state.server)
        workspace.record.save(self.name, self.identity(wanted), {**known, _FOUND: found})

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

    def _remember(self, workspace: Workspace, wanted: Setting, texts: dict[str, Applied]) -> None:
        found = self._spelling(workspace, wanted).applied.get(_FOUND)
        super()._remember(workspace, wanted, texts if found is None else {**texts, _FOUND: found})

    def _delete(self, call: Call, identity: str, inputs: Properties) -> None:
        """Give the parameter back as it was found, and wait until our own session has reloaded."""
        workspace: Workspace = call.database()
        wanted = self._former(inputs) or self.stub(identity)
        found = self._found(workspace, wanted) if wanted.scope is Scope.SYSTEM else None
        before = read_load_time(workspace.session)
        super()._delete(call, identity, inputs)
        if found is None:
            return
        _await_reload(workspace, before)
        state = read_setting(workspace.session, wanted.model_copy(update={"value": found}))
        known = state is not None and state.setting.value == found and not state.pending_restart
        if found and not known and wanted.parameter not in SHARED:
            # What ALTER SYSTEM had said before us was overwritten, and a reset leads past it.
            before = read_load_time(workspace.session)
            log: Callable[[str], None] = lambda text: call.log("info", text)  # noqa: E731 - one call
            workspace.change(plan_setting_drop(wanted, found), log, log)
            _await_reload(workspace, before)

    def _has_arrived(self, workspace: Workspace, wanted: Setting) -> bool:
        state = read_setting(workspace.session, wanted)
        return state is not None and (state.setting == wanted or state.pending_restart)

    def _found(self, workspace: Workspace, wanted: Setting) -> str | None:
        found = self._spelling(workspace, wanted).applied.get(_FOUND)
        return None if found is None else found.server

    def schema(self) -> dict[str, Any]:
        """Return the schema with the output that is no input."""
        restart = {"type": "boolean", "description": "Whether the value waits for the server's next start."}
        schema = super().schema()
        schema["properties"]["pendingRestart"] = restart
        return schema


def _await_reload(workspace: Workspace, before: str) -> None:
    wait_until(lambda: read_load_time(workspace.session) != before, workspace.session, RELOAD_SECONDS, every=0.05)


def _tell_restart(call: Call, outputs: Properties) -> None:
    if outputs.get("pendingRestart") is True:
        name, value = outputs["parameter"], outputs["value"]
        call.log("warning", f"{name}: {value} waits for the server's next start. Fix: restart the server when it suits")
