"""A tap on the wire: a proxy on loopback that counts what a client sends, and does something at the N-th statement."""

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Final, Self

from infra.database.target import Target

#: What ends a statement in the client's stream: a simple query, or the Sync after parse, bind and execute.
ENDS: Final = frozenset(b"QS")
_LENGTH: Final = 4


class Tap:
    """Relays connections to a server. `on_statement` gets number and text of each, and says whether it is passed on."""

    def __init__(self, target: Target, on_statement: Callable[[int, str], bool] = lambda _number, _text: True) -> None:
        self._target = target
        self._on_statement = on_statement
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self.statements: list[str] = []
        self._begin(self._accept)

    @property
    def target(self) -> Target:
        """Where a client connects instead."""
        return self._target.model_copy(update={"port": self._listener.getsockname()[1]})

    def cut(self) -> None:
        """End every connection as it is."""
        with self._lock:
            for end in self._open:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Cut everything and listen no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._begin(self._relay, client)

    def _begin(self, work: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=work, args=arguments, name="tap", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _relay(self, client: socket.socket) -> None:
        with suppress(OSError), client, socket.create_connection((self._target.host, self._target.port)) as server:
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._opened(client, server):
                _pass_on(client, server, Frontend(self._said))

    @contextmanager
    def _opened(self, *ends: socket.socket) -> Iterator[None]:
        with self._lock:
            self._open.update(ends)
        try:
            yield
        finally:
            with self._lock:
                self._open.difference_update(ends)

    def _said(self, text: str) -> bool:
        with self._lock:
            self.statements.append(text)
            number = len(self.statements)
        return self._on_statement(number, text)


class Frontend:
    """Takes a client's stream apart; `said` gets the text of each statement once it has come whole."""

    def __init__(self, said: Callable[[str], bool]) -> None:
        self._said = said
        self._left = b""
        self._greeted = False
        self._text = ""
        self._goes_on = True

    def feed(self, chunk: bytes) -> bool:
        """Take in what has come; return whether it is to be passed on."""
        self._left += chunk
        while self._message():
            pass
        return self._goes_on

    def _message(self) -> bool:
        tag = 1 if self._greeted else 0
        if len(self._left) < tag + _LENGTH:
            return False
        length = tag + int.from_bytes(self._left[tag : tag + _LENGTH])
        if len(self._left) < length:
            return False
        message, self._left = self._left[:length], self._left[length:]
        if self._greeted:
            self._take(message[0], message[tag + _LENGTH :])
        self._greeted = True
        return True

    def _take(self, kind: int, body: bytes) -> None:
        if kind == ord("Q"):
            self._text = body.rstrip(b"\0").decode()
        elif kind == ord("P"):
            self._text = body.split(b"\0")[1].decode()
        if kind in ENDS:
            self._goes_on &= self._said(self._text)
            self._text = ""


def _pass_on(client: socket.socket, server: socket.socket, reader: Frontend) -> None:
    """Pass everything on until either end is closed, or the reader says that it is enough."""
    while True:
        ready, _, _ = select.select([client, server], [], [])
        for source in ready:
            chunk = source.recv(65536)
            if not chunk or (source is client and not reader.feed(chunk)):
                return
            (server if source is client else client).sendall(chunk)
