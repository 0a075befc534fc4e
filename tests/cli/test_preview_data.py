"""What `preview` says beyond the engine's diff, for a change made by hand and for the next phase."""

import json

from infra.preview.document import PlanDocument
from tests.cli.commands import Project
from tests.cli.on_server import STACK, on_server
from tests.clusters import Database
from tests.phases.rollouts import staged


def test_a_preview_tells_of_access_and_hazards(project: Project, database18: Database) -> None:
    """With the SQL and its way back in the document; nothing is changed."""
    on_server(project, database18, phase=5, overrides=[], deployed=True)
    with database18.connect(user="admin") as connection:
        connection.execute("GRANT SELECT ON public.creator_profiles TO anon")
    done = project.rollout("preview", "--engine", "embedded", "--stack", STACK, "--json")
    plan = json.loads(done.out)["plan"]
    (item,) = (item for item in plan["objects"] if item["object"] == "relation:public.creator_profiles")
    assert any('FROM "anon"' in text for text in item["steps"][0]["sql"])
    assert any('TO "anon"' in text for text in item["back"])
    assert {"sentence": "anon may no longer select creator_profiles", "widens": False} in plan["access"]
    assert plan["errors"] == []
    read = PlanDocument.from_text(done.out)
    assert read == PlanDocument.from_json(plan)
    assert (read.phase.before, read.phase.after) == (5, 5)
    assert read.gate is None
    assert read.protected
    assert [(hazard.code, hazard.needs_approval) for hazard in read.hazards] == [("ACCESS_NARROWED", False)]
    assert read.to_json() == plan


def test_a_preview_that_fails_has_a_document_too(project: Project, database18: Database) -> None:
    """What does not go through is said, with the gate that stays shut and the change that would lose values."""
    with staged(database18, 2):
        on_server(project, database18, deployed=False, phase=3, overrides=[])
        with database18.connect(user="admin") as connection:
            connection.execute("ALTER TABLE public.pipeline_sessions ALTER COLUMN processing_time_ms TYPE bigint")
        done = project.rollout("preview", "--engine", "embedded", "--stack", STACK, "--json")
    assert done.code == 1
    plan = PlanDocument.from_text(done.out)
    assert (plan.phase.before, plan.phase.after) == (2, 3)
    assert plan.gate is not None
    assert (plan.gate.number, plan.gate.passed) == (2, False)
    assert {"GATE001", "ADOPT001"} <= {error.partition(" ")[0] for error in plan.errors}
    (table,) = (one for one in plan.objects if one.errors)
    assert table.object == "public.pipeline_sessions"
    assert {"DELETES_DATA", "REWRITE"} <= set(table.hazards)
    assert "at most 50 beta creators may now have a profile, 10 before" in {one.sentence for one in plan.access}
    assert plan.commands.roll_back == f"rollout rollback --to 2 --stack {STACK}"


def test_a_stack_file_that_is_refused_has_a_document_too(project: Project) -> None:
    """Every fault of the file is in it, and of the database nothing."""
    project.configure(phase=7, cohort={"caps": {"3": 900}})
    done = project.rollout("preview", "--json")
    assert done.code == 1
    assert not done.document["ok"]
    plan = PlanDocument.from_json(done.document)
    assert {error.partition(" ")[0] for error in plan.errors} == {"CFG001", "COH002"}
    assert (plan.objects, plan.phase.before) == ((), None)
    assert project.rollout("preview", "--json", "--stack", "nowhere").document.get("plan") is None
