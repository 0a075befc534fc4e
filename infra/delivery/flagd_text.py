"""The flags as a flag file for flagd: rendered, judged against flagd's own rules, and read back."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra.errors import RolloutError, RolloutErrors
from infra.models.flag import FlagName
from infra.pipeline.flags import flag

#: Says of a file that it is ours.
FLAG_SET: Final = "creative-pipeline"
SCHEMA: Final = "https://flagd.dev/schema/v0/flags.json"
_COHORT: Final = "cohort"
_VARIANTS: Final = {"on": True, "off": False}
#: flagd puts the content of the evaluator in the place of the reference, braces and all: so it must be an object.
_FOR_THE_COHORT: Final = {"if": [{"$ref": _COHORT}, "on", "off"]}


@dataclass(frozen=True)
class FlagdContent:
    """What a file says: the flags, which of them are for the cohort alone, and who is in the cohort."""

    flags: dict[str, bool]
    cohort_only: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


def render_flagd(flags: Mapping[str, bool], cohort_only: Collection[str], members: Collection[str]) -> str:
    """Return the file's text; a flag for the cohort alone is off for whoever is not a member.

    Raises:
        RolloutErrors: DLV001 when flagd would not take the file.
    """
    document = _document(flags, cohort_only, members)
    if problems := flagd_problems(document):
        raise RolloutErrors([RolloutError("DLV001", "flagd", problem) for problem in problems])
    return json.dumps(document, indent=2) + "\n"


def _document(flags: Mapping[str, bool], cohort_only: Collection[str], members: Collection[str]) -> dict[str, Any]:
    definitions = {
        name.value: _definition(name, on=flags[name], for_cohort=name in cohort_only)
        for name in FlagName
        if name in flags
    }
    evaluators = {_COHORT: {"in": [{"var": "targetingKey"}, sorted(set(members))]}}
    digest = hashlib.sha256(json.dumps([definitions, evaluators], sort_keys=True).encode()).hexdigest()
    return {
        "$schema": SCHEMA,
        "metadata": {"flagSetId": FLAG_SET, "version": digest[:12]},
        "flags": definitions,
        "$evaluators": evaluators,
    }


def _definition(name: FlagName, *, on: bool, for_cohort: bool) -> dict[str, Any]:
    targeting = {"targeting": _FOR_THE_COHORT} if on and for_cohort else {}
    audience = _COHORT if for_cohort else "everyone"
    return {
        "state": "ENABLED",
        "variants": _VARIANTS,
        # What counts without a targeting key, or when targeting fails.
        "defaultVariant": "on" if on and not for_cohort else "off",
        **targeting,
        # flagd has no place for these; `enabled` tells a flag that is off from one that is on for the cohort.
        "metadata": {"description": flag(name).description, "audience": audience, "enabled": on},
    }


def parse_flagd(text: str) -> FlagdContent | None:
    """Return what a file of ours says; None for somebody else's.

    A flag that is not defined as we would define it is left out, so that it shows as missing and is written anew.
    """
    try:
        document = json.loads(text)
        ours = document["metadata"]["flagSetId"] == FLAG_SET
    except (ValueError, KeyError, TypeError):
        return None
    return _content(document) if ours else None


def _content(document: Mapping[str, Any]) -> FlagdContent:
    definitions = _map(document.get("flags"))
    flags: dict[str, bool] = {}
    cohort_only = []
    for name in FlagName:
        given = _map(definitions.get(name))
        told = _map(given.get("metadata"))
        on, for_cohort = told.get("enabled") is True, told.get("audience") == _COHORT
        if given and given == _definition(name, on=on, for_cohort=for_cohort):
            flags[name.value] = on
            cohort_only += [name.value] if for_cohort else []
    return FlagdContent(flags, tuple(cohort_only), _members(document))


def _members(document: Mapping[str, Any]) -> tuple[str, ...]:
    match document.get("$evaluators"):
        case {"cohort": {"in": [{"var": "targetingKey"}, [*members]]}}:
            return tuple(str(member) for member in members)
        case _:
            return ()


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def flagd_problems(document: Mapping[str, Any]) -> list[str]:
    """Return what flagd would refuse: states, variants of one type, defaults and references that exist."""
    evaluators = _map(document.get("$evaluators"))
    found = [f"$evaluators.{name}: not a rule" for name, rule in evaluators.items() if not isinstance(rule, dict)]
    for name, value in _map(document.get("metadata")).items():
        if not isinstance(value, str | int | float):
            found.append(f"metadata.{name}: neither text, number nor boolean")
    for name, given in _map(document.get("flags")).items():
        found += [f"flags.{name}: {problem}" for problem in _flag_problems(_map(given), evaluators)]
    return found


def _flag_problems(given: Mapping[str, Any], evaluators: Collection[str]) -> list[str]:
    variants = _map(given.get("variants"))
    outcomes = [*_outcomes(given.get("targeting")), given.get("defaultVariant")]
    problems = {
        "state is neither ENABLED nor DISABLED": given.get("state") not in ("ENABLED", "DISABLED"),
        "there are no variants": not variants,
        "variants are of different types": len({type(value) for value in variants.values()}) > 1,
        "a result is no variant": any(outcome is not None and outcome not in variants for outcome in outcomes),
        "targeting refers to what is not there": not _references(given.get("targeting")) <= set(evaluators),
    }
    return [problem for problem, holds in problems.items() if holds]


def _outcomes(targeting: Any) -> list[Any]:
    match targeting:
        case {"if": [_, then, otherwise]}:
            return [*_outcomes(then), *_outcomes(otherwise)]
        case str():
            return [targeting]
        case _:
            return []


def _references(rule: Any) -> set[str]:
    match rule:
        case {"$ref": name}:
            return {str(name)}
        case dict():
            return set().union(*map(_references, rule.values()))
        case list():
            return set().union(*map(_references, rule))
        case _:
            return set()
