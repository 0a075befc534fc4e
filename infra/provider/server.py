"""The plugin's process: a port on the first line, a server until the engine is done with it, and no orphans."""

import asyncio
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Sequence
from typing import Final

import grpc.aio
from pulumi.runtime.proto import provider_pb2_grpc

from infra.collecting import collect_rarely
from infra.provider.calling import Calls, Handlers
from infra.provider.engine_log import EngineLog
from infra.provider.handler import Handler
from infra.provider.lane import Lane, Opener, open_database
from infra.provider.wire import RolloutProvider

#: A table with all its columns and comments may pass gRPC's four megabytes; the engine's own limit is this one.
MESSAGE_BYTES: Final = 400 * 1024 * 1024
_OPTIONS: Final = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    ("grpc.so_reuseport", 0),
)
PARENT_POLL_SECONDS: Final = 0.2
#: How long an orphan waits for the server to hear of the cancel.
ORPHAN_SECONDS: Final = 0.5
STOP_SECONDS: Final = 2.0
_ADDRESS: Final = re.compile(r"[\w.\-\[\]:]+:\d+")


def load_kinds() -> list[Handler]:
    """Return every handler; imported late, since what they need takes longer to load than the handshake may take."""
    from infra.provider.kinds import all_handlers  # noqa: PLC0415 - see above

    return all_handlers()


def main(arguments: Sequence[str], handlers: Handlers = load_kinds, opener: Opener = open_database) -> int:
    """Serve until SIGINT, SIGTERM or the parent's death; return the exit code.

    The engine's address is among the arguments, or comes later by Attach.
    """
    collect_rarely()
    parent = os.getppid()
    address = next((argument for argument in arguments if _ADDRESS.fullmatch(argument)), "")
    lane = Lane(opener)
    threading.Thread(target=_watch_parent, args=(parent, lane), name="rollout parent watch", daemon=True).start()
    asyncio.run(_serve(address, handlers, lane))
    return 0


async def _serve(address: str, handlers: Handlers, lane: Lane) -> None:
    log = EngineLog()
    await log.attach(address)
    server = grpc.aio.server(options=_OPTIONS)
    calls = Calls(handlers, lane, log)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(RolloutProvider(calls), server)
    port = server.add_insecure_port("127.0.0.1:0")
    ended = _listen_for_signals()
    await server.start()
    _tell_port(port)
    calls.begin_loading()  # while the program runs: its first resource would wait for it
    await ended.wait()
    await lane.cancel()
    await server.stop(STOP_SECONDS)
    await log.close()
    await lane.close()


def _tell_port(port: int) -> None:
    """Write the port, the one line that the engine reads; whatever prints after that goes to stderr."""
    os.write(sys.stdout.fileno(), f"{port}\n".encode())
    os.dup(sys.stdout.fileno())  # kept open: the engine may take the end of our stdout for our end
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def _listen_for_signals() -> asyncio.Event:
    """Return an event that a SIGINT or SIGTERM sets."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    return ended


def _watch_parent(parent: int, lane: Lane) -> None:
    """End the running statement and this process once the process that started it is gone."""
    while os.getppid() == parent:
        time.sleep(PARENT_POLL_SECONDS)
    lane.interrupt().join(ORPHAN_SECONDS)
    os._exit(1)
