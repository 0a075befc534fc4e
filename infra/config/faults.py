"""Faults of a stack file as named errors: what stands there, what should, and how to mend it."""

import difflib
import json
from collections.abc import Iterable
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from infra.config.settings import HIGHEST_PHASE, LOWEST_PHASE, SKIPPING, StackSettings
from infra.errors import RolloutError
from infra.models.base import keys_at
from infra.models.config_commands import set_command, stack_file

PHASES: Final = f"{LOWEST_PHASE} to {HIGHEST_PHASE}"
#: Never shown, whatever is wrong with it.
HIDDEN: Final = frozenset({"databasePassword", "consolePassword", "lookupPassword", "verifiers"})
LONGEST_SHOWN: Final = 60
#: Where pydantic says that a key, and not its value, is wrong.
KEY_MARK: Final = "[key]"

_KINDS: Final = ((bool, "true or false"), (int, "a whole number"), (float, "a number"), (str, "a text"))
_COLLECTIONS: Final = ((dict, "a map"), (list, "a list"))
_EXPECTED: Final = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "string_type": "a text",
    "tuple_type": "a list",
    "model_type": "a map",
    "dict_type": "a map",
}
_ALLOWED: Final = {
    "bool_type": "true, false",
    "greater_than_equal": "1 to 65535",
    "less_than_equal": "1 to 65535",
    "string_too_short": "a text that is not empty",
}


def faults_of(error: ValidationError, stack: str = "") -> list[RolloutError]:
    """Return a named error for each fault, with its fix for this stack."""
    return [_named(detail, stack) for detail in error.errors(include_url=False)]


def faults_below(path: str, error: ValidationError, stack: str) -> list[RolloutError]:
    """Return the faults of a part of the file that was put together after it was read."""
    details = error.errors(include_url=False)
    return [_named({**detail, "loc": (path, *detail["loc"])}, stack) for detail in details]


def missing(path: str, stack: str, *, secret: bool = False) -> RolloutError:
    """Return the error for a key that must be there."""
    if path == "phase":
        fix = f"run `{set_command(path, stack, '1')}`: no phase is assumed"
        return RolloutError("CFG001", path, "it is missing", allowed=PHASES, fix=fix)
    if path == "database":
        fix = f"write `embedded: true` below it in {stack_file(stack)}, or host, name and user"
        return RolloutError("CFG004", path, "it is missing", fix=fix)
    fix = f"run `{set_command(path, stack, '' if secret else '…', secret=secret)}`"
    return RolloutError("CFG004", path, "it is missing", fix=fix)


def unknown_key(path: str, key: str, known: Iterable[str], stack: str = "") -> RolloutError:
    """Return the error for a key that nothing reads, with the nearest that is read."""
    near = difflib.get_close_matches(key, list(known), n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    fix = f"{f'rename it to `{near[0]}`' if near else 'remove it'} in {stack_file(stack)}"
    return RolloutError("CFG003", path, f"unknown key '{key}'{hint}", allowed=", ".join(known), fix=fix)


def _named(detail: ErrorDetails, stack: str) -> RolloutError:
    *parents, last = (str(part) for part in detail["loc"] if part != KEY_MARK)
    path = ".".join((*parents, last))
    if "problem" in (context := detail.get("ctx", {})):
        return RolloutError(
            detail["type"], path, context["problem"], allowed=context["allowed"], fix=context["fix"] + _in_file(stack)
        )
    if detail["type"] == "extra_forbidden" and last in SKIPPING:
        return _skipping(path)
    if detail["type"] == "extra_forbidden":
        return unknown_key(".".join(parents), last, keys_at(StackSettings, detail["loc"][:-1]), stack)
    if detail["type"] == "missing":
        return missing(path, stack)
    if path == "phase":
        fix = f"set phase to a number from {PHASES}, as with `{set_command(path, stack, '1')}`"
        return RolloutError("CFG001", path, f"{_bare(detail['input'])} is not a phase", allowed=PHASES, fix=fix)
    fix = f"correct it in {stack_file(stack)}"
    return RolloutError("CFG002", path, _problem(detail, path), allowed=_allowed(detail), fix=fix)


def _in_file(stack: str) -> str:
    return f" in {stack_file(stack)}"


def _skipping(path: str) -> RolloutError:
    fix = "remove it; where a gate must be passed by, write an override with gate, by, why and until: it is recorded"
    return RolloutError("CFG005", path, "gates are not skipped", allowed="an override", fix=fix)


def _problem(detail: ErrorDetails, path: str) -> str:
    value = detail["input"]
    shown = "" if path in HIDDEN else f" ({_shown(value)})"
    expected = _EXPECTED.get(detail["type"])
    if expected:
        return f"{_kind(value)} where {expected} is expected{shown}"
    return f"a value that is not allowed{shown}"


def _allowed(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    if detail["type"] in {"literal_error", "enum"}:
        return str(context["expected"]).removeprefix("'', ")
    if detail["type"] == "string_pattern_mismatch":
        return f"a text of the form {context['pattern']}"
    if detail["type"] == "string_too_long":
        return f"a text of up to {context['max_length']} characters"
    if detail["type"] == "model_type":
        return "the keys " + ", ".join(keys_at(StackSettings, detail["loc"]))
    return _ALLOWED.get(detail["type"], "")


def _kind(value: Any) -> str:
    for kind, name in (*_KINDS, *_COLLECTIONS):
        if isinstance(value, kind):
            return name
    return "nothing"


def _bare(value: Any) -> str:
    """Return a text as it is and anything else as in a stack file."""
    return (value or "''") if isinstance(value, str) else _shown(value)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
