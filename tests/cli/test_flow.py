"""The whole way of a stack through the real command: up, drift, repair, away, back."""

import json
import socket
from urllib.parse import urlsplit

import pytest

from infra.pooling.versions import installed_version
from tests.cli.commands import Project

DRIFT = """
ALTER TABLE public.creator_profiles DISABLE ROW LEVEL SECURITY;
DROP INDEX public.creator_economics_creator_profile_id_idx;
ALTER ROLE pipeline_monitor SET statement_timeout = '77s';
"""
PEOPLE = """
INSERT INTO auth.users (id) SELECT gen_random_uuid() FROM generate_series(1, 5);
SET session_replication_role = replica;
INSERT INTO public.creator_profiles (user_id, creative_role) SELECT id, 'musician' FROM auth.users;
"""
ROWS = "SELECT md5(string_agg(p::text, ',' ORDER BY p.id)) FROM public.creator_profiles AS p"


def test_a_stack_from_nothing_to_drift_repair_destroy_and_restore(project: Project) -> None:
    before = project.files()
    _deploy(project)
    project.psql(PEOPLE, "--admin")
    rows = project.psql(ROWS, "--admin")
    _drift_and_repair(project)
    _take_away_and_put_back(project)
    assert project.psql(ROWS, "--admin") == rows
    assert project.files() == before


def _deploy(project: Project) -> None:
    """The first `up` makes the server, says so, and ends with the table, the phase and the DSN."""
    up = project.rollout("up", "--yes")
    assert up.code == 0, up.said
    assert "making the embedded PostgreSQL in " in up.err
    assert "+ create    Table public.creator_profiles" in up.out
    assert "+ created   Table public.creator_profiles" in up.out
    assert "Table                          15" in up.out
    assert "phase     1" in up.out
    assert "postgresql://deployer@127.0.0.1:" in up.out
    assert "rollout db url" in up.out
    assert ("postgresql://authenticator@127.0.0.1:" in up.out) == (installed_version() is not None)
    status = project.rollout("status", "--json").document
    assert (status["phase"], status["agrees"], status["drift"]) == (1, True, [])
    assert status["database"]["server"].startswith("PostgreSQL 18.")
    assert status["resources"]["Table"] == 15


def _drift_and_repair(project: Project) -> None:
    """What was changed by hand is shown property by property, old to new, and `up` repairs it."""
    project.psql(DRIFT, "--admin")
    refused = project.rollout("up", "--yes", "--expect-no-changes", "--json")
    assert refused.code == 3
    steps = {step["name"]: step for step in refused.document["steps"] if step["op"] != "same"}
    change = steps["role:pipeline_monitor:statement_timeout"]["changes"][0]
    assert (change["path"], change["kind"], change["before"]) == ("value", "update", "77s")
    assert refused.document["summary"] == {"same": refused.document["summary"]["same"], "create": 1, "update": 2}
    status = project.rollout("status")
    assert status.code == 0
    assert "3 changed by hand" in status.out
    assert "gone      Index public.creator_economics_creator_profile_id_idx" in status.out
    repaired = project.rollout("up", "--yes")
    assert repaired.code == 0
    assert "~ update    Table public.creator_profiles\n            rowSecurity: - disabled" in repaired.out
    assert "+ create    Index public.creator_economics_creator_profile_id_idx" in repaired.out
    assert "it is no longer there" in repaired.out
    assert "value: 77s → " in repaired.out
    assert "~ updated   Table public.creator_profiles" in repaired.out


def _take_away_and_put_back(project: Project) -> None:
    """`destroy` parks, an `up` over parked tables refuses with the way back, and the way back works."""
    gone = project.rollout("destroy", "--yes")
    assert gone.code == 0, gone.said
    assert "`rollout sql restore` prints what puts them back" in gone.out
    refused = project.rollout("up", "--yes")
    assert refused.code == 1
    assert "ADOPT003 table public.creator_profiles: " in refused.err
    assert "Nothing was changed." in refused.out
    project.psql(project.rollout("sql", "restore").out)
    assert project.rollout("up", "--yes").code == 0
    preview = project.rollout("preview", "--expect-no-changes")
    assert (preview.code, preview.err) == (0, "")
    assert preview.out.startswith("Nothing to change: ")


