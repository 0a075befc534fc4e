"""What a rule is: a number, a name, what it looks at, and the function that finds its faults."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from infra.errors import RolloutError
from infra.models.base import Model

Subject = TypeVar("Subject", bound=Model)


@dataclass(frozen=True)
class Rule(Generic[Subject]):
    """One rule. Its code is in every error it gives; its name is that of its module, its page and its test."""

    code: str
    name: str
    subject: type[Subject]
    find: Callable[[Subject], list[RolloutError]]

    @property
    def page(self) -> str:
        """The page that explains it, from the project's folder on."""
        return f"docs/rules/{self.name}.md"
