"""The flags from the command line: what is on now, for whom and why; and what others are to read."""

import json
from pathlib import Path

import pytest

from infra.cli.flags_standing import Facts, lines_of
from infra.cli.flags_wanted import Wanted
from infra.delivery.env_text import parse_env
from infra.delivery.flagd_text import parse_flagd
from infra.models.flag import FlagName
from infra.models.phase import Audience
from infra.pipeline.phases import PHASES, rollout
from tests.cli.commands import Project
from tests.cli.on_server import STACK, document, on_server, run
from tests.clusters import Database
from tests.database.entering import enter

MONITORING = {"PIPELINE_MONITORING_ENABLED", "PIPELINE_PERFORMANCE_ALERTS"}


def on(flags: dict[str, bool]) -> set[str]:
    return {name for name, value in flags.items() if value} - MONITORING


def reasons(facts: Facts, wanted: Wanted | None = None) -> dict[str, str]:
    return {line.name.value: line.why for line in lines_of(facts, wanted)}


def test_the_list_is_of_the_database_and_not_of_the_file(project: Project, database18: Database) -> None:
    """One object of seven truths, before and after the kill switch; the table says for whom and why."""
    on_server(project, database18, phase=4)
    enter(database18, 3)
    flags = document(project, "flags", "list")
    assert list(flags) == list(FlagName)
    assert on(flags) == {"ENABLE_CREATIVE_PIPELINE", "CREATIVE_PIPELINE_ASSESSMENT", "CREATOR_AGENT_ECONOMICS"}
    shown = run(project, "flags", "list")
    assert shown.out.startswith("phase 3\n")
    assert "ENABLE_CREATIVE_PIPELINE      on   cohort" in shown.out
    assert not shown.err
    with database18.connect() as connection:
        connection.execute("SELECT pipeline_private.kill_switch('eve', 'smoke')")
    assert on(document(project, "flags", "list")) == set()
    assert "the kill switch is set (by eve: smoke)" in run(project, "flags", "list").out


def test_without_a_deployment_it_is_the_file_and_says_so(project: Project, database18: Database) -> None:
    on_server(project, database18, deployed=False, phase=2)
    shown = run(project, "flags", "list", "--json")
    assert on(json.loads(shown.out)) == {"ENABLE_CREATIVE_PIPELINE", "CREATIVE_PIPELINE_ASSESSMENT"}
    assert "what Pulumi.mine.yaml asks for, not what is in the database: nothing is deployed" in shown.err


def test_without_a_server_it_is_the_file_and_says_why(project: Project) -> None:
    shown = project.rollout("flags", "list", "--json")
    assert shown.code == 0
    assert on(shown.document) == set()
    assert "EMB002" in shown.err


def test_faults_of_the_file_do_not_hide_the_database(project: Project, database18: Database) -> None:
    """In an emergency the file may be anything; only where it is the one source does it count."""
    on_server(project, database18, flags={"CREATOR_AGENT_LAUNCH": True}, phase=3)
    enter(database18, 3)
    shown = run(project, "flags", "list", "--json")
    assert (shown.code, len(json.loads(shown.out))) == (0, 7)
    assert "FLAG003" in shown.err
    with database18.connect() as connection:
        connection.execute("DELETE FROM pipeline_private.rollout_state")
    assert run(project, "flags", "list").code == 1


@pytest.mark.parametrize("number", [phase.number for phase in PHASES])
def test_each_phase_says_what_is_on(number: int) -> None:
    wanted = rollout(number, ready=list(FlagName))
    facts = Facts(number, wanted.values, frozenset(wanted.cohort_only))
    lines = lines_of(facts, None)
    assert {line.name: line.on for line in lines} == wanted.flags
    audiences = {line.audience for line in lines if line.on and line.name not in MONITORING}
    assert audiences == ({Audience.COHORT} if 2 <= number <= 4 else {Audience.EVERYONE} if number == 5 else set())


