"""Finds secrets that stand in plain text in a stack file, with the line on which they stand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from infra.config.commands import set_command
from infra.errors import RolloutError, redact

#: The words of a key's name that tell of a secret.
SECRET_WORDS: Final = frozenset(
    {"password", "passwords", "passwd", "pwd", "passphrase", "secret", "secrets", "token", "tokens", "key", "keys"}
    | {"apikey", "credential", "credentials", "dsn"}
)
#: What Pulumi itself keeps at the top of a stack file: encrypted, or the salt that belongs to it.
PULUMIS_OWN: Final = frozenset({"secretsprovider", "encryptedkey", "encryptionsalt"})
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NO_SECRET: Final = frozenset({"tag:yaml.org,2002:bool", "tag:yaml.org,2002:null"})


@dataclass(frozen=True)
class Plaintext:
    """A secret in plain text: the key under which it stands, and the line. The value is not kept."""

    key: str
    line: int

    def error(self, file: str) -> RolloutError:
        """Return SEC001."""
        stack = file.removeprefix("Pulumi.").removesuffix(".yaml")
        return plaintext_error(f"{file}:{self.line}", self.key, stack)


def plaintext_error(where: str, key: str, stack: str) -> RolloutError:
    """Return SEC001 for a secret that stands there under this key."""
    command = set_command(key.rpartition(":")[2], stack, secret=True)
    fix = "change the secret too, if the file has been shared"
    return RolloutError("SEC001", "", f"plaintext secret in {where}; run {command}", fix=fix)


def is_secret_name(key: str) -> bool:
    """Whether a key's name says that its value is a secret."""
    return any(word.lower() in SECRET_WORDS for word in _WORD.findall(key.rpartition(":")[2]))


def find_plaintext(file: Path) -> list[Plaintext]:
    """Return every plaintext secret of the file, in the order of its lines; none when there is no such file.

    Raises:
        RolloutError: CFG002 when the file is not YAML or cannot be read.
    """
    if not file.is_file():
        return []
    try:
        root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, OSError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{file.name}:{mark.line + 1}" if mark else file.name
        raise RolloutError("CFG002", where, "it cannot be read as YAML", fix="correct it there") from None
    return [] if root is None else list(_walk(root, "", named=False))


def _walk(node: yaml.Node, path: str, *, named: bool) -> Iterator[Plaintext]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _walk_entry(str(key.value), value, path, named=named)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _walk(item, path, named=named)
    elif isinstance(node, yaml.ScalarNode) and _gives_away(node, named=named):
        yield Plaintext(path, node.start_mark.line + 1)


def _walk_entry(key: str, value: yaml.Node, path: str, *, named: bool) -> Iterator[Plaintext]:
    if key == "secure" or (not path and key in PULUMIS_OWN):
        return
    # The section's own name, `config`, is no part of a key.
    below = f"{path}.{key}" if path else "" if isinstance(value, yaml.MappingNode) and key == "config" else key
    yield from _walk(value, below, named=named or is_secret_name(key))


def _gives_away(node: yaml.ScalarNode, *, named: bool) -> bool:
    text = str(node.value)
    return redact(text) != text or (named and bool(text) and node.tag not in _NO_SECRET)
