"""The rules asked of resources find what they find in a definition, and name the resource whose fault it is."""

from typing import Any

import pytest

from infra.checks import check_definition
from infra.checks.stack import (
    MEMBERSHIP,
    OBJECT_RULES,
    STACK_RULES,
    Resource,
    Violation,
    broken,
    broken_together,
    malformed,
    unfitting,
)
from infra.models.base import Model
from infra.models.definition import Definition
from tests.checks.mistakes import MISTAKES
from tests.checks.samples import SOUND, Mistake
from tests.program.graph import CONFIG, run_program

KINDS = ("roles", "settings", "tables", "functions", "policies", "indexes", "views", "triggers", "grants")


def resources_of(properties: dict[str, Any], provider: str = "one") -> list[Resource]:
    """What an engine would have of a definition: each object's own inputs, and its members' by pulumi-postgresql."""
    definition = Definition.load(properties)
    models: list[Model] = [model for kind in KINDS for model in getattr(definition, kind)]
    members = [{"role": one.member, "grantRole": one.role} for one in definition.memberships]
    return [
        *(member(f"urn of member {number}", **one) for number, one in enumerate(members)),
        *(
            Resource.of(f"urn of {number}", f"rollout:postgres:{type(model).__name__}", model.dump(), provider)
            for number, model in enumerate(models)
        ),
    ]


def member(urn: str, **inputs: str) -> Resource:
    return Resource.of(urn, MEMBERSHIP, {**inputs, "withAdminOption": False}, "another provider")


def judge(resources: list[Resource]) -> list[Violation]:
    """Everything that a pack would report."""
    found = [violation for resource in resources for violation in malformed(resource)]
    found += [violation for rule in OBJECT_RULES for resource in resources for violation in broken(rule, resource)]
    found += unfitting(resources)
    return found + [violation for rule in STACK_RULES for violation in broken_together(rule, resources)]


@pytest.mark.parametrize(("phase", "access"), [("1", "service"), ("5", "legacy")])
def test_the_pipeline_s_own_program_breaks_no_rule(phase: str, access: str) -> None:
    """As the program registers it, with the members that pulumi-postgresql makes."""
    made = run_program({**CONFIG, "phase": phase, "access": access}).made
    resources = [Resource.of(item.urn, item.type, item.inputs, item.request.provider) for item in made]
    assert len([one for one in resources if one.text != "{}"]) > 130
    assert judge(resources) == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.label)
def test_the_same_is_found_as_in_the_definition_each_once(mistake: Mistake) -> None:
    """No rule is left out, none is asked twice, and each violation has its resource and its page."""
    found = judge(resources_of(mistake.spoiled))
    expected = check_definition(Definition.load(mistake.spoiled))
    assert sorted(str(one.error) for one in found) == sorted(map(str, expected))
    assert expected
    for one in found:
        assert one.urn.startswith("urn of ")
        assert one.text.startswith(f"{one.error} See docs/rules/")


def test_a_violation_is_the_resource_s_own() -> None:
    """The longest identity counts: a policy's fault is not its table's, whose name begins the policy's."""
    resources = resources_of(SOUND)
    without_index = [one for one in resources if not one.type.endswith(":Index")]
    types = {one.urn: one.type.rpartition(":")[2] for one in resources}
    assert {(one.error.code, types[one.urn]) for one in judge(without_index)} == {
        ("DEF009", "Table"),
        ("DEF010", "Policy"),
    }


def test_what_is_no_object_of_its_kind_is_told_and_not_judged() -> None:
    wrong = Resource.of("it", "rollout:postgres:Role", {"name": "Robert'); --", "bypassRls": True})
    assert [(one.urn, one.error.code) for one in malformed(wrong)] == [("it", "DEF001")]
    assert [broken(rule, wrong) for rule in OBJECT_RULES] == [[] for _ in OBJECT_RULES]


def test_what_does_not_fit_together_is_told_and_not_judged() -> None:
    """A policy without its table: no rule across objects can say anything of the rest."""
    resources = [one for one in resources_of(SOUND) if one.type != "rollout:postgres:Table"]
    assert [one.error.code for one in unfitting(resources)] == ["DEF004"]
    assert [broken_together(rule, resources) for rule in STACK_RULES] == [[] for _ in STACK_RULES]


def test_two_databases_in_one_stack_are_two() -> None:
    """The same names may stand in each; together they would stand twice."""
    assert judge(resources_of(SOUND, "one") + resources_of(SOUND, "two")) == []
    assert {one.error.code for one in judge(resources_of(SOUND, "one") * 2)} == {"DEF003"}


def test_a_member_is_known_by_the_resource_that_makes_it_one() -> None:
    grants = [*SOUND["grants"][:2], {**SOUND["grants"][2], "entries": [{"role": "boss", "privilege": "usage"}]}]
    resources = resources_of({**SOUND, "grants": grants})
    assert [one.error.code for one in judge(resources)] == ["DEF012"]
    assert judge([*resources, member("m", role="boss", grantRole="notes_owner")]) == []


def test_no_password_is_kept() -> None:
    """Not even in memory, and one that is not known yet keeps no rule from being asked."""
    role = Resource.of("r", "rollout:postgres:Role", {"name": "notes_x", "login": True, "password": "correct horse"})
    assert "correct horse" not in role.text
    assert malformed(role) == []
