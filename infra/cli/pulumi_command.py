"""Calls Pulumi's CLI in a process group of its own, so that it gets each Ctrl-C exactly once, and from us."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import IO, Final

from pulumi.automation import CommandResult, PulumiCommand
from pulumi.automation.errors import create_command_error

from infra.cli.signals import handling

#: What stops a run: both mean the same.
#: How long after its end what the CLI has said may take to be read.
LAST_WORDS_SECONDS: Final = 5.0
_Told = Callable[[str], object]


class OwnCommand(PulumiCommand):
    """Pulumi's CLI. A terminal's Ctrl-C reaches only us; `interrupt` passes it on."""

    def __init__(self) -> None:
        super().__init__()
        self._running: set[subprocess.Popen[str]] = set()

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: _Told | None = None,
        on_error: _Told | None = None,
    ) -> CommandResult:
        """Run a command to its end.

        Raises:
            CommandError: it failed.
        """
        environment = {**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"}
        process = subprocess.Popen(  # noqa: S603 - Pulumi's own CLI, with arguments of the Automation API's
            [self.command, "--non-interactive", *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=environment,
            encoding="utf-8",
            process_group=0,
        )
        self._running.add(process)
        try:
            out, error = _Reader(process.stdout, on_output), _Reader(process.stderr, on_error)
            code = process.wait()
            result = CommandResult(stdout=out.text(), stderr=error.text(), code=code)
        finally:
            self._running.discard(process)
        if result.code:
            raise create_command_error(result)
        return result

    def interrupt(self) -> None:
        """Tell what runs to stop: the first time orderly, the second time at once."""
        for process in tuple(self._running):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)


class _Reader:
    """Reads a stream line by line in a thread, and passes each line on."""

    def __init__(self, stream: IO[str] | None, told: _Told | None) -> None:
        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._read, args=(stream, told), daemon=True)
        self._thread.start()

    def text(self) -> str:
        """Return everything. A plugin that outlives a CLI that was killed may hold the stream open for ever."""
        self._thread.join(LAST_WORDS_SECONDS)
        return "\n".join(self._lines)

    def _read(self, stream: IO[str] | None, told: _Told | None) -> None:
        if stream is None:
            return
        with stream:
            for line in stream:
                self._lines.append(line.rstrip())
                if told:
                    told(self._lines[-1])


@contextlib.contextmanager
def stopping(act: Callable[[], None]) -> Iterator[threading.Event]:
    """Call `act` at each Ctrl-C or SIGTERM, in place of what they do else; yield whether one came."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stopped.set()
        act()

    with handling(on_signal):
        yield stopped
