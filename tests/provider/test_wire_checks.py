"""The rules in the provider's real Check, over the wire: a preview fails with what one object shows to be wrong."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from infra.checks import RULES, check_object
from infra.models.base import Model
from infra.models.configuration import Configuration
from infra.models.definition import Definition
from infra.provider.kinds import all_handlers
from tests.checks.mistakes import MISTAKES
from tests.checks.samples import Mistake
from tests.provider.serving import Engine, ToyProvider

#: What shows in one object alone; the others take the whole definition, or the stack's file.
SUBJECTS: Final = {rule.code: rule.subject for rule in RULES if rule.subject not in {Definition, Configuration}}
OF_ONE_OBJECT: Final = [mistake for mistake in MISTAKES if mistake.said[:6] in SUBJECTS]
KINDS: Final = ("roles", "tables", "functions", "policies", "indexes", "views", "grants")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToyProvider]:
    """The provider's own kinds, which no database stands behind."""
    with (
        Engine() as engine,
        ToyProvider(tmp_path_factory.mktemp("checks"), engine.address, all_handlers) as provider,
    ):
        provider.configure()
        yield provider


def objects_of(properties: dict[str, Any]) -> list[Model]:
    definition = Definition.load(properties)
    return [model for kind in KINDS for model in getattr(definition, kind)]


def failures(provider: ToyProvider, properties: dict[str, Any]) -> list[str]:
    """Return what Check says of every object."""
    return [
        str(found.reason)
        for model in objects_of(properties)
        for found in provider.check(model.dump(), f"rollout:postgres:{type(model).__name__}").failures
    ]


def shows_in_one_object(mistake: Mistake) -> bool:
    said = [str(error) for model in objects_of(mistake.spoiled) for error in check_object(model)]
    return any(text.startswith(mistake.said) for text in said)


@pytest.mark.parametrize("mistake", OF_ONE_OBJECT, ids=lambda mistake: mistake.label)
def test_check_refuses_the_mistake_and_lets_the_fix_through(served: ToyProvider, mistake: Mistake) -> None:
    """The engine shows each failure and ends the preview; nothing was asked of a database."""
    told = [text for text in failures(served, mistake.spoiled) if text.startswith(mistake.said)]
    assert bool(told) is shows_in_one_object(mistake)
    assert failures(served, mistake.fixed) == []
    assert not served.session_log


def test_every_rule_about_one_object_is_shown_here() -> None:
    """Of a rule that knows more with the whole definition, enough mistakes show in one object."""
    assert {mistake.said[:6] for mistake in OF_ONE_OBJECT if shows_in_one_object(mistake)} == set(SUBJECTS)
