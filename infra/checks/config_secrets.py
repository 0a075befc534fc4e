"""No secret stands in a configuration in plain text: a stack file is committed, and stays readable for good."""

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from infra.checks.rule import Rule
from infra.errors import RolloutError, redact
from infra.models.config_commands import set_command
from infra.models.configuration import Configuration

PROJECT_FILE: Final = "Pulumi.yaml"
#: libyaml's where it is there: every run reads its stack file for this, and Python's own takes ten times as long.
LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: The words of a key's name that tell of a secret.
SECRET_WORDS: Final = frozenset(
    {"password", "passwords", "passwd", "pwd", "passphrase", "secret", "secrets", "token", "tokens", "key", "keys"}
    | {"apikey", "credential", "credentials", "dsn"}
)
#: What Pulumi itself keeps at the top of a stack file: encrypted, or the salt that belongs to it.
PULUMIS_OWN: Final = frozenset({"secretsprovider", "encryptedkey", "encryptionsalt"})
#: What is a secret wherever it stands: private keys, tokens of the API, keys of AWS, and those that name their maker.
_TOKENS: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}|\b(AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bsb_secret_\w{16,}|\bsbp_[0-9a-f]{40}\b|\bpul-[0-9a-f]{40}\b|\bgh[pousr]_\w{36}\b"
    r"|https://hooks\.slack\.com/services/\w"
)
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NO_SECRET: Final = frozenset({"tag:yaml.org,2002:bool", "tag:yaml.org,2002:null"})
#: What a key of the project's file may give as its value; the rest describes it.
_GIVEN: Final = ("value", "default")


def find(configuration: Configuration) -> list[RolloutError]:
    """Return SEC001 for each secret in plain text, with its line where that is known. The value is not shown."""
    stack = configuration.stack
    own, project = _in_stack_file(configuration.text), _in_project_file(configuration.project_text)
    found = [_error(f"{configuration.file}:{line}", key, stack) for key, line in own]
    found += [_error(f"{PROJECT_FILE}:{line}", key, stack) for key, line in project]
    # What came another way, as with --config-file: no line is known.
    return found or [_error("the configuration", key, stack) for key in _among_values(configuration)]


def is_secret_name(key: str) -> bool:
    """Whether a key's name says that its value is a secret."""
    return any(word.lower() in SECRET_WORDS for word in _WORD.findall(key.rpartition(":")[2]))


def is_secret_text(text: str) -> bool:
    """Whether a text holds what is a secret under any name."""
    return redact(text) != text or _TOKENS.search(text) is not None


def _error(where: str, key: str, stack: str) -> RolloutError:
    command = set_command(key.rpartition(":")[2], stack, secret=True)
    fix = "change the secret too, if the file has been shared"
    return RolloutError(RULE.code, "", f"plaintext secret in {where}; run {command}", fix=fix)


def _among_values(configuration: Configuration) -> Iterator[str]:
    for key, text in configuration.values.items():
        gives_away = is_secret_text(text) or (is_secret_name(key) and bool(text))
        if gives_away and key not in configuration.encrypted and not key.startswith("pulumi:"):
            yield key


def _in_stack_file(text: str) -> Iterator[tuple[str, int]]:
    root = _compose(text)
    if root is not None:
        yield from _walk(root, "", named=False)


def _in_project_file(text: str) -> Iterator[tuple[str, int]]:
    """Yield the secrets among the values that the project gives; its descriptions speak of passwords and are none."""
    for key, given in _entries(dict(_entries(_compose(text))).get("config")):
        told = dict(_entries(given))
        values = [told[name] for name in _GIVEN if name in told] if told else [given]
        for value in values:
            yield from _walk(value, key, named=is_secret_name(key))


def _compose(text: str) -> Any:
    """Return the tree of a text; none for one that is no YAML, which is refused where it is read."""
    try:
        return yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError:
        return None


def _entries(node: Any) -> list[tuple[str, Any]]:
    return [(str(key.value), value) for key, value in node.value] if isinstance(node, yaml.MappingNode) else []


def _walk(node: yaml.Node, path: str, *, named: bool) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in _entries(node):
            yield from _walk_entry(key, value, path, named=named)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _walk(item, path, named=named)
    elif isinstance(node, yaml.ScalarNode) and _gives_away(node, named=named):
        yield path, node.start_mark.line + 1


def _walk_entry(key: str, value: yaml.Node, path: str, *, named: bool) -> Iterator[tuple[str, int]]:
    if key == "secure" or (not path and key in PULUMIS_OWN):
        return
    # The section's own name, `config`, is no part of a key.
    below = f"{path}.{key}" if path else "" if isinstance(value, yaml.MappingNode) and key == "config" else key
    yield from _walk(value, below, named=named or is_secret_name(key))


def _gives_away(node: yaml.ScalarNode, *, named: bool) -> bool:
    text = str(node.value)
    return is_secret_text(text) or (named and bool(text) and node.tag not in _NO_SECRET)


RULE = Rule("SEC001", "config_secrets", Configuration, find)