def test_without_a_preview_only_what_was_done_is_shown(deployed: Project) -> None:
    refused = deployed.rollout("up", "--skip-preview")
    assert refused.code != 0
    assert refused.err.startswith("CLI001 up --skip-preview: nobody can be asked about no plan")
    deployed.psql("DROP POLICY creator_select ON public.creator_profiles", "--admin")
    done = deployed.rollout("up", "--yes", "--skip-preview")
    assert done.code == 0, done.err
    assert "would" not in done.out
    assert "creator_select" in done.out
    assert deployed.rollout("up", "--yes", "--skip-preview", "--expect-no-changes").code == 0


@pytest.mark.full
def test_refresh_brings_the_state_to_what_is_there_and_leaves_the_database(deployed: Project) -> None:
    deployed.psql("ALTER ROLE pipeline_monitor SET statement_timeout = '77s'", "--admin")
    assert deployed.rollout("refresh", "--expect-no-changes").code == 3
    assert deployed.rollout("refresh", "--json").document["summary"]["update"] == 1
    assert deployed.rollout("refresh", "--expect-no-changes").code == 0
    assert deployed.rollout("preview", "--expect-no-changes").code == 3


@pytest.mark.full
def test_a_server_that_was_stopped_is_started_and_its_new_port_is_no_trouble(deployed: Project) -> None:
    """The state remembers where the database was; refresh and destroy go to where it is."""
    port = urlsplit(deployed.rollout("db", "url", open_secret=True).out.strip()).port
    assert port is not None
    assert deployed.rollout("db", "stop").out == "stopped; its data stays\n"
    assert deployed.rollout("db", "stop").out == "it did not run\n"
    status = deployed.rollout("status")
    assert status.code == 0
    assert "not reachable" in status.out
    assert "EMB002 " in status.err
    with socket.create_server(("127.0.0.1", port)):
        refreshed = deployed.rollout("refresh")
    assert refreshed.code == 0, refreshed.said
    assert "starting the embedded PostgreSQL in " in refreshed.err
    assert f":{port}/" not in refreshed.out
    assert deployed.rollout("destroy", "--yes", "--json").document["ok"]
    assert deployed.rollout("db", "url", open_secret=True).code == 0, "destroy leaves the server running"


@pytest.mark.full
def test_the_state_can_be_exported_for_pulumi_and_an_object_imported(deployed: Project) -> None:
    file = deployed.folder / "Pulumi.dev.yaml"
    # As `pulumi stack init` writes it.
    file.write_text(f"encryptionsalt: v1:abc=:v1:def:ghi=\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
    exported = deployed.rollout("state", "export", open_secret=True).document
    assert exported["version"] == 3
    urns = [resource["urn"] for resource in exported["deployment"]["resources"]]
    assert "urn:pulumi:dev::creative-pipeline::pulumi:pulumi:Stack::creative-pipeline-dev" in urns
    taken = deployed.rollout("import", "rollout:postgres:Role", "mine", "pipeline_owner", "--json").document
    assert (taken["ok"], taken["summary"]) == (True, {"import": 1})
    missing = deployed.rollout("import", "rollout:postgres:Role", "other", "nobody_has_this", "--json")
    assert missing.code == 1
    assert not missing.document["ok"]
    assert "nobody_has_this" in json.dumps(missing.document["diagnostics"])
    destroyed = deployed.rollout("destroy", "--yes")
    assert destroyed.code == 1, "what was imported is protected"
    assert "ENG004 mine: " in destroyed.err


def test_a_protected_stack_is_not_destroyed(deployed: Project) -> None:
    deployed.configure(protect=True)
    assert deployed.rollout("up", "--yes").code == 0
    refused = deployed.rollout("destroy", "--yes")
    assert refused.code == 1
    assert "ENG004 public.creator_profiles: " in refused.err
    assert deployed.psql("SELECT count(*) FROM pg_policies WHERE tablename = 'creator_profiles'") != "0\n"