def test_each_reason_is_the_strongest_one() -> None:
    """Off by the phase, by the file, for want of readiness, for want of another flag, by the kill switch."""
    standing = rollout(5, off=[FlagName.CREATIVE_PIPELINE_ASSESSMENT])
    file = Wanted("Pulumi.x.yaml", standing, off=frozenset({FlagName.CREATIVE_PIPELINE_ASSESSMENT}))
    found = reasons(Facts(5, standing.values), file)
    assert found["ENABLE_CREATIVE_PIPELINE"] == "phase 5"
    assert found["CREATIVE_PIPELINE_ASSESSMENT"] == "turned off in Pulumi.x.yaml"
    assert found["CREATOR_AGENT_ECONOMICS"] == "requires CREATIVE_PIPELINE_ASSESSMENT, which is off"
    assert found["CREATOR_AGENT_LAUNCH"] == "waits for ready.launch in Pulumi.x.yaml"
    assert reasons(Facts(3, rollout(3).values))["CREATIVE_PIPELINE_FULL"] == "comes with phase 5"
    latched = reasons(Facts(3, rollout(3).values, latch="the kill switch is set (by eve: smoke)"))
    assert latched["ENABLE_CREATIVE_PIPELINE"] == "the kill switch is set (by eve: smoke)"
    assert latched["PIPELINE_MONITORING_ENABLED"] == "phase 3"
    held = lines_of(Facts(3, rollout(3).values, latch="set"), None)
    assert {line.name.value for line in held if line.on} == MONITORING, "whatever a flag's own row says"
    after = reasons(Facts(3, rollout(1).values))
    assert after["ENABLE_CREATIVE_PIPELINE"].startswith("off in the database")


def test_a_file_as_pulumis_cli_writes_it_is_read(project: Project, database18: Database) -> None:
    """`pulumi config set` writes numbers and truths as texts: every command takes them for what they are."""
    on_server(project, database18, phase="3", protect="false", access="service")
    assert on(json.loads(run(project, "flags", "render", "--format", "json").out)) == {
        "ENABLE_CREATIVE_PIPELINE",
        "CREATIVE_PIPELINE_ASSESSMENT",
        "CREATOR_AGENT_ECONOMICS",
    }
    assert "-- " in run(project, "sql", "deploy").out
    enter(database18, 2)
    back = run(project, "rollback", "--to", "3", "--yes")
    assert "the stack is at phase 3. Allowed: 1 to 2." in back.err


def test_what_is_rendered_is_what_the_file_asks_for(project: Project, tmp_path: Path) -> None:
    """No server is needed; each format reads back as the same seven truths."""
    user = "11111111-1111-4111-8111-111111111111"
    project.configure(phase=3, flags={"CREATOR_AGENT_ECONOMICS": False})
    project.configure(cohort={"team": [{"user": user, "addedBy": "ada"}]})
    rendered = {name: project.rollout("flags", "render", "--format", name).out for name in ("env", "flagd", "json")}
    flags = json.loads(rendered["json"])
    assert on(flags) == {"ENABLE_CREATIVE_PIPELINE", "CREATIVE_PIPELINE_ASSESSMENT"}
    assert parse_env(rendered["env"]) == flags
    flagd = parse_flagd(rendered["flagd"])
    assert flagd is not None
    assert (flagd.flags, flagd.members) == (flags, (user,))
    assert on(flags) <= set(flagd.cohort_only), "a stranger has no flag of the chain"
    appconfig = json.loads(project.rollout("flags", "render", "--format", "appconfig").out)
    assert [value["enabled"] for value in appconfig["values"].values()] == list(flags.values())
    file = tmp_path / "flags.env"
    for word in ("written", "says so already"):
        done = project.rollout("flags", "render", "--format", "env", "--out", str(file))
        assert (done.code, done.out) == (0, "")
        assert word in done.err
        assert file.read_text(encoding="utf-8") == rendered["env"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["render", "--format", "toml"], 2, "CLI001 --format: 'toml' is no format. Allowed: env, flagd"),
        (["render", "--format", "env", "--out", "/nowhere/x.env"], 1, "DLV001 /nowhere/x.env: no such file"),
        (["render", "--format", "env", "--stack", "no"], 2, "CLI002"),
        (["list", "--stack", "no"], 2, "CLI002"),
    ],
    ids=["format", "place", "stack", "stack of the list"],
)
def test_what_cannot_be_shown_is_refused(project: Project, arguments: list[str], code: int, said: str) -> None:
    done = project.rollout("flags", *arguments)
    assert done.code == code
    assert said in done.err


def test_a_file_that_asks_for_too_much_is_not_rendered(project: Project) -> None:
    project.configure(STACK, phase=2, flags={"CREATIVE_PIPELINE_FULL": True, "featureX": False})
    project.configure(STACK, database={"embedded": True})
    done = run(project, "flags", "render", "--format", "json")
    assert (done.code, done.out) == (1, "")
    assert "FLAG001" in done.err
