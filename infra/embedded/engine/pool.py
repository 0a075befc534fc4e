"""The plugin processes of a run, the first of each package started at once."""

import threading
from typing import Final

from infra.embedded.engine.engine_service import EngineServer
from infra.embedded.engine.events import EventLog
from infra.embedded.engine.plugins import PluginProcess, plugin_command
from infra.embedded.engine.project import Project
from infra.errors import RolloutError

#: The packages that the engine serves itself.
STAND_INS: Final = frozenset({"postgresql"})


class PluginPool:
    """Hands out one process for each provider that is configured."""

    def __init__(self, project: Project, events: EventLog) -> None:
        self.project = project
        self.events = events
        self._server = EngineServer(events)
        self._lock = threading.Lock()
        self._waiting = {name: self._start(name) for name in project.plugins}

    @property
    def engine_address(self) -> str:
        """Where the engine serves the plugins."""
        return self._server.address

    def take(self, package: str) -> PluginProcess:
        """Return a process of the package that nobody else uses.

        Raises:
            RolloutError: ENG001 for a package that the project has no plugin for.
        """
        with self._lock:
            process = self._waiting.pop(package, None)
        return process or self._start(package)

    def close(self) -> None:
        """Stop the processes that nobody took, and the engine's service."""
        for process in self._waiting.values():
            process.stop()
        self._server.close()

    def _start(self, package: str) -> PluginProcess:
        folder = self.project.plugins.get(package)
        if folder is None:
            raise RolloutError(
                "ENG001",
                f"provider {package}",
                "the embedded engine has no plugin for it",
                allowed=", ".join(sorted({*self.project.plugins, *STAND_INS})),
                fix="name it under plugins.providers in Pulumi.yaml, or use Pulumi's CLI",
            )
        command = plugin_command(folder, package, self.engine_address)
        return PluginProcess(package, command, self.project, lambda line: self._line(package, line))

    def _line(self, package: str, line: str) -> None:
        if line:
            self.events.message("info", f"{package}: {line}")
