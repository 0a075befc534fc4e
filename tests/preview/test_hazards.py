"""Every hazard has a page, a change that provokes it, and one that comes near it and does not."""

from pathlib import Path

import pytest

from infra.ddl.statement import Hazard
from tests.preview.ground import Ground
from tests.preview.hazards import PROVOKED, SPARED

ROOT = Path(__file__).resolve().parents[2]
each_hazard = pytest.mark.parametrize("hazard", Hazard, ids=lambda hazard: hazard.value)


@each_hazard
def test_it_is_provoked(deployed: Ground, tmp_path: Path, hazard: Hazard) -> None:
    """The preview names it at its object, in words of its own, with its page."""
    assert hazard in PROVOKED, "a new hazard needs a change that provokes it"
    found = [note for note in PROVOKED[hazard](deployed, tmp_path) if note.code == hazard.value]
    assert found
    for note in found:
        assert note.object
        assert len(note.summary) > len(hazard.value)
        assert note.page == hazard.page


@each_hazard
def test_it_is_not_provoked_by_something_near(deployed: Ground, tmp_path: Path, hazard: Hazard) -> None:
    assert hazard in SPARED, "a new hazard needs a change that does not provoke it"
    assert hazard.value not in {note.code for note in SPARED[hazard](deployed, tmp_path)}


@each_hazard
def test_it_has_a_page(hazard: Hazard) -> None:
    """What it means, how it comes about, how it is made safe, and how it is approved; the index names it."""
    text = (ROOT / hazard.page).read_text(encoding="utf-8")
    assert text.startswith(f"# {hazard.value}\n")
    for heading in ("How it comes about", "How to make it safe", "How it is approved"):
        assert f"\n## {heading}\n" in text
    assert f"[{hazard.value}]({Path(hazard.page).name})" in (ROOT / "docs/hazards/README.md").read_text("utf-8")


def test_no_page_is_of_a_hazard_that_is_gone() -> None:
    pages = {path.name for path in (ROOT / "docs/hazards").glob("*.md")} - {"README.md"}
    assert pages == {Path(hazard.page).name for hazard in Hazard}
