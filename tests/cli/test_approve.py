"""Approving by command: a preview that fails for want of it, the lines in the file, and a preview that goes through."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from infra.models.approval import Approval
from tests.cli.commands import Project
from tests.cli.on_server import STACK, on_server
from tests.clusters import Database

PREVIEW = ("preview", "--engine", "embedded", "--stack", STACK, "--json", "--fail-on-unapproved")


@pytest.mark.full
def test_the_lines_are_written_and_a_preview_goes_through(project: Project, database18: Database) -> None:
    """Nothing but missing approvals is an exit code of its own; what the plan needs is written down, and enough."""
    on_server(project, database18, phase=5, access="legacy", overrides=[])
    refused = project.rollout(*PREVIEW)
    assert refused.code == 6, refused.err
    needed = [note for note in json.loads(refused.out)["plan"]["hazards"] if note["needsApproval"]]
    assert {note["code"] for note in needed} >= {"ACCESS_WIDENED"}
    until = f"{datetime.now(UTC) + timedelta(days=20):%Y-%m-%d}"
    said = ("--why", "the application still writes them", "--by", "ada@example.org", "--until", until)
    where = ("--engine", "embedded", "--stack", STACK)
    named = project.rollout("approve", "--hazard", needed[0]["code"], "--object", needed[0]["object"], *said, *where)
    assert named.code == 0, named.err
    every = project.rollout("approve", "--all", "--file", "approvals/legacy.yaml", *said, *where)
    assert every.code == 0, every.err
    written = [
        Approval.model_validate(line)
        for file in ("approvals.yaml", "approvals/legacy.yaml")
        for line in yaml.safe_load((project.folder / file).read_text(encoding="utf-8"))
    ]
    assert [(one.hazard, one.object_name) for one in written] == [(note["code"], note["object"]) for note in needed]
    assert {(one.stack, one.by) for one in written} == {(STACK, "ada@example.org")}
    approved = project.rollout(*PREVIEW)
    assert approved.code == 0, approved.err
    notes = json.loads(approved.out)["plan"]["hazards"]
    assert not any(note["needsApproval"] for note in notes)
    assert {note["approval"]["where"] for note in notes if note["approval"]} == {
        "approvals.yaml",
        "approvals/legacy.yaml",
    }
