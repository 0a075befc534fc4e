"""Up and down with the committed scripts: the same database as the provider's handlers make, and no row lost."""

from contextlib import closing
from pathlib import Path

import pytest

from infra.database.ledger import is_gate_open
from infra.ddl.deploy import deploy_script
from infra.ddl.phase_variants import in_phase
from infra.ddl.phases import deploy_scripts, lowering_scripts
from infra.models.access import Access
from infra.pipeline.phases import LAST
from tests import deploying
from tests.clusters import Database
from tests.ddl.phasing import BY_AND_WHY, OVERRIDE, SCRIPTS, Standing, climb, down, entries, fail, run, standing, up
from tests.ddl.scripts import catalog_marks, definition, run_script
from tests.seeding import checksums, seed

TEXT = (
    "INSERT INTO pipeline_private.cohort_members (user_id, kind, source, added_by) SELECT id, 'beta', 'command', 'Ada'"
)


def by_the_handlers(database: Database) -> dict[int, Standing]:
    """Return how a database stands in each phase when the provider makes it, walking up."""
    found = {}
    for number in range(1, LAST + 1):
        with closing(deploying.Deployer(database.deployer, definition(phase=number))) as deployer:
            deployer.up()
        found[number] = standing(database)
    return found


def let_all_in(database: Database) -> None:
    with database.connect(user="admin") as connection:
        connection.execute(f"{TEXT} FROM auth.users WHERE email LIKE 'creator%%'".encode())


def sums(database: Database) -> dict[str, tuple[int, str]]:
    with database.connect(user="admin") as connection:
        return checksums(connection)


def test_the_walk_there_and_back_is_the_handlers(database: Database, tmp_path: Path) -> None:
    """1 to 5 and back to 1: each step as the handlers leave it, every row kept, the last dump as the first."""
    wanted = by_the_handlers(database)
    other = database.server.create_database("walk")
    run(other, "deploy/phase-1.sql", tmp_path)
    first = other.dump()
    assert standing(other) == wanted[1]
    seed(other)
    rows = sums(other)
    for number in range(2, LAST + 1):
        up(other, number, tmp_path)
        assert standing(other) == wanted[number], number
        marks, kept = catalog_marks(other), entries(other)
        up(other, number, tmp_path)  # a second time, there is nothing left to do
        assert (catalog_marks(other), entries(other)) == (marks, kept)
        assert sums(other) == rows
    for number in range(LAST - 1, 0, -1):
        down(other, number + 1, number, tmp_path)
        assert standing(other) == wanted[number], number
        kept = entries(other)
        down(other, number + 1, number, tmp_path)
        assert entries(other) == kept
        assert sums(other) == rows
    assert other.dump() == first


def test_the_provider_takes_over_where_the_scripts_have_left_it(database18: Database, tmp_path: Path) -> None:
    """Nothing is different to it: the next `up` changes neither object nor flag."""
    climb(database18, 3, tmp_path)
    before = standing(database18)
    with closing(deploying.Deployer(database18.deployer, definition(phase=3))) as deployer:
        deployer.up()
        assert deployer.drift() == {}
    assert standing(database18) == before


@pytest.mark.parametrize(("before", "after"), [(5, 1), (4, 2), (3, 1), (5, 3)])
def test_down_more_than_one_phase_at_a_time(database18: Database, tmp_path: Path, before: int, after: int) -> None:
    climb(database18, after, tmp_path)
    wanted = standing(database18)
    for number in range(after + 1, before + 1):
        up(database18, number, tmp_path)
    down(database18, before, after, tmp_path)
    assert standing(database18) == wanted
    assert entries(database18)[-1] == ("phase", "phase", str(before), str(after), "Ada")


def test_up_leaves_who_why_and_until_when_in_the_ledger(database18: Database, tmp_path: Path) -> None:
    """The override comes before the phase, in the words that the provider uses."""
    climb(database18, 2, tmp_path)
    assert entries(database18) == [
        ("phase", "phase", "", "1", "deployer"),
        ("override", "gate 1", "1", "2", "Ada"),
        ("gate", "overridden", "1", "2", "Ada"),
        ("phase", "phase", "1", "2", "Ada"),
    ]
    with database18.connect(user="admin") as connection:
        query = "SELECT event, reason, details FROM pipeline_private.rollout_ledger WHERE event IN ('override', 'gate')"
        found = {row[0]: row[1:] for row in connection.execute(query.encode())}
    why = "a test of o'clock"
    assert found["override"] == (why, {"gate": 1, "by": "Ada", "why": why, "until": "2099-12-31"})
    skipped = [{"gate": 1, "overriddenBy": f"Ada, until 2099-12-31: {why}"}]
    assert found["gate"][1] == {"allowed": True, "verdict": "overridden", "gates": [], "skipped": skipped}


