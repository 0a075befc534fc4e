"""The flags as AppConfig's type AWS.AppConfig.FeatureFlags has them: rendered, judged by its rules, and read back."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra.errors import RolloutError, RolloutErrors
from infra.models.flag import FlagName
from infra.pipeline.flags import flag

AUDIENCE: Final = "audience"
COHORT: Final = "cohort"
EVERYONE: Final = "everyone"
#: AppConfig's limits, from its type reference and quotas.
MAX_BYTES: Final = 1024 * 1024
MAX_NAME: Final = 64
MAX_DESCRIPTION: Final = 1024
MAX_ATTRIBUTES: Final = 25
MAX_TEXT: Final = 1024
_KEY: Final = re.compile(r"[a-z][a-zA-Z\d_-]{0,63}")
_ATTRIBUTE: Final = {
    "description": "Who has the flag while it is on",
    "constraints": {"type": "string", "enum": [COHORT, EVERYONE], "required": True},
}
#: AppConfig adds these by itself.
_STAMPS: Final = frozenset({"_createdAt", "_updatedAt"})


@dataclass(frozen=True)
class FlagContent:
    """What a configuration says: the flags, which of them are for the cohort alone, and the keys of others' flags."""

    flags: dict[str, bool]
    cohort_only: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def key_of(name: str) -> str:
    """Return the key for a flag, such as ``enableCreativePipeline``: AppConfig's begin with a small letter."""
    first, *others = name.lower().split("_")
    return first + "".join(word.capitalize() for word in others)


def render_feature_flags(flags: Mapping[str, bool], cohort_only: Collection[str]) -> bytes:
    """Return the configuration as AppConfig stores it.

    Raises:
        RolloutErrors: AWS002 with everything that AppConfig would refuse.
    """
    names = [name for name in FlagName if name in flags]
    document = {
        "version": "1",
        "flags": {key_of(name): _definition(name) for name in names},
        "values": {key_of(name): _value(on=flags[name], for_cohort=name in cohort_only) for name in names},
    }
    content = json.dumps(document, indent=1).encode()
    problems = feature_flag_problems(document)
    if len(content) > MAX_BYTES:
        problems.append(f"it has {len(content)} bytes, more than {MAX_BYTES}")
    if problems:
        raise RolloutErrors([RolloutError("AWS002", "aws appconfig", problem) for problem in problems])
    return content


def _definition(name: FlagName) -> dict[str, Any]:
    return {"name": name.value, "description": flag(name).description, "attributes": {AUDIENCE: _ATTRIBUTE}}


def _value(*, on: bool, for_cohort: bool) -> dict[str, Any]:
    return {"enabled": on, AUDIENCE: COHORT if for_cohort else EVERYONE}


def parse_feature_flags(content: bytes) -> FlagContent:
    """Return what a configuration says; a flag with a value that we would not give it is left out."""
    try:
        document = _map(json.loads(content))
    except ValueError:
        return FlagContent({})
    values = _map(document.get("values"))
    others = (_map(document.get("flags")).keys() | values.keys()) - set(map(key_of, FlagName))
    flags: dict[str, bool] = {}
    cohort_only = []
    for name in FlagName:
        given = {key: value for key, value in _map(values.get(key_of(name))).items() if key not in _STAMPS}
        on, for_cohort = given.get("enabled") is True, given.get(AUDIENCE) == COHORT
        if given == _value(on=on, for_cohort=for_cohort):
            flags[name.value] = on
            cohort_only += [name.value] if for_cohort else []
    return FlagContent(flags, tuple(cohort_only), tuple(sorted(others)))


def feature_flag_problems(document: Mapping[str, Any]) -> list[str]:
    """Return what AppConfig would refuse: keys, lengths, attributes without a definition or out of their limits."""
    definitions, values = _map(document.get("flags")), _map(document.get("values"))
    found = [] if document.get("version") == "1" else ["version: it is not 1"]
    found += [f"values.{key}: the flag has no definition" for key in values if key not in definitions]
    for key, definition in definitions.items():
        found += [f"flags.{key}: {problem}" for problem in _definition_problems(key, definition)]
        attributes = _map(definition.get("attributes"))
        found += [f"values.{key}: {problem}" for problem in _value_problems(_map(values.get(key)), attributes)]
    return found


def _definition_problems(key: str, definition: Mapping[str, Any]) -> list[str]:
    attributes = _map(definition.get("attributes"))
    problems = {
        "the key is not one of AppConfig's": not all(map(_KEY.fullmatch, (key, *attributes))),
        f"the name is longer than {MAX_NAME}": len(definition.get("name", "")) > MAX_NAME,
        f"the description is longer than {MAX_DESCRIPTION}": len(definition.get("description", "")) > MAX_DESCRIPTION,
        f"there are more than {MAX_ATTRIBUTES} attributes": len(attributes) > MAX_ATTRIBUTES,
    }
    return [problem for problem, holds in problems.items() if holds]


def _value_problems(value: Mapping[str, Any], attributes: Mapping[str, Any]) -> list[str]:
    found = [] if isinstance(value.get("enabled"), bool) else ["enabled is neither true nor false"]
    found += [f"{name} has no definition" for name in value if name != "enabled" and name not in attributes]
    for name, attribute in attributes.items():
        limits, given = _map(attribute.get("constraints")), value.get(name)
        if given is None and limits.get("required"):
            found.append(f"{name} is missing")
        elif given is not None and given not in limits.get("enum", [given]):
            found.append(f"{name} is none of {', '.join(limits['enum'])}")
        elif isinstance(given, str) and len(given) > MAX_TEXT:
            found.append(f"{name} is longer than {MAX_TEXT}")
    return found


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
