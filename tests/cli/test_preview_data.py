"""What `preview` says beyond the engine's diff, for a change made by hand and for the next phase."""

import json

from infra.preview.document import PlanDocument
from tests.cli.commands import Project
from tests.cli.on_server import STACK, on_server
from tests.clusters import Database


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
    assert [hazard.code for hazard in read.hazards if hazard.needs_approval] == ["ACCESS_NARROWED"]
    assert read.to_json() == plan
