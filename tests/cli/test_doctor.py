"""`rollout doctor`: troubles made for real on a running pipeline are each found, with what to do."""

import json
from pathlib import Path

import pytest

from infra.cli.doctor_commands import doctor
from infra.doctor import server, tables
from tests.cli.places import STACK, make_place
from tests.clusters import Database
from tests.phases.rollouts import Stage

ROWS = """
    INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value, stage)
    SELECT %s, 'conversion', 'stage_completion', (n %% 5 = 0)::int, 'skill-assessment' FROM generate_series(1, 40) AS n;
    INSERT INTO public.pipeline_sessions (creator_profile_id, stage, error_logs)
    SELECT %s, 'skill-assessment', '{"error": "timeout"}' FROM generate_series(1, 20)
"""


def read(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, str]]:
    document = json.loads(capsys.readouterr().out)
    return {check["name"]: check for check in document["checks"]}


@pytest.mark.usefixtures("place")
def test_a_calm_pipeline_has_no_trouble(capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor(stack=STACK) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[-1].startswith("no trouble found")
    assert "evaluation of the flags: " in said
    assert "overview of one stage: " in said


@pytest.mark.usefixtures("place")
def test_troubles_are_found(first: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction left open, dead rows, a stage that nobody completes, errors."""
    monkeypatch.setattr(server, "LONG_SECONDS", 0)
    monkeypatch.setattr(tables, "LEAST_DEAD", 10)
    first.enter(5)
    profile = first.sign_up(first.user())
    with first.database.connect(user="admin") as admin:
        for statement in ROWS.split(";"):
            admin.execute(statement.encode(), (profile,))
        admin.execute("UPDATE public.pipeline_metrics SET metadata = '{}'")
        admin.execute("SELECT pg_stat_force_next_flush()")
    with first.database.connect(user="admin") as idle, idle.transaction():
        idle.execute("SELECT 1")
        pid = idle.info.backend_pid
        assert doctor(stack=STACK, json=True) == 3
    found = read(capsys)
    assert found["idle transactions"]["outcome"] == "warning"
    assert f"pid {pid} (" in found["idle transactions"]["found"]
    assert found["dead rows"]["found"] == "public.pipeline_metrics 50 %"
    assert found["completion by stage"]["found"] == "skill-assessment 20.0 %"
    assert found["errors by stage"]["found"] == "skill-assessment 100.0 %"
    assert found["errors by stage"]["outcome"] == "failed"


def test_before_the_first_deploy_the_server_alone_is_looked_at(
    database18: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PGPASSWORD", database18.deployer.password or "")
    make_place(tmp_path, database18.deployer, 1)
    assert doctor(stack=STACK, json=True) == 0
    found = read(capsys)
    assert found["stages and flags"]["found"] == "nothing is deployed yet"
    assert found["sizes"]["found"] == "there are none"
