"""flagd's file: valid by its rules, off for whoever is outside of the cohort, and read back as it is."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.delivery.flagd_text import FlagdContent, flagd_problems, parse_flagd, render_flagd
from infra.models.flag import FlagName

NAMES = [name.value for name in FlagName]
ANN, BEA = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-000000000001"
ENABLE, ASSESSMENT, LAUNCH = NAMES[0], NAMES[1], NAMES[3]
PHASE_2 = {name: name in (ENABLE, ASSESSMENT) for name in NAMES}


def evaluate(document: dict[str, Any], name: str, user: str | None) -> bool:
    """Answer as flagd does: the evaluator's content takes the place of the reference, then the rule is followed."""
    text = json.dumps(document["flags"][name])
    for evaluator, rule in document["$evaluators"].items():
        text = text.replace(json.dumps({"$ref": evaluator})[1:-1], json.dumps(rule)[1:-1])
    given = json.loads(text)
    variant = _follow(given["targeting"], {"targetingKey": user}) if "targeting" in given else given["defaultVariant"]
    result: bool = given["variants"][variant]
    return result


def _follow(rule: Any, context: dict[str, Any]) -> Any:
    match rule:
        case {"if": [condition, then, otherwise]}:
            return _follow(then if _follow(condition, context) else otherwise, context)
        case {"in": [one, many]}:
            return _follow(one, context) in _follow(many, context)
        case {"var": name}:
            return context[name]
        case _:
            return rule


def test_outside_of_the_cohort_it_is_off() -> None:
    """The guide's "for specific test users": on for a member, off for all others, known or not."""
    document = json.loads(render_flagd(PHASE_2, [ENABLE, LAUNCH], [ANN]))
    users = [ANN, BEA, None]
    assert [evaluate(document, ENABLE, user) for user in users] == [True, False, False]
    assert [evaluate(document, ASSESSMENT, user) for user in users] == [True, True, True]
    assert [evaluate(document, LAUNCH, user) for user in users] == [False, False, False]


def test_an_empty_cohort_lets_nobody_in() -> None:
    document = json.loads(render_flagd(PHASE_2, [ENABLE], []))
    assert not evaluate(document, ENABLE, ANN)


def test_the_file_is_what_flagd_takes() -> None:
    """By the schema at flagd.dev: state, variants of one type, a default among them, plain metadata."""
    document = json.loads(render_flagd(PHASE_2, [ENABLE], [BEA, ANN]))
    assert set(document) == {"$schema", "metadata", "flags", "$evaluators"}
    assert document["metadata"]["flagSetId"] == "creative-pipeline"
    assert isinstance(document["metadata"]["version"], str)
    assert list(document["flags"]) == NAMES
    for definition in document["flags"].values():
        assert set(definition) <= {"state", "variants", "defaultVariant", "targeting", "metadata"}
        assert definition["state"] == "ENABLED"
        assert definition["variants"] == {"on": True, "off": False}
        assert definition["defaultVariant"] in definition["variants"]
    assert document["$evaluators"] == {"cohort": {"in": [{"var": "targetingKey"}, [BEA, ANN]]}}


def test_the_version_is_that_of_the_content() -> None:
    """The same flags have the same version, whoever renders them and in whatever order."""
    versions = [
        json.loads(render_flagd(flags, [ENABLE], members))["metadata"]["version"]
        for flags, members in [
            (PHASE_2, [ANN, BEA]),
            (dict(reversed(PHASE_2.items())), [BEA, ANN]),
            (PHASE_2, [ANN]),
            (PHASE_2 | {ENABLE: False}, [ANN, BEA]),
        ]
    ]
    assert versions[0] == versions[1]
    assert len(set(versions)) == 3


@given(
    st.dictionaries(st.sampled_from(NAMES), st.booleans()),
    st.sets(st.sampled_from(NAMES)),
    st.lists(st.uuids().map(str), unique=True),
)
def test_what_is_written_is_read(flags: dict[str, bool], cohort_only: set[str], members: list[str]) -> None:
    """Whether a flag that is off is for the cohort alone is kept as well: it makes no difference to flagd."""
    told = tuple(name for name in NAMES if name in cohort_only and name in flags)
    assert parse_flagd(render_flagd(flags, cohort_only, members)) == FlagdContent(flags, told, tuple(sorted(members)))


BREAKS: list[tuple[str, Callable[[dict[str, Any]], None]]] = [
    ("variant", lambda flag: flag.update(defaultVariant="on")),
    ("state", lambda flag: flag.update(state="DISABLED")),
    ("targeting", lambda flag: flag.pop("targeting")),
    ("rule", lambda flag: flag.update(targeting={"if": [{"==": [1, 1]}, "on", "off"]})),
    ("meaning", lambda flag: flag.update(variants={"on": True, "off": True})),
    ("gone", lambda flag: flag.clear()),
]


@pytest.mark.parametrize(("what", "break_"), BREAKS, ids=[what for what, _ in BREAKS])
def test_a_flag_that_was_changed_by_hand_is_not_taken_for_ours(
    what: str, break_: Callable[[dict[str, Any]], None]
) -> None:
    """It is left out, so that it shows as missing and is written anew; the others are read as they are."""
    del what
    document = json.loads(render_flagd(PHASE_2, [ENABLE], [ANN]))
    break_(document["flags"][ENABLE])
    content = parse_flagd(json.dumps(document))
    assert content is not None
    assert content.flags == {name: on for name, on in PHASE_2.items() if name != ENABLE}


@pytest.mark.parametrize("rule", [{}, {"in": [{"var": "email"}, [ANN]]}, {"or": [True]}])
def test_a_cohort_that_was_changed_by_hand_has_no_members(rule: dict[str, Any]) -> None:
    document = json.loads(render_flagd(PHASE_2, [ENABLE], [ANN]))
    document["$evaluators"]["cohort"] = rule
    content = parse_flagd(json.dumps(document))
    assert content is not None
    assert content.members == ()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"metadata": {"flagSetId": "theirs"}}', '{"metadata": 1}'])
def test_a_file_of_another_flag_set_is_not_ours(text: str) -> None:
    assert parse_flagd(text) is None


WRONG: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
    ("not a rule", lambda given: given["$evaluators"].update(cohort=["x"])),
    ("metadata", lambda given: given["metadata"].update(version=None)),
    ("ENABLED nor DISABLED", lambda given: given["flags"][ENABLE].update(state="on")),
    ("no variants", lambda given: given["flags"][ENABLE].update(variants={})),
    ("different types", lambda given: given["flags"][ENABLE].update(variants={"on": True, "off": "no"})),
    ("is no variant", lambda given: given["flags"][ENABLE].update(defaultVariant="maybe")),
    ("is no variant", lambda given: given["flags"][ENABLE]["targeting"]["if"].__setitem__(1, "maybe")),
    ("refers to", lambda given: given["$evaluators"].clear()),
]


@pytest.mark.parametrize(("said", "break_"), WRONG, ids=[f"{place}-{said}" for place, (said, _) in enumerate(WRONG)])
def test_what_flagd_would_refuse_is_found(said: str, break_: Callable[[dict[str, Any]], Any]) -> None:
    document = json.loads(render_flagd(PHASE_2, [ENABLE], [ANN]))
    assert flagd_problems(document) == []
    broken = copy.deepcopy(document)
    break_(broken)
    assert any(said in problem for problem in flagd_problems(broken)), flagd_problems(broken)
