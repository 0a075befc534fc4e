"""`rollout preflight`: every line of the guide's list with a result, before a first deploy and after it."""

import json
from pathlib import Path

import pytest

from infra.cli.preflight_commands import preflight
from infra.cli.rollback_connection import Place
from infra.errors import RolloutError
from tests.cli.places import STACK, make_place, say
from tests.cli.test_gate import WORDS
from tests.clusters import Database
from tests.phases.rollouts import Stage

DECLARED = """\
  creative-pipeline:aws: {region: eu-central-1}
  creative-pipeline:monitoring:
    cloudwatch: {actions: {critical: 'arn:aws:sns:eu-central-1:123456789012:pipeline'}}
  creative-pipeline:backups: {target: 's3://backups-of-eden/pipeline'}
"""


def read(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, str]]:
    document = json.loads(capsys.readouterr().out)
    return {check["name"]: check for check in document["checks"]}


def test_before_a_first_deploy_what_cannot_be_told_yet_is_said(
    database18: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PGPASSWORD", database18.deployer.password or "")
    make_place(tmp_path, database18.deployer, 1)
    assert preflight(stack=STACK, json=True) == 0
    found = read(capsys)
    later = {name for name, check in found.items() if check["found"] == "nothing is deployed yet"}
    assert later == {
        "tables, indexes and grants",
        "feature flags",
        "row security proven",
        "backup restored and checked",
        "database p95",
    }
    assert {found[name]["outcome"] for name in later} == {"not looked at"}
    assert found["room for a deploy"]["outcome"] == "passed"


def test_after_it_a_backup_is_missed_and_a_person_may_answer_for_it(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is recorded by looking; the exit code is the list's."""
    assert preflight(stack=STACK) == 3
    said = capsys.readouterr().out
    assert "failed         backup restored and checked: no data" in said
    assert "run `rollout backup take`" in said
    assert said.splitlines()[-1].startswith("not ready: ")
    say(place, WORDS)
    assert preflight(stack=STACK, json=True) == 0
    found = read(capsys)
    assert [name for name, check in found.items() if check["outcome"] == "failed"] == []
    assert found["row security proven"]["outcome"] == "passed"
    assert found["the pooler"]["fix"] == "give the password of the console in ROLLOUT_CONSOLE_PASSWORD"


def test_what_was_changed_by_hand_fails(first: Stage, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    say(place, WORDS)
    with first.database.connect(user="admin") as admin:
        admin.execute("GRANT SELECT ON public.pipeline_metrics TO anon")
        admin.execute("UPDATE pipeline_private.feature_flags SET enabled = false")
    assert preflight(stack=STACK, json=True) == 3
    found = read(capsys)
    assert found["tables, indexes and grants"]["found"] == "public.pipeline_metrics is granted to anon"
    assert found["row security proven"]["outcome"] == "failed"
    assert found["feature flags"]["outcome"] == "warning"
    assert "PIPELINE_MONITORING_ENABLED is off" in found["feature flags"]["found"]


def test_a_url_that_nobody_answers_leaves_its_line_open(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    say(place, WORDS)
    assert preflight(stack=STACK, url="http://127.0.0.1:9/health", json=True) == 0
    (line,) = (check for check in read(capsys).values() if check["name"] == "API p95")
    assert line["outcome"] == "not looked at"
    assert "nobody answers" in line["found"]
    with pytest.raises(RolloutError, match="CLI001 --url"):
        preflight(stack=STACK, url="ftp://example.org")


def test_alarms_that_call_nobody_and_backups_on_one_machine_are_warned_of(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    preflight(stack=STACK, json=True)
    before = read(capsys)
    assert (before["alarms"]["found"], before["alarms"]["outcome"]) == ("not declared", "warning")
    assert before["where they are kept"]["outcome"] == "warning"
    say(place, DECLARED)
    preflight(stack=STACK, json=True)
    after = read(capsys)
    assert after["alarms"]["outcome"] == after["where they are kept"]["outcome"] == "passed"
    assert after["alarms"]["found"] == "in CloudWatch, namespace CreativePipeline, 1 targets called"