def test_the_override_is_an_open_gate_to_the_provider(database18: Database, tmp_path: Path) -> None:
    """Stopped between the two, the phase can be taken either way."""
    climb(database18, 1, tmp_path)
    until_gate = SCRIPTS["deploy/phase-2.sql"].partition("-- grants on ")[0]
    with closing(deploying.Deployer(database18.deployer, definition(phase=2))) as deployer:
        assert not is_gate_open(deployer.workspace.session, 2)
        run_script(database18, until_gate, tmp_path, *OVERRIDE)
        assert is_gate_open(deployer.workspace.session, 2)
        assert not is_gate_open(deployer.workspace.session, 3)


@pytest.mark.parametrize("missing", ["by", "why", "until"])
def test_up_refuses_without_who_why_or_until_when(database18: Database, tmp_path: Path, missing: str) -> None:
    climb(database18, 1, tmp_path)
    before = standing(database18)
    said = {"by": "Ada", "why": "so", "until": "2099-12-31"} | {missing: " "}
    options = [part for name, value in said.items() for part in ("-v", f"{name}={value}")]
    assert "GATE003" in fail(database18, "deploy/phase-2.sql", tmp_path, *options)
    assert "GATE003" in fail(database18, "deploy/phase-2.sql", tmp_path)
    assert standing(database18) == before
    assert len(entries(database18)) == 1


@pytest.mark.parametrize("until", ["2020-01-01", "yesterday", "infinity", "2099", "2020-01-01T00:00:00+02:00"])
def test_an_override_that_has_ended_opens_nothing(database18: Database, tmp_path: Path, until: str) -> None:
    climb(database18, 1, tmp_path)
    assert "GATE003" in fail(database18, "deploy/phase-2.sql", tmp_path, *BY_AND_WHY, "-v", f"until={until}")


@pytest.mark.parametrize("until", ["today", "2099-12-31T18:00:00Z", "2099-12-31 18:00"])
def test_an_override_holds_through_its_day(database18: Database, tmp_path: Path, until: str) -> None:
    climb(database18, 1, tmp_path)
    with database18.connect() as connection:
        row = connection.execute("SELECT (now() AT TIME ZONE 'UTC')::date::text").fetchone()
        assert row is not None
    day = row[0] if until == "today" else until
    run(database18, "deploy/phase-2.sql", tmp_path, *BY_AND_WHY, "-v", f"until={day}")


def test_a_phase_is_not_skipped(database18: Database, tmp_path: Path) -> None:
    climb(database18, 1, tmp_path)
    said = fail(database18, "deploy/phase-3.sql", tmp_path, *OVERRIDE)
    assert "the database is in phase 1, and this script leads from phase 2 to phase 3" in said
    said = fail(database18, "rollback/phase-3-to-2.sql", tmp_path, *BY_AND_WHY)
    assert "the database is in phase 1" in said


@pytest.mark.parametrize("name", ["deploy/phase-2.sql", "rollback/phase-2-to-1.sql"])
def test_an_empty_database_refuses(database18: Database, tmp_path: Path, name: str) -> None:
    assert "nothing is rolled out in this database" in fail(database18, name, tmp_path, *OVERRIDE)


@pytest.mark.parametrize("name", ["deploy/phase-2.sql", "rollback/phase-2-to-1.sql"])
def test_another_deploy_refuses(database18: Database, tmp_path: Path, name: str) -> None:
    climb(database18, 2 if "rollback" in name else 1, tmp_path)
    with closing(deploying.Deployer(database18.deployer)) as other:
        other.workspace.lock()
        assert "DB005" in fail(database18, name, tmp_path, *OVERRIDE)


def test_grants_of_another_kind_of_access_are_left_alone(database18: Database, tmp_path: Path) -> None:
    """The committed scripts are for the default; they would take the creators' writes of a legacy database away."""
    climb(database18, 1, tmp_path)
    with database18.connect() as connection:
        connection.execute("GRANT UPDATE (onboarding_stage) ON public.creator_profiles TO authenticated")
    before = standing(database18)
    assert "neither of the one phase nor of the other" in fail(database18, "deploy/phase-2.sql", tmp_path, *OVERRIDE)
    assert standing(database18) == before


def test_the_last_two_flags_wait_for_a_word(database18: Database, tmp_path: Path) -> None:
    """Said at once or later, one after the other; said no longer, they stay on."""
    launch, full = "CREATOR_AGENT_LAUNCH", "CREATIVE_PIPELINE_FULL"
    climb(database18, 4, tmp_path)
    said = fail(database18, "deploy/phase-5.sql", tmp_path, *OVERRIDE, "-v", "ready_full=yes")
    assert "FLAG004" in said
    for options, on in (
        ((), (False, False)),
        (("-v", "ready_launch=yes"), (True, False)),
        ((), (True, False)),
        (("-v", "ready_launch=yes", "-v", "ready_full=yes"), (True, True)),
        (("-v", "ready_launch=yes"), (True, True)),
    ):
        up(database18, LAST, tmp_path, *options)
        flags = standing(database18).flags
        assert (flags[launch][0], flags[full][0]) == on


