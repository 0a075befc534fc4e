"""What a program has declared so far, so that two resources never take turns with one object."""

from infra.errors import RolloutError
from infra.provider.handler import Handler, Problem, Properties


class Declared:
    """Which resource declares which object, in the order of the checks, since the provider was last configured."""

    def __init__(self) -> None:
        self._urns: dict[tuple[str, str], str] = {}
        self._objects: dict[str, tuple[str, str]] = {}

    def clear(self) -> None:
        """Forget everything: another program begins, or the same one again."""
        self._urns.clear()
        self._objects.clear()

    def problems(self, handler: Handler, urn: str, inputs: Properties) -> list[Problem]:
        """Return DEF003 when another resource declares the same object; the same one may do so again and again."""
        identify = getattr(handler, "identify", None)
        identity = identify(inputs) if identify else None
        if identity is None:
            return []
        first = self._urns.setdefault((handler.token, identity), urn)
        if first == urn:
            self._keep_only((handler.token, identity), urn)
            return []
        kind = handler.token.rpartition(":")[2].lower()
        error = RolloutError(
            "DEF003",
            f"{kind} {identity}",
            f"it is declared twice, as {first} and as {urn}",
            allowed="one resource for one object",
            fix="remove one of the two",
        )
        return [Problem("", error)]

    def _keep_only(self, declared: tuple[str, str], urn: str) -> None:
        """Let go of the object that the resource declared before it was given another name."""
        former = self._objects.get(urn, declared)
        self._objects[urn] = declared
        if former != declared:
            self._urns.pop(former, None)
