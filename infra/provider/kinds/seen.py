"""An object as a handler sees it."""

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from infra.models.base import Model

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Seen(Generic[M]):
    """An object as it stands: in the program's spelling, with what a plan needs besides and the server's own texts."""

    model: M
    state: Any = None
    server: dict[str, str | None] = field(default_factory=dict)
    present: bool = True
    """Whether it counts as there: an invalid index stands under its name and serves nobody."""
