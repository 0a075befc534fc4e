"""A process that imports the command once and forks itself for each: what `python -m infra.cli` does, begun at once.

It is started with the number of a socket on which each request arrives as one end of a stream. On that stream stands a
line of JSON, what is to be run; back go a line with the number of the process that runs it, whatever that process
writes to stderr, and last, between zero bytes, its exit code. `infra.fleet.commands` is the other side.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import traceback
from contextlib import suppress
from typing import Any, Final, NoReturn

COMMAND: Final = "infra.cli"
#: Around the exit code: no text has it.
MARK: Final = b"\0"
#: What every `up`, `preview` and `verify` imports sooner or later; none of it starts a thread, which a fork would lose.
_IMPORTED: Final = (
    "infra.cli.main",
    "infra.cli.embedded_runner",
    "infra.cli.flow",
    "infra.cli.preview_data",
    "infra.cli.verify_run",
    "infra.components.database",
    "infra.components.delivery",
    "infra.components.monitoring",
    "infra.config.stack",
    "infra.embedded.engine.operations",
)
_INTERRUPTED: Final = 130
#: Elsewhere than on Linux a fork without an exec is not safe beside the system's own libraries.
_MAY_FORK: Final = sys.platform == "linux"


def main(control: socket.socket) -> None:
    """Fork for each request, until whoever asks is gone."""
    # Ctrl-C reaches everybody at the terminal: those who run something answer it, this one has nothing to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    if _MAY_FORK:
        _import()
    while True:
        said, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not said:
            return
        with socket.socket(fileno=descriptors[0]) as stream:
            if not os.fork():
                control.close()
                _keep(stream)


def _import() -> None:
    # grpc reads this when it is imported: a process that a command starts would else set off warnings of forks.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")
    for name in _IMPORTED:
        # What cannot be imported is told by the command that needs it.
        with suppress(Exception):
            importlib.import_module(name)
    # What is here stays as it is, in memory that all share.
    gc.collect()
    gc.freeze()


def _keep(stream: socket.socket) -> NoReturn:
    """Run what is asked for in a process of its own, and say how it ended, whatever ended it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with stream.makefile("rb") as lines:
        request = json.loads(lines.readline())
    # A Ctrl-C that comes before the command can answer it waits until it can.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    pid = os.fork()
    if not pid:
        _become(request, stream)
    with suppress(OSError):
        stream.sendall(f"{pid}\n".encode())
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        stream.sendall(MARK + str(code).encode() + MARK)
    os._exit(0)


def _become(request: dict[str, Any], stream: socket.socket) -> NoReturn:
    """Be the command: its folder, its environment, nothing on stdin, nobody at stdout, the stream as stderr."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request["folder"])
    nothing = os.open(os.devnull, os.O_RDWR)
    for source, target in ((nothing, 0), (nothing, 1), (stream.fileno(), 2)):
        os.dup2(source, target)
    stream.close()
    if not _MAY_FORK:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        anew = [sys.executable, "-m", COMMAND, *request["arguments"]]
        os.execve(sys.executable, anew, request["environment"])  # noqa: S606 - our own command, no shell
    os.environ.clear()
    os.environ |= request["environment"]
    sys.argv = [COMMAND, *request["arguments"]]
    sys.stdout, sys.stderr = open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115 - they are no paths
    _leave(_run())


def _run() -> int:
    """Run the command as the interpreter would, and return its exit code."""
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        runpy.run_module(COMMAND, run_name="__main__")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BaseException:  # noqa: BLE001 - the interpreter's part, which is told in its way
        traceback.print_exc()
        return 1
    return 0


def _leave(code: int) -> NoReturn:
    """End: what was registered for it is done, the memory that all share is left as it is."""
    atexit._run_exitfuncs()  # noqa: SLF001 - the interpreter's own way goes through every object once more
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
