"""The rules in the program's own run: what the whole definition shows to be wrong ends it before anything is declared.

Both engines run the program for a preview, so this fails a preview as it fails an `up`.
"""

from typing import Any, Final

import pulumi
import pytest

from infra.checks import RULES
from infra.models.configuration import Configuration
from infra.models.definition import Definition
from infra.pipeline import definition as pipeline
from tests.checks.mistakes import MISTAKES
from tests.checks.samples import Mistake
from tests.program.graph import Recorder, run_program

NAMES: Final = sorted({rule.name for rule in RULES if rule.subject is not Configuration})
FIRST_OF_EACH: Final = [next(mistake for mistake in MISTAKES if mistake.rule == name) for name in NAMES]


@pytest.mark.parametrize("mistake", FIRST_OF_EACH, ids=lambda mistake: mistake.rule)
def test_a_mistake_ends_the_program(mistake: Mistake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its error is what whoever runs the program reads, and the stack alone was registered."""
    registered: list[str] = []
    register = Recorder.RegisterResource

    def noted(recorder: Recorder, request: Any) -> Any:
        registered.append(request.type)
        return register(recorder, request)

    monkeypatch.setattr(Recorder, "RegisterResource", noted)
    spoiled = Definition.load(mistake.spoiled)
    monkeypatch.setattr(pipeline, "define", lambda *_given, **_settings: spoiled)
    with pytest.raises(pulumi.RunError) as caught:
        run_program()
    assert mistake.said in str(caught.value)
    assert set(registered) <= {"pulumi:pulumi:Stack"}
