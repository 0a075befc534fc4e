"""A TCP proxy on loopback between a client and PostgreSQL: it loses replies, resets, cuts, delays and refuses."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from infra.database.target import Target

#: As the protocol counts: a message is its kind, its length with these four bytes, and its text.
_HEAD: Final = 5
#: SSLRequest and GSSENCRequest, before a client's first message proper.
_WITHOUT_REPLY_OF_THEIR_OWN: Final = {80877103, 80877104}
_RESET: Final = struct.pack("ii", 1, 0)


@dataclass
class Wire:
    """One client's connection and the one to the server behind it."""

    client: socket.socket
    server: socket.socket
    is_deaf: bool = False
    """Whether the server's replies are thrown away from now on."""

    def reset(self) -> None:
        """End both ends with a RST, as a router does that has forgotten them."""
        for end in (self.client, self.server):
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@dataclass
class Proxy:
    """A running proxy; what it does to connections is changed while it runs, by any thread."""

    target: Target
    """The way through the proxy."""
    listener: socket.socket
    behind: tuple[str, int]
    latency: float = 0.0
    """Seconds that each piece of a reply is held back."""
    refusing: bool = False
    """Whether new connections are reset at once."""
    wires: list[Wire] = field(default_factory=list)
    accepted: int = 0
    lost: threading.Event = field(default_factory=threading.Event)
    """Set once something was lost as asked for."""
    _statement: bytes | None = None
    _bytes_left: int | None = None
    _after_loss: float = 0.0

    def lose_reply_to(self, statement: bytes, *, refuse_for: float = 0.0) -> None:
        """Pass the next statement that begins so on, and its reply never; reset once the server has answered."""
        self._statement, self._after_loss = statement, refuse_for
        self.lost.clear()

    def cut_after(self, count: int) -> None:
        """Reset a connection when so many bytes more have come from the server, over all connections."""
        self._bytes_left = count
        self.lost.clear()

    def reset_all(self) -> None:
        """Reset every connection there is."""
        for wire in tuple(self.wires):
            wire.reset()

    def serve(self) -> None:
        """Accept until the listener is closed."""
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.refusing:
                Wire(client, client).reset()
                continue
            wire = Wire(client, socket.create_connection(self.behind, timeout=10))
            wire.server.settimeout(None)
            self.accepted += 1
            self.wires.append(wire)
            for pump in (self._to_server, self._to_client):
                threading.Thread(target=pump, args=[wire], daemon=True).start()

    def _to_server(self, wire: Wire) -> None:
        reader = Reader(wire.client)
        with suppress(OSError, EOFError):
            for message in reader.messages():
                if self._statement is not None and message[_HEAD:].lstrip().startswith(self._statement):
                    self._statement, wire.is_deaf = None, True
                wire.server.sendall(message)
        self._end(wire)

    def _to_client(self, wire: Wire) -> None:
        with suppress(OSError):
            while piece := wire.server.recv(65536):
                if wire.is_deaf:
                    self._lose(wire)
                    return
                time.sleep(self.latency)
                if self._bytes_left is not None:
                    piece, self._bytes_left = piece[: self._bytes_left], self._bytes_left - len(piece)
                    wire.client.sendall(piece)
                    if self._bytes_left <= 0:
                        self._bytes_left = None
                        self._lose(wire)
                        return
                    continue
                wire.client.sendall(piece)
        self._end(wire)

    def _lose(self, wire: Wire) -> None:
        if self._after_loss:
            self.refusing = True
            threading.Timer(self._after_loss, self._accept_again).start()
        self.lost.set()
        wire.reset()

    def _accept_again(self) -> None:
        self.refusing = False

    def _end(self, wire: Wire) -> None:
        for end in (wire.client, wire.server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        with suppress(ValueError):
            self.wires.remove(wire)


@dataclass
class Reader:
    """Reads a client's side of the protocol, message by message."""

    source: socket.socket

    def messages(self) -> Iterator[bytes]:
        """Yield each message as it was sent; those before the login have no kind."""
        while True:
            head = self._exactly(8)
            length, code = struct.unpack("!II", head)
            yield head + self._exactly(length - 8)
            if code not in _WITHOUT_REPLY_OF_THEIR_OWN:
                break
        while True:
            head = self._exactly(_HEAD)
            (length,) = struct.unpack("!I", head[1:])
            yield head + self._exactly(length - 4)

    def _exactly(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            piece = self.source.recv(count - len(found))
            if not piece:
                raise EOFError
            found += piece
        return found


@contextmanager
def proxy_to(target: Target) -> Iterator[Proxy]:
    """Yield a proxy before the target; without TLS, so that it can read what passes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        through = target.model_copy(update={"host": "127.0.0.1", "port": port, "sslmode": "disable"})
        proxy = Proxy(through, listener, (target.host, target.port))
        thread = threading.Thread(target=proxy.serve, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            thread.join(5)
            proxy.reset_all()
