"""The rule about secrets in a configuration: it finds each, shows none, and is content once they are encrypted."""

from pathlib import Path
from typing import Final

import pytest

from infra.checks import check_object
from infra.checks.config_secrets import PROJECT_FILE
from infra.models.configuration import Configuration
from tests.checks.config_mistakes import CONFIG_MISTAKES, SECRET, TOKEN, ConfigMistake

ROOT: Final = Path(__file__).parents[2]


@pytest.mark.parametrize("mistake", CONFIG_MISTAKES, ids=lambda mistake: next(iter(mistake.spoiled)))
def test_finds_the_mistake_and_is_content_with_the_fix(mistake: ConfigMistake) -> None:
    (error,) = check_object(Configuration(stack="dev", **mistake.spoiled))
    assert str(error).startswith(mistake.said)
    assert not [word for word in (SECRET, TOKEN) if word in str(error)]
    assert check_object(Configuration(stack="dev", **mistake.fixed)) == []


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_our_own_files_hold_none(stack: str) -> None:
    """The project's file describes a password at length, and gives none."""
    project = (ROOT / PROJECT_FILE).read_text(encoding="utf-8")
    text = (ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    assert "databasePassword" in project
    assert check_object(Configuration(stack=stack, text=text, project_text=project)) == []
