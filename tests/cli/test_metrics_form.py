"""The metrics brought to months and back by the stack file and `up`, on either engine, with creators writing."""

import shutil
from pathlib import Path

import pytest

from tests.cli.commands import Project
from tests.cli.test_pulumi_engine import cli

ROWS = """
INSERT INTO auth.users (id) SELECT gen_random_uuid() FROM generate_series(1, 20);
SET session_replication_role = replica;
INSERT INTO public.creator_profiles (user_id, creative_role) SELECT id, 'musician' FROM auth.users;
INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value, recorded_at)
SELECT id, 'quality', 'readiness_score', n, now() - n * interval '17 days'
  FROM public.creator_profiles, generate_series(1, 50) AS n;
"""
SUM = """
SELECT md5(string_agg(m.id::text || m.recorded_at || m.metric_value, ',' ORDER BY m.id))
  FROM public.pipeline_metrics AS m
"""
FORM = "SELECT relkind FROM pg_class WHERE oid = 'public.pipeline_metrics'::regclass"


def _engine(project: Project, engine: str, folder: Path) -> tuple[str, ...]:
    if engine == "pulumi":
        (folder / "backend").mkdir()
        project.environment |= {
            "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "a passphrase",
        }
        cli(project, "stack", "init", "dev")
    return ("--engine", engine)


@pytest.mark.full
@pytest.mark.parametrize("engine", ["embedded", "pulumi"])
def test_the_stack_file_says_the_form(project: Project, engine: str, tmp_path: Path) -> None:
    """Forth, back and forth; each time nothing is left to change, drift tells nothing, and the rows are the same."""
    if engine == "pulumi" and shutil.which("pulumi") is None:
        pytest.skip("no Pulumi CLI")
    chosen = _engine(project, engine, tmp_path)
    up = project.rollout("up", "--yes", *chosen)
    assert up.code == 0, up.said
    project.psql(ROWS, "--admin")
    rows = project.psql(SUM, "--admin")
    for divided in (True, False, True):
        project.configure(metrics={"partitioned": divided})
        preview = project.rollout("preview", "--json", *chosen)
        assert preview.code == 0, preview.said
        up = project.rollout("up", "--yes", *chosen)
        assert up.code == 0, up.said
        assert ("p" if divided else "r") in project.psql(FORM, "--admin")
        assert project.psql(SUM, "--admin") == rows
        again = project.rollout("preview", "--expect-no-changes", *chosen)
        assert again.code == 0, again.said
    if engine == "embedded":
        finished = project.rollout("months", "finish")
        assert finished.code == 0, finished.said
        assert project.psql(SUM, "--admin") == rows
        assert project.rollout("preview", "--expect-no-changes").code == 0
