"""An incident gathered around real rollbacks: what it says, what it leaves out, and that it writes over nothing."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.cli.incident_commands import incident
from infra.cli.rollback_connection import Place
from infra.errors import RolloutError
from infra.pipeline.names import STAGES
from infra.pipeline.tables import TABLES
from tests.cli.commands import Project
from tests.cli.places import STACK, make_place
from tests.clusters import Database
from tests.gates.ground import Ground
from tests.phases.rollouts import stage
from tests.seeding import seed

SECRETS = ("hunter2", "eve@creators.example", "203.0.113.9", "eyJhbGciOiJIUzI1NiJ9")
LOG = """\
no time yet
{before} INFO before
{inside} ERROR login of eve@creators.example from 203.0.113.9 failed: password="hunter2"
  Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.sig
{after} INFO after
"""

TIMES = {"before": timedelta(hours=-2), "inside": timedelta(minutes=-1), "after": timedelta(hours=9)}


@pytest.fixture
def ground(database18: Database) -> Iterator[Ground]:
    made = Ground(stage(database18, 3), datetime.now(UTC))
    yield made
    made.close()


@pytest.fixture
def place(ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PGPASSWORD", ground.database.deployer.password or "")
    return make_place(tmp_path, ground.database.deployer, 3)


def gather(capsys: pytest.CaptureFixture[str], **options: Any) -> tuple[Path, str, dict[str, Any]]:
    """Gather an incident and return the folder, its report, and the command's document."""
    capsys.readouterr()
    assert incident(stack=STACK, json=True, no_preview=True, **options) == 0
    document = json.loads(capsys.readouterr().out)
    folder = Path(document["folder"])
    return folder, (folder / "incident.md").read_text(encoding="utf-8"), document


def test_a_kill_switch_with_all_that_was_around_it(
    ground: Ground, place: Place, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    seed(ground.database, creators=2)
    first, second = ground.creator(), ground.creator()
    minutes = timedelta(minutes=20)
    ground.sessions(first, [STAGES[0]] * 6, ago=minutes)
    ground.sessions(second, [STAGES[1]] * 2, '{"e": "boom"}', ago=minutes)
    ground.sessions(first, [STAGES[1]] * 9, '{"e": "boom"}', ago=timedelta(hours=2))
    ground.stage.kill("errors at 25 %, says eve@creators.example | password='hunter2'")
    log = tmp_path / "app.log"
    log.write_text(LOG.format(**{name: f"{ground.now + ago:%Y-%m-%dT%H:%M:%SZ}" for name, ago in TIMES.items()}))
    folder, report, document = gather(capsys, log=[log])
    assert folder.parent == place.home / "incidents"
    assert {oct(path.stat().st_mode & 0o777) for path in (folder, folder / "logs")} == {"0o700"}
    assert {oct(path.stat().st_mode & 0o777) for path in folder.rglob("*") if path.is_file()} == {"0o600"}
    assert document["files"] == ["figures.json", "incident.md", "ledger.json", "logs/1-app.log", "timeline.json"]
    assert report.startswith(f"# Incident: kill switch, stack {STACK}, ")
    for text in (
        "- sessions with errors: 25 % (2 of 8) before, - (0 of 0) after",
        "- 2 creators began a session in the time before it, 1 of them met an error",
        "- CREATOR_AGENT_ECONOMICS at ",
        "| sessions with errors | 25 % (2 of 8) | - (0 of 0) | < 1 %; rolled back above 10 % |",
        f"- {STAGES[1]}: 2 of 2 sessions with errors",
        "Who acted: ",
        '- [ ] Lift the kill switch, once the cause is mended: `rollout rollback --clear --by "$USER" --why "mended"',
        f"- [x] Bring Pulumi.{STACK}.yaml (phase 3) and the database (phase 3) together",
        "- [ ] Tell the users whom it concerned (2 creators)",
        "| creator_profiles | 4 | 4 | - | ",
    ):
        assert text in report, text
    figures = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    assert (figures["before"]["sessions"], figures["before"]["failed"]) == (8, 2)
    assert {row["table"] for row in figures["rows"]} == {table.name for table in TABLES}
    assert {entry["event"] for entry in json.loads((folder / "ledger.json").read_text())} >= {"latch", "flag"}
    told = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file())
    assert not [secret for secret in SECRETS if secret in told]
    at = f"{ground.now + TIMES['inside']:%Y-%m-%dT%H:%M:%SZ}"
    assert (folder / "logs" / "1-app.log").read_text(encoding="utf-8").splitlines() == [
        f"{at} ERROR login of [e-mail] from [address] failed: password=[secret]",
        "  Authorization: [secret] [secret]",
    ]
    # Nothing is written over, and the lifted switch is a task that is done.
    with pytest.raises(RolloutError, match=r"CLI001 --out .*nothing is written over"):
        incident(stack=STACK, no_preview=True, out=folder)
    ground.run("SELECT pipeline_private.lift_kill_switch('ada@example.org', 'mended')")
    _, report, _ = gather(capsys, out=tmp_path / "again", around="latch")
    assert "- [x] Lift the kill switch" in report
    assert "ada@example.org" in report.replace("\\", "")


