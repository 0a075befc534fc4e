"""Every rule finds its mistake, says the fix, and is content once the fix is applied; each has its page."""

import re
from pathlib import Path

import pytest

from infra.checks import RULES, check_definition, check_object, config_secrets
from infra.errors import CODES
from infra.models.definition import Definition
from tests.checks.mistakes import MISTAKES
from tests.checks.samples import Mistake, sound

PAGES = Path(__file__).parents[2] / "docs" / "rules"


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.label)
def test_finds_the_mistake_and_nothing_else(mistake: Mistake) -> None:
    found = [str(error) for error in check_definition(Definition.load(mistake.spoiled))]
    rule = next(rule for rule in RULES if rule.name == mistake.rule)
    assert [text for text in found if text.startswith(rule.code)], found
    own = [text for text in found if text.startswith(mistake.said)]
    assert len(own) == 1, found
    assert re.fullmatch(r"[A-Z]+\d{3} \S.*?: .+ \(.*\)(, .*)?\. Allowed: .+\. Fix: .+\.", own[0]), own[0]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.label)
def test_is_content_with_the_fix(mistake: Mistake) -> None:
    assert check_definition(Definition.load(mistake.fixed)) == []


def test_the_sound_definition_is_sound() -> None:
    assert check_definition(sound()) == []


def test_every_rule_has_a_mistake_and_a_page() -> None:
    """One name ties a rule, its page and its mistakes; its code stands on the page."""
    names = {rule.name for rule in RULES}
    # What is written in a stack's configuration has mistakes of its own: tests/checks/config_mistakes.py.
    assert names == {mistake.rule for mistake in MISTAKES} | {config_secrets.RULE.name}
    assert names == {page.stem for page in PAGES.glob("*.md")} - {"README"}
    listed = (PAGES / "README.md").read_text(encoding="utf-8")
    for rule in RULES:
        assert rule.code in CODES
        assert (PAGES.parents[1] / rule.page).read_text(encoding="utf-8").startswith(f"# {rule.code} {rule.name}\n")
        assert f"| {rule.code} | [{rule.name}]({rule.name}.md) |" in listed


def test_codes_are_one_a_rule() -> None:
    assert len({rule.code for rule in RULES}) == len({rule.name for rule in RULES})


def test_all_faults_are_told_at_once() -> None:
    """A person mends a policy in one go: every rule that it breaks is named."""
    policy = Definition.load(
        {
            **{key: value for key, value in MISTAKES[0].fixed.items() if key != "policies"},
            "policies": [{"table": "notes", "name": "p", "command": "insert", "roles": [], "using": "auth.uid() = id"}],
        }
    ).policies[0]
    assert {error.code for error in check_object(policy)} == {"SEC014", "SEC015", "SEC016"}
