"""The configured providers of a run, by their references."""

import contextlib
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from infra.embedded.engine.provider import Provider, ProviderError, Subject
from infra.embedded.engine.records import PROVIDER_PREFIX, Record, provider_urn
from infra.embedded.engine.values import UNKNOWN_TEXT, Properties, has_unknown
from infra.errors import RolloutError

#: Where the unknown id of a provider that is yet to be made stands in its reference.
UNKNOWN_ID: Final = UNKNOWN_TEXT
#: A provider's input that is Pulumi's own and that no provider is shown.
INTERNAL: Final = "__internal"

Overrides = Mapping[str, Mapping[str, Any]]


class ProviderRegistry:
    """Loads providers, configures them and finds them again. Safe for threads."""

    def __init__(
        self, load: Callable[[str], Provider], states: Mapping[str, Record], overrides: Overrides | None = None
    ) -> None:
        self._load = load
        self._states = states
        self._overrides = overrides or {}
        self._configured: dict[str, Provider | None] = {}
        self._loaded: list[Provider] = []
        self._lock = threading.RLock()

    def load(self, package: str) -> Provider:
        """Return a new provider of the package, not configured yet."""
        provider = self._load(package)
        with self._lock:
            self._loaded.append(provider)
        return provider

    def configure(self, provider: Provider, subject: Subject, inputs: Properties) -> None:
        """Configure the provider and keep it; with unknown inputs it is kept as one that cannot be asked yet."""
        known = not has_unknown(inputs)
        if known:
            provider.configure(subject, inputs)
        with self._lock:
            self._configured[f"{subject.urn}::{subject.id}"] = provider if known else None

    def find(self, reference: str) -> Provider | None:
        """Return the provider, or None for one whose inputs are not known yet.

        Raises:
            RolloutError: ENG001 for a reference that neither the program nor the state has.
        """
        with self._lock:
            if reference not in self._configured:
                self._configure_from_state(reference)
            return self._configured[reference]

    def need(self, reference: str) -> Provider:
        """Return the provider, which must be configured.

        Raises:
            RolloutError: ENG001 when it is not.
        """
        provider = self.find(reference)
        if provider is None:
            raise RolloutError(
                "ENG001", provider_urn(reference), "the provider's inputs are not known yet", fix="run `up` first"
            )
        return provider

    def cancel(self) -> None:
        """Tell every provider to stop what it is doing."""
        for provider in self._every():
            with contextlib.suppress(ProviderError):  # one that has ended has nothing to cancel
                provider.cancel()

    def close(self) -> None:
        """Let go of every provider."""
        for provider in self._every():
            provider.close()

    def _every(self) -> Iterable[Provider]:
        with self._lock:
            return list(self._loaded)

    def _configure_from_state(self, reference: str) -> None:
        record = self._states.get(reference)
        if record is None:
            raise RolloutError(
                "ENG001",
                reference,
                "neither the program nor the state has this provider",
                fix="run `up` with the program that made these resources",
            )
        package = record.type.removeprefix(PROVIDER_PREFIX)
        subject = Subject(record.urn, record.type, record.name, record.id)
        inputs = without_internal(record.inputs) | dict(self._overrides.get(package, {}))
        self.configure(self.load(package), subject, inputs)


def without_internal(inputs: Properties) -> Properties:
    """Return a provider's inputs as it is told of them."""
    return {name: value for name, value in inputs.items() if name != INTERNAL}


def new_provider_id(*, preview: bool) -> str:
    """Return an id for a provider that is made."""
    return UNKNOWN_ID if preview else str(uuid.uuid4())
