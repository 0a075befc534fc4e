"""From a message to a handler's call in the lane, and from its result, or its failure, back to a message."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2

from infra.errors import RolloutError, redact
from infra.provider.configuration import SECRETS
from infra.provider.declared import Declared
from infra.provider.engine_log import EngineLog
from infra.provider.handler import Call, Handler, Severity, Snapshot, stack_of
from infra.provider.lane import DatabaseUnknown, Lane, cancelled_error
from infra.provider.partial import PartialFailure
from infra.provider.paths import Path, render_path
from infra.provider.refusal import InitFailed, Refusal, Unimplemented, explain
from infra.provider.values import Decoded, decode, encode, texts_at, unknown_paths

Result = TypeVar("Result")
Handlers = Callable[[], list[Handler]]


def kind_of(urn: str) -> str:
    """Return the resource's type out of ``urn:pulumi:stack::project::parent$type::name``."""
    parts = urn.split("::")
    return parts[2].rsplit("$", 1)[-1] if len(parts) > 2 else ""  # noqa: PLR2004 - the parts above


def label_of(urn: str) -> str:
    """Return the type and the name, by which people know a resource."""
    return f"{kind_of(urn)} {urn.split('::', 3)[-1]}" if kind_of(urn) else ""


def marks(handler: Handler, *decoded: Decoded) -> frozenset[Path]:
    """Return the paths that leave as secrets: what came as one, and what the kind says always is."""
    named: frozenset[Path] = frozenset((name,) for name in handler.secrets)
    return named.union(*(one.secrets for one in decoded))


def decode_settled(struct: Struct, *, preview: bool) -> Decoded:
    """Return the inputs of a change; an unknown among them is refused before anything is made.

    Raises:
        RolloutError: PRV001 for an unknown outside of a preview.
    """
    decoded = decode(struct)
    unknown = [] if preview else [render_path(path) for path in unknown_paths(decoded.properties)]
    if unknown:
        fix = "make it an output of a resource that exists by now"
        raise RolloutError("PRV001", ", ".join(unknown), "is still unknown outside of a preview", fix=fix)
    return decoded


class Calls:
    """Finds the handlers and runs their calls. `handlers` is called once: by `begin_loading`, or by the first call."""

    def __init__(self, handlers: Handlers, lane: Lane, log: EngineLog) -> None:
        self._load = handlers
        self._loading: Future[list[Handler]] | None = None
        self._kinds: dict[str, Handler] = {}
        self.lane = lane
        self.log = log
        self.declared = Declared()

    def begin_loading(self) -> "Future[list[Handler]]":
        """Load the handlers in a thread, which an end of the process does not wait for."""
        if self._loading is None:
            self._loading = Future()
            self._loading.set_running_or_notify_cancel()  # whoever waits for it may be cancelled: it may not
            threading.Thread(target=self._load_into, args=(self._loading,), name="rollout kinds", daemon=True).start()
        return self._loading

    def _load_into(self, loading: "Future[list[Handler]]") -> None:
        try:
            loading.set_result(self._load())
        except BaseException as error:  # noqa: BLE001 - whoever asks for a handler gets it
            loading.set_exception(error)

    async def kinds(self) -> dict[str, Handler]:
        """Return every handler by its type, as soon as they are loaded."""
        if not self._kinds:
            self._kinds = {handler.token: handler for handler in await asyncio.wrap_future(self.begin_loading())}
        return self._kinds

    async def handler(self, urn: str) -> Handler:
        """Return the handler of a resource.

        Raises:
            RolloutError: PRV001 for a type that the provider does not have.
        """
        kinds, kind = await self.kinds(), kind_of(urn)
        if kind not in kinds:
            raise RolloutError("PRV001", kind, "the provider has no such type", allowed=", ".join(sorted(kinds)))
        return kinds[kind]

    async def in_lane(
        self,
        request: Any,
        work: Callable[[Call], Result],
        *,
        preview: bool = False,
    ) -> Result:
        """Run a handler's call in the lane; what it logs has reached the engine before this returns."""
        call = self._call(request, preview=preview)
        try:
            return await self.lane.run(lambda: work(call))
        finally:
            await self.log.flush()

    def _call(self, request: Any, *, preview: bool) -> Call:
        urn, stack = request.urn, stack_of(request.urn)

        def write(severity: Severity, text: str) -> None:
            self.log.write(severity, redact(text, *self._hidden(request)), urn)

        return Call(
            urn, lambda: self.lane.database(stack), preview, write, _cluster_in_state(request), self.lane.review
        )

    async def change(
        self,
        request: Any,
        given: Decoded,
        secrets: frozenset[Path],
        work: Callable[[Call], Snapshot],
    ) -> tuple[str, Struct]:
        """Run a create or an update and return the id and the outputs as they go back."""
        try:
            snapshot = await self.in_lane(request, work, preview=request.preview)
        except DatabaseUnknown:
            if not request.preview:
                raise
            return "", encode(given.properties, secrets, preview=True)
        except PartialFailure as failure:
            raise init_failed(failure.snapshot, failure.errors, secrets) from None
        if request.preview:
            return "", encode(snapshot.outputs, secrets, preview=True)
        return snapshot.id, _final_outputs(snapshot, given, secrets)

    def refusal(self, error: Exception, request: Any) -> Refusal:
        """Return what the engine is told of an exception."""
        expected = isinstance(error, RolloutError | PartialFailure | InitFailed | Unimplemented)
        if self.lane.is_cancelled and not expected:
            error = cancelled_error()  # the statement that was ended fails in its own ways
        return explain(error, label_of(getattr(request, "urn", "")), self._hidden(request))

    def _hidden(self, request: Any) -> Iterator[str]:
        """Yield every secret text of a message, and the password of the login."""
        kind = self._kinds.get(kind_of(getattr(request, "urn", "")))
        names = kind.secrets if kind else SECRETS
        for struct, value in request.ListFields():
            if struct.message_type and struct.message_type.full_name == Struct.DESCRIPTOR.full_name:
                with suppress(RolloutError):  # an asset: refused, and not a text
                    decoded = decode(value)
                    yield from texts_at(decoded.properties, {*decoded.secrets, *((name,) for name in names)})
        yield self.lane.password


def _cluster_in_state(request: Any) -> str:
    """Return the output `cluster` of the resource's state; on the wire it is in `olds` or in `properties`."""
    structs = (getattr(request, name, None) for name in ("olds", "properties"))
    known = (struct.fields["cluster"] for struct in structs if struct is not None and "cluster" in struct.fields)
    return next((value.string_value for value in known), "")


def init_failed(snapshot: Snapshot, errors: Iterable[RolloutError], secrets: frozenset[Path]) -> InitFailed:
    """Return the answer by which the engine stores a resource that is not as it should be."""
    return InitFailed(
        provider_pb2.ErrorResourceInitFailed(
            id=snapshot.id,
            properties=encode(snapshot.outputs, secrets),
            inputs=encode(snapshot.inputs, secrets),
            reasons=[str(error) for error in errors],
        )
    )


def _final_outputs(snapshot: Snapshot, given: Decoded, secrets: frozenset[Path]) -> Struct:
    """Return the outputs; where they cannot be sent the resource is still stored: the object is there by now."""
    if not snapshot.id:
        raise RolloutError("PRV003", "", "the object was made, yet the handler gave it no id")
    try:
        return encode(snapshot.outputs, secrets)
    except RolloutError as error:
        stored = Snapshot(snapshot.id, given.properties, given.properties)
        raise init_failed(stored, [error], secrets) from None
