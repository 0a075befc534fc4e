"""The plugin processes of a project, the first of each package started at once, those of a preview used once more."""

import os
import threading
from typing import TYPE_CHECKING, Final

from infra.embedded.engine.events import EventLog
from infra.embedded.engine.plugins import PluginProcess, plugin_command
from infra.embedded.engine.project import Project
from infra.errors import RolloutError

if TYPE_CHECKING:  # gRPC is imported while the plugins start
    from infra.embedded.engine.engine_service import EngineServer

#: The packages that the engine serves itself.
STAND_INS: Final = frozenset({"postgresql"})


class PluginPool:
    """Hands out one process for each provider that is configured. `events` is the log of the run that goes on."""

    def __init__(self, project: Project, events: EventLog | None = None) -> None:
        # grpc reads this when it is imported: a process that is started later would else set off warnings of forks.
        os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")
        self.project = project
        self.events = events or EventLog()
        self._server: EngineServer | None = None
        self._lock = threading.Lock()
        self._waiting = [self._start(name) for name in project.plugins]

    @property
    def engine_address(self) -> str:
        """Where the engine serves the plugins."""
        with self._lock:
            if self._server is None:
                from infra.embedded.engine.engine_service import EngineServer  # noqa: PLC0415 - see above

                self._server = EngineServer(lambda: self.events)
            return self._server.address

    def take(self, package: str) -> PluginProcess:
        """Return a process of the package that nobody else uses.

        Raises:
            RolloutError: ENG001 for a package that the project has no plugin for.
        """
        with self._lock:
            found = next((one for one in self._waiting if one.name == package and one.is_alive()), None)
            if found is not None:
                self._waiting.remove(found)
        return found or self._start(package)

    def give_back(self, process: PluginProcess) -> None:
        """Keep a process that has changed nothing and holds nothing for the run that comes next."""
        with self._lock:
            self._waiting.append(process)

    def close(self) -> None:
        """Stop the processes that nobody has, and the engine's service."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            server, self._server = self._server, None
        for process in waiting:
            process.stop()
        if server is not None:
            server.close()

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
        command = plugin_command(folder, package)
        return PluginProcess(package, command, self.project, lambda line: self._line(package, line))

    def _line(self, package: str, line: str) -> None:
        if line:
            self.events.message("info", f"{package}: {line}")
