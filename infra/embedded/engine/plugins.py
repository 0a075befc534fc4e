"""The processes of provider plugins: started early, their port read when it is needed, stopped at the end."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from infra.embedded.engine.project import Project
from infra.errors import RolloutError
from infra.provider.handler import QUIET_VARIABLE

START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 5.0
EXIT_SECONDS: Final = 2.0


class PluginProcess:
    """One plugin. It is started at once; `address` waits until it serves."""

    def __init__(self, name: str, command: list[str], project: Project, on_line: Callable[[str], None]) -> None:
        self.name = name
        self._port: str | None = None
        self._ready = threading.Event()
        self._process = subprocess.Popen(  # noqa: S603 - the project's own plugin
            command,
            cwd=project.folder,
            env=os.environ | _environment(name, project),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is ours to pass on, as Cancel
        )
        self._readers = [
            threading.Thread(target=self._read_output, args=(on_line,), daemon=True),
            threading.Thread(target=self._read_errors, args=(on_line,), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _exit_code(self) -> int | None:
        """Return the code of a process that has closed its output, which is a moment before it is gone."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(EXIT_SECONDS)
        return None

    def address(self) -> str:
        """Return where the plugin serves.

        Raises:
            RolloutError: ENG001 when it does not start.
        """
        if not self._ready.wait(START_SECONDS) or not (self._port or "").isdigit():
            raise RolloutError(
                "ENG001",
                f"plugin {self.name}",
                f"it did not start (exit code {self._exit_code()})",
                fix="its messages above say why; `pulumi install` or `make` sets up what it needs",
            )
        return f"127.0.0.1:{self._port}"

    def is_alive(self) -> bool:
        """Tell whether the process runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the process: politely, then by force."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for reader in self._readers:
            reader.join(STOP_SECONDS)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _read_output(self, on_line: Callable[[str], None]) -> None:
        assert self._process.stdout is not None
        self._port = self._process.stdout.readline().strip()
        self._ready.set()
        for line in self._process.stdout:
            on_line(line.rstrip())

    def _read_errors(self, on_line: Callable[[str], None]) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            on_line(line.rstrip())


def plugin_command(folder: Path, name: str) -> list[str]:
    """Return how a project's plugin is started: its own executable, or its Python package.

    Where the engine serves it hears by Handshake: it is started before there is such a place.

    Raises:
        RolloutError: ENG001 when the folder holds neither.
    """
    executable = folder / f"pulumi-resource-{name}"
    if executable.exists():
        return [str(executable)]
    if not (folder / "__main__.py").exists():
        raise RolloutError(
            "ENG001",
            f"plugin {name}",
            f"{folder} holds neither __main__.py nor {executable.name}",
            fix="correct plugins.providers in Pulumi.yaml",
        )
    return [sys.executable, str(folder)]


def _environment(name: str, project: Project) -> dict[str, str]:
    return {
        "PULUMI_PROJECT": project.name,
        "PULUMI_CONFIG": json.dumps(project.config.of_package(name)),
        "PULUMI_RUNTIME_VIRTUALENV": sys.prefix,
        QUIET_VARIABLE: "1",
    }
