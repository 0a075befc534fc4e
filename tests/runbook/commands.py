"""Every command that the README and the runbook tell people to run, and what keeps a few from being run here."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import typer
from typer.core import TyperGroup

from infra.cli.app import app
from infra.ddl.rollback import committed_scripts
from tests.cli.commands import ROOT

DOCUMENTS: Final = (ROOT / "README.md", ROOT / "docs" / "runbook.md")
_BLOCK: Final = re.compile(r"^```sh\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"^#{2,3} (?P<title>.+)$", re.MULTILINE)
#: What stands for something of the reader's own, and what it is here.
PLACEHOLDERS: Final = {"STACK": "dev"}

#: Commands that no test runs, and why. Each is still looked at: its target, subcommand or options must be there.
NOT_RUN: Final[dict[str, str]] = {
    "make test": "it would run itself",
    "venv/bin/rollout verify --mutate": "a quarter of an hour and more: tests/verify/test_mutation.py runs its parts",
    "pulumi install": "it makes the environment that these tests run in anew",
}


@dataclass(frozen=True)
class Command:
    """One line of a block: the document and the heading that it stands below."""

    document: str
    heading: str
    text: str

    @property
    def words(self) -> list[str]:
        """The line as a shell takes it apart, the comment at its end left out."""
        return shlex.split(self.text, comments=True)

    @property
    def program(self) -> str:
        """What is run, such as ``rollout``."""
        return Path(self.words[0]).name

    @property
    def plain(self) -> str:
        """The line without its comment."""
        return re.sub(r"\s+#.*$", "", self.text) if "#" in self.text else self.text

    def __str__(self) -> str:
        return f"{self.document}: {self.heading}: {self.plain}"


def commands_of(path: Path, text: str | None = None) -> Iterator[Command]:
    """Yield the commands of a document in their order."""
    whole = path.read_text(encoding="utf-8") if text is None else text
    headings = [(found.start(), found["title"]) for found in _HEADING.finditer(whole)]
    for block in _BLOCK.finditer(whole):
        heading = next((title for start, title in reversed(headings) if start < block.start()), "")
        joined = block["text"].replace("\\\n", " ")
        yield from (Command(path.name, heading, line) for line in joined.splitlines() if line.strip())


def all_commands() -> list[Command]:
    """Return the commands of all documents."""
    return [command for path in DOCUMENTS for command in commands_of(path)]


def inline_commands(path: Path) -> Iterator[str]:
    """Yield the commands of ours that stand in a document's sentences and tables."""
    text = _BLOCK.sub("", path.read_text(encoding="utf-8"))
    yield from (found["text"] for found in re.finditer(r"`(?P<text>(?:venv/bin/)?rollout [^`]*)`", text))


@cache
def root() -> Any:
    """Return the command line's root, made once."""
    return typer.main.get_command(app)


@cache
def scripts() -> dict[str, str]:
    """Return the committed scripts by their names, rendered once."""
    return committed_scripts()


def parse(words: list[str]) -> None:
    """Have the command line take these words as it would, short of running anything.

    Raises:
        click.ClickException: as the command line itself refuses them.
    """
    group = root()
    context: Any = None
    while True:
        context = group.make_context("rollout", list(words), parent=context)
        left = [*context._protected_args, *context.args] if isinstance(group, TyperGroup) else []
        if not left:
            return
        _, group, words = group.resolve_command(context, left)