def test_going_down_turns_nothing_on(database18: Database, tmp_path: Path) -> None:
    """What a person had turned off, or made fewer, stays so."""
    climb(database18, 4, tmp_path)
    with database18.connect() as connection:
        connection.execute("UPDATE pipeline_private.feature_flags SET enabled = false WHERE name ~ 'ECONOMICS'")
        connection.execute("UPDATE pipeline_private.rollout_state SET beta_cap = 7")
    down(database18, 4, 3, tmp_path)
    found = standing(database18)
    assert found.state == (3, "cohort", 7, False)
    assert not found.flags["CREATOR_AGENT_ECONOMICS"][0]
    assert found.flags["CREATIVE_PIPELINE_ASSESSMENT"][0]


def test_down_names_how_many_are_over_the_places(database18: Database, tmp_path: Path) -> None:
    """They stay: profile, rows, membership."""
    climb(database18, 3, tmp_path)
    seed(database18, creators=12)
    let_all_in(database18)
    rows, members = sums(database18), standing(database18).members
    said = down(database18, 3, 2, tmp_path)
    assert "COH004 12 beta creators are in, 2 over the 10 places of phase 2." in said
    assert (sums(database18), standing(database18).members) == (rows, members)
    assert "12 beta creators are in, 12 over the 0 places of phase 1." in down(database18, 2, 1, tmp_path)


def test_a_member_is_let_in_as_the_script_shows(database18: Database, tmp_path: Path) -> None:
    climb(database18, 2, tmp_path)
    user = database18.sign_up("new@example.org")
    lines = SCRIPTS["deploy/phase-2.sql"].splitlines()
    start = next(number for number, line in enumerate(lines) if "WITH added AS" in line)
    text = "\n".join(line.removeprefix("--") for line in lines[start : start + 6])
    text = text.replace("<user id>", str(user)).replace("<who>", "Ada").replace("<why>", "a friend")
    run_script(database18, "\\set ON_ERROR_STOP on\n" + text, tmp_path)
    assert standing(database18).members == [(user, "beta", "command", "Ada")]
    assert entries(database18)[-1] == ("cohort", str(user), "", "beta", "Ada")


def test_a_database_begins_in_a_later_phase_by_overrides_alone(database18: Database, tmp_path: Path) -> None:
    """A new environment, or one that was lost: each gate on the way is overridden by who runs it, or it is refused."""
    script = deploy_script(definition(phase=3))
    assert "GATE003" in run_script(database18, script, tmp_path, check=False).stderr
    run_script(database18, script, tmp_path, *OVERRIDE)
    assert entries(database18) == [
        ("override", "gate 1", "", "3", "Ada"),
        ("override", "gate 2", "", "3", "Ada"),
        ("gate", "overridden", "", "3", "Ada"),
        ("phase", "phase", "", "3", "Ada"),
    ]
    found = standing(database18)
    database18.server.reset()
    other = database18.server.create_database()
    with closing(deploying.Deployer(other.deployer, definition(phase=3))) as deployer:
        deployer.up()
    assert standing(other) == found


def test_a_database_of_the_other_access_has_scripts_of_its_own(database18: Database, tmp_path: Path) -> None:
    """What the creators may write besides stays theirs, up and down."""
    legacy = definition(Access.LEGACY)
    run_script(database18, deploy_script(legacy), tmp_path)
    first = standing(database18)
    run_script(database18, deploy_scripts(legacy)["phase-2.sql"], tmp_path, *OVERRIDE)
    with closing(deploying.Deployer(database18.deployer, definition(Access.LEGACY, 2))) as deployer:
        assert deployer.drift() == {}
    run_script(database18, lowering_scripts(legacy)["phase-2-to-1.sql"], tmp_path, *BY_AND_WHY)
    assert standing(database18) == first


@pytest.mark.parametrize("number", range(1, LAST + 1))
@pytest.mark.parametrize("access", list(Access))
def test_a_definition_in_another_phase_is_the_one_of_that_phase(access: Access, number: int) -> None:
    wanted = {grant.identity: grant.sorted_entries() for grant in definition(access, number).grants}
    for start in (1, 3, LAST):
        found = in_phase(definition(access, start), number)
        assert found.rollout == definition(access, number).rollout
        assert {grant.identity: grant.sorted_entries() for grant in found.grants} == wanted
