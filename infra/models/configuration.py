"""What a stack is configured with, as it is written down and as it is handed over."""

from pydantic import Field

from infra.models.base import Model


class Configuration(Model):
    """The text of the stack's file and of the project's, and the values by their full names.

    `encrypted` names the values that came as secrets. A text that is not there is empty.
    """

    stack: str = ""
    text: str = Field(default="", repr=False)
    project_text: str = Field(default="", repr=False)
    values: dict[str, str] = Field(default_factory=dict, repr=False)
    encrypted: frozenset[str] = frozenset()

    @property
    def file(self) -> str:
        """The name of the stack's file."""
        return f"Pulumi.{self.stack}.yaml"
