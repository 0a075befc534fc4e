"""The comment of each kind of change, word by word, in the files beside this one; and what stands in its first lines.

The plans come from a real PostgreSQL 18. `pytest tests/report/comment --write-snapshots` writes the files anew: read
the difference as a reviewer of a pull request would before you commit it.
"""

from pathlib import Path
from typing import Final

import pytest

from infra.preview.document import PlanDocument
from infra.report.comment import LONGEST, write_comment
from infra.report.markdown import length
from tests.report.comment.scenes import settled

FOLDER: Final = Path(__file__).parent / "snapshots"
NAMES: Final = (
    "first-deploy",
    "advance-2-to-3",
    "advance-2-to-3-refused",
    "roll-back-4-to-2",
    "dropped-policy",
    "type-change",
    "destructive-type-change",
    "index-added",
    "grant-to-anon",
    "dropped-with-check",
    "adoption",
    "tampered-with",
    "nothing-to-do",
    "thousand-changes",
)
DOCUMENT: Final = Path(__file__).parents[3] / "docs" / "reviewing.md"
_BEGIN: Final = "```markdown\n"
_END: Final = "\n```\n"
_HEAD: Final = 10
#: What a reviewer must not have to look for.
FIRST_LINES: Final = {
    "grant-to-anon": ("Access is widened, for visitors without a login too", "anon may now select creator_profiles"),
    "tampered-with": ("A guard was weakened out of band", "SELECT on public.creator_profiles was granted to anon"),
    "dropped-with-check": ("Access is widened", "creator_update on creator_profiles has no WITH CHECK any more"),
    "destructive-type-change": ("Refused", "Data would be lost", "metric_unit from text to integer"),
}


def _comment(plan: PlanDocument) -> str:
    return settled(write_comment(plan, "creative-pipeline"))


def test_the_documents_example_is_a_real_one(plans: dict[str, PlanDocument], pytestconfig: pytest.Config) -> None:
    """What docs/reviewing.md explains is the head of the comment above; written anew together with the others."""
    head = "\n".join(_comment(plans["dropped-with-check"]).split("\n\n<details>")[0].splitlines()[1:])
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    wanted = f"{before}{_BEGIN}{head}{_END}{after}"
    if pytestconfig.getoption("write_snapshots", default=False):
        DOCUMENT.write_text(wanted, encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == wanted


def test_every_plan_is_shown(plans: dict[str, PlanDocument]) -> None:
    assert set(plans) == set(NAMES)
    assert {file.stem for file in FOLDER.glob("*.md")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_snapshot(plans: dict[str, PlanDocument], name: str, pytestconfig: pytest.Config) -> None:
    """What varies from server to server apart, the comment is what is committed; with a way to write it anew."""
    found, file = _comment(plans[name]), FOLDER / f"{name}.md"
    assert length(found) <= LONGEST
    if pytestconfig.getoption("write_snapshots", default=False):
        file.write_text(found, encoding="utf-8")
    assert found == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FIRST_LINES)
def test_the_worst_is_in_the_first_ten_lines(plans: dict[str, PlanDocument], name: str) -> None:
    head = "\n".join(_comment(plans[name]).splitlines()[:_HEAD])
    assert [words for words in FIRST_LINES[name] if words not in head] == []


def test_the_worst_is_in_the_first_ten_lines_of_all_at_once(plans: dict[str, PlanDocument]) -> None:
    """Whoever hides a grant to anon among a thousand other changes, and all the rest, is found out as well."""
    crowd = [plans[name] for name in ("adoption", "thousand-changes", *FIRST_LINES)]
    together = crowd[0].model_copy(
        update={
            field: tuple(item for plan in crowd for item in getattr(plan, field))
            for field in ("objects", "hazards", "access", "drift", "errors")
        }
    )
    text = _comment(together)
    assert length(text) <= LONGEST
    head = "\n".join(text.splitlines()[:_HEAD])
    for words in ("Refused", "was granted to anon", "anon may now select", "metric_unit from text to integer"):
        assert words in head
