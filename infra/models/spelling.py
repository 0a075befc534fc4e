"""Which of two spellings of an expression to report: the program's own wherever the server's means the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from infra.models.digests import digest
from infra.models.expressions import equal_expressions

Equal = Callable[[str | None, str | None], bool]


@dataclass(frozen=True)
class Applied:
    """A text as it was applied: the hash of the program's spelling, and what the server made of it."""

    source: str
    server: str


@dataclass(frozen=True)
class Spelling:
    """What is known of the texts of one object, by path, from when it was applied last on this major version."""

    applied: Mapping[str, Applied] = field(default_factory=dict)

    def of(self, path: str, server: str | None, wanted: str | None, equal: Equal = equal_expressions) -> str | None:
        """Return `wanted` when the server's text means it, else the server's text.

        With a record, drift is the server's text changing. Without one, or for a text that was not applied yet,
        the two are equal when they parse alike.
        """
        if server is None or wanted is None:
            return server
        known = self.applied.get(path)
        if known is not None and known.server != server:
            return server
        if known is not None and known.source == digest(wanted):
            return wanted
        return wanted if equal(server, wanted) else server


def record_of(sources: Mapping[str, str | None], server: Mapping[str, str | None]) -> dict[str, Applied]:
    """Return what to remember of an object after it was applied."""
    return {
        path: Applied(digest(source), text)
        for path, source in sources.items()
        if source is not None and (text := server.get(path)) is not None
    }