@pytest.mark.full
def test_which_rollback_and_which_time(
    ground: Ground, place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps that follow one another are one rollback; without any, or without a database, a time has to be given."""
    with pytest.raises(RolloutError, match=r"CLI001 incident: the ledger tells of no rollback"):
        incident(stack=STACK, no_preview=True)
    for minutes, event, subject, values in (
        (300, "latch", "kill switch", ("off", "on")),
        (200, "rollback", "gradual", ("", "")),
        (170, "rollback", "gradual", ("", "")),
        (150, "phase", "phase", ("3", "1")),
    ):
        _record(ground, minutes, event, subject, *values)
    folder, report, found = gather(capsys)
    assert report.startswith("# Incident: gradual rollback and phase 3 to 1, stack mine")
    assert _minutes(found, "begun", "ended") == 50
    assert _minutes(found, "since", "until") == 170
    _, report, found = gather(capsys, around="latch", margin="10m", out=folder.with_name("latch"))
    assert report.startswith("# Incident: kill switch, stack mine")
    assert _minutes(found, "since", "until") == 20
    at = f"{datetime.fromisoformat(found['begun']):%Y-%m-%d %H:%M:%SZ}"
    assert gather(capsys, around=at, margin="10m", out=folder.with_name("time"))[2]["begun"] == found["begun"]
    assert place.stack == STACK
    monkeypatch.setenv("PGPASSWORD", "wrong")
    with pytest.raises(RolloutError, match="DB002"):
        incident(stack=STACK, no_preview=True)
    _, report, found = gather(capsys, since=at, out=folder.with_name("down"))
    assert "DB002" in found["problems"][0]
    assert "**Not everything could be gathered:**" in report
    monkeypatch.setenv("PGPASSWORD", ground.database.deployer.password or "")
    for around, problem in (("unlatch", "has no 'unlatch'"), ("noon", "'noon' is no time")):
        with pytest.raises(RolloutError, match=f"CLI001 --around.*{problem}"):
            incident(stack=STACK, no_preview=True, around=around)


def _record(ground: Ground, minutes: int, *values: str) -> None:
    """Let the ledger have an entry of so many minutes ago: event, subject, from what, to what."""
    with ground.database.connect(user="admin") as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "INSERT INTO pipeline_private.rollout_ledger (event, subject, from_value, to_value, actor, recorded_at)"
            " VALUES (%s, %s, %s, %s, 'ada', now() - make_interval(mins => %s))",
            [*values, minutes],
        )


def _minutes(found: dict[str, Any], first: str, last: str) -> int:
    between = datetime.fromisoformat(found[last]) - datetime.fromisoformat(found[first])
    return round(between.total_seconds() / 60)


@pytest.mark.full
def test_on_the_embedded_stack_with_its_logs_its_backup_and_its_plan(deployed: Project, tmp_path: Path) -> None:
    """The server's log has a statement with a creator's words in it, which no file of the folder has."""
    stored = tmp_path / "plan.json"
    stored.write_text(deployed.rollout("preview", "--json").out, encoding="utf-8")
    assert deployed.rollout("backup", "take").code == 0
    failing = "SELECT 'Evelyn'::integer; INSERT INTO creator_profiles (referral_source) VALUES ('Evelyn');"
    assert deployed.rollout("db", "psql", "-X", given=failing).code == 0
    assert deployed.rollout("rollback", "--immediate", "--yes", "--why", "a drill").code == 0
    deployed.psql("ALTER TABLE public.creator_economics ADD COLUMN mine text")
    done = deployed.rollout("incident", "--plan", str(stored), "--out", str(tmp_path / "found"))
    assert done.code == 0, done.err
    report = (tmp_path / "found" / "incident.md").read_text(encoding="utf-8")
    assert "Every table has at least the rows that the backup of" in report
    assert "- the stored plan: phase 1 → 1, 0 objects, hazards: none" in report
    log = (tmp_path / "found" / "logs" / "postgres.log").read_text(encoding="utf-8")
    assert "ERROR:  invalid input syntax for type integer: [value]" in log
    told = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "found").rglob("*") if path.is_file())
    assert "Evelyn" not in told
    assert not [secret for secret in deployed.secrets() if secret in told]
