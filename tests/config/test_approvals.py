"""What is approved on a stack, by its own file and by files beside it; what is malformed is refused with its fix."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.config.approvals import gather, unknown_objects
from infra.models.approval import Approval
from infra.pipeline.definition import define
from infra.pipeline.phases import rollout

SOON = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
LATE = f"{datetime.now(UTC) + timedelta(days=200):%Y-%m-%d}"
GOOD = {
    "hazard": "CORRECTNESS",
    "object": "policy public.creator_profiles.creator_update",
    "why": "the mentors' page",
    "by": "ada@example.org",
    "until": SOON,
}


def written(folder: Path, content: Any, name: str = "approvals.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return folder


def test_files_beside_the_stack_files_count_like_its_own_key(tmp_path: Path) -> None:
    """Each with its place; those of another stack, and files by other names, do not."""
    written(tmp_path, [GOOD | {"stack": "prod"}])
    written(tmp_path, [GOOD, GOOD | {"stack": "staging"}], "approvals/mentors.yml")
    written(tmp_path, "- nothing of ours", "approvals/README.md")
    found, problems = gather((Approval.model_validate(GOOD),), tmp_path, "staging")
    assert problems == []
    assert [one.where for one in found] == ["Pulumi.staging.yaml", "approvals/mentors.yml", "approvals/mentors.yml"]


def test_an_expired_one_is_read_and_told_later(tmp_path: Path) -> None:
    """It is no fault of the configuration: the next run of the same file would fail for the date alone."""
    found, problems = gather((), written(tmp_path, [GOOD | {"until": "2020-01-01"}]), "staging")
    assert (len(found), problems) == (1, [])
    assert not found[0].approval.holds(datetime.now(UTC))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([GOOD | {"hazard": "CORRECTNES"}], "there is no hazard CORRECTNES; did you mean 'CORRECTNESS'?"),
        ([GOOD | {"hazard": "all of it"}], "is not the code of a hazard"),
        ([GOOD | {"object": "policy *"}], "names no object"),
        ([GOOD | {"object": "creator_profiles"}], "names no object"),
        ([GOOD | {"why": " "}], "who and why must be said"),
        ([GOOD | {"until": "soon"}], "is not a date"),
        ([GOOD | {"until": LATE}], "an approval is of one change, not for good"),
        ([GOOD | {"unless": "it rains"}], "unknown key 'unless'"),
        ([{"hazard": "CORRECTNESS"}], "names no object"),
        ({"approvals": [GOOD]}, "it is not a list"),
        ("- [", "it cannot be read as YAML"),
        (["CORRECTNESS"], "approvals.yaml 1"),
    ],
)
def test_what_is_malformed_is_refused_with_its_place(tmp_path: Path, content: Any, told: str) -> None:
    _, problems = gather((), written(tmp_path, content), "staging")
    assert problems
    assert {problem.code for problem in problems} == {"APP002"}
    assert any(told in str(problem) for problem in problems), list(map(str, problems))
    assert all("approvals.yaml" in problem.path for problem in problems)


def test_an_object_that_there_is_not_is_a_warning(tmp_path: Path) -> None:
    """It may be what the change takes away."""
    slip = GOOD | {"object": "policy public.creator_profiles.creator_updates"}
    found, problems = gather((), written(tmp_path, [GOOD, slip]), "staging")
    assert problems == []
    (warning,) = unknown_objects(found, define(rollout(1), deployer="deployer"))
    assert "did you mean 'policy public.creator_profiles.creator_update'?" in str(warning)
