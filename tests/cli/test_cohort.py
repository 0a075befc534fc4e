"""The cohort from the command line: who comes in, who goes, what is recorded, and what nobody can do."""

import uuid

import pytest

from infra.database.cohort import MemberRow, count_beta_sign_ups, read_members
from infra.database.ledger import Entry, read_ledger
from infra.database.session import open_session
from tests.cli.commands import Project
from tests.cli.on_server import document, on_server, run
from tests.clusters import Database
from tests.database.entering import enter


@pytest.fixture
def deployed(project: Project, database18: Database) -> Database:
    on_server(project, database18, phase=2)
    enter(database18, 2)
    return database18


def members(database: Database) -> dict[str, MemberRow]:
    with open_session(database.deployer, application_name="test") as session:
        return {row.user: row for row in read_members(session)}


def ledger(database: Database) -> list[Entry]:
    with open_session(database.deployer, application_name="test") as session:
        return read_ledger(session, event="cohort")


def sign_up(database: Database, user: str) -> None:
    with database.connect(user="admin") as connection:
        connection.execute("INSERT INTO public.creator_profiles (user_id) VALUES (%s)", [user])


def users_of(database: Database, *names: str) -> list[str]:
    return [str(database.sign_up(f"{name}@example.org")) for name in names]


def test_members_come_in_by_id_and_by_e_mail_once(project: Project, deployed: Database) -> None:
    """Whoever is in stays as they are; what happened stands in the ledger with who and which commit, and no e-mail."""
    one, two = users_of(deployed, "one", "two")
    added = document(project, "cohort", "add", one.upper(), "TWO@example.org", "--kind", "beta", "--by", "grace")
    assert added == {"ok": True, "added": [one, two], "already": [], "warnings": []}
    assert {user: (row.kind, row.source, row.added_by) for user, row in members(deployed).items()} == {
        one: ("beta", "command", "grace"),
        two: ("beta", "command", "grace"),
    }
    again = run(project, "cohort", "add", one, one, "--kind", "team")
    assert again.out == (f"{one}: is in already (beta, by command); to change the kind, remove and add them\n")
    assert members(deployed)[one].kind == "beta"
    entries = ledger(deployed)
    assert [(entry.subject, entry.from_value, entry.to_value) for entry in entries] == [
        (one, "", "beta"),
        (two, "", "beta"),
    ]
    assert {(entry.actor, entry.commit_id) for entry in entries} == {("grace", "c0ffee1234")}
    assert "example.org" not in str(entries)


def test_without_a_name_it_is_whoever_runs_it(project: Project, deployed: Database) -> None:
    (user,) = users_of(deployed, "one")
    assert run(project, "cohort", "add", user, "--kind", "team").code == 0
    assert members(deployed)[user].added_by == "ada"


def test_all_unknown_users_are_told_at_once_and_nobody_comes_in(project: Project, deployed: Database) -> None:
    (known,) = users_of(deployed, "one")
    stranger = str(uuid.uuid4())
    with deployed.connect(user="admin") as connection:
        for _ in range(2):
            connection.execute(
                "INSERT INTO auth.users (id, email, is_sso_user) VALUES (gen_random_uuid(), 'both@example.org', true)"
            )
    done = run(project, "cohort", "add", known, stranger, "no@example.org", "both@example.org", "bob", "--kind", "beta")
    assert done.code == 1
    assert done.err.count("COH001") == 4
    assert f"COH001 {stranger}: there is no such user" in done.err
    assert "COH001 no@example.org: there is no such user" in done.err
    assert "COH001 both@example.org: 2 users have this e-mail" in done.err
    assert "COH001 bob: it is neither the id of a user nor an e-mail" in done.err
    assert not members(deployed)
    assert not ledger(deployed)


def test_more_than_there_are_places_may_be_let_in(project: Project, deployed: Database) -> None:
    """Membership is an invitation: the warning has the numbers, and the sign-up decides."""
    users = users_of(deployed, *(f"u{number}" for number in range(12)))
    document(project, "cohort", "add", *users[:9], "--kind", "beta")
    sign_up(deployed, users[0])
    done = run(project, "cohort", "add", *users[9:], "--kind", "beta")
    assert done.code == 0
    assert "warning: COH004 cohort: 12 beta creators are let in, 2 more than the 10 places of phase 2" in done.err
    assert "1 have signed up" in done.err
    listed = document(project, "cohort", "list")
    assert listed["places"] == {"cap": 10, "taken": 1}
    assert [row["user"] for row in listed["members"] if row["has_profile"]] == [users[0]]
    assert run(project, "cohort", "list").out.endswith("1 of the 10 places for beta creators in phase 2 are taken\n")
    team = run(project, "cohort", "add", *users_of(deployed, "t"), "--kind", "team")
    assert "12 beta creators" in team.err, "the team takes no place, and the warning stays"


def test_who_goes_keeps_everything_and_may_read_it(project: Project, deployed: Database) -> None:
    user, other = users_of(deployed, "one", "two")
    document(project, "cohort", "add", user, other, "--kind", "beta")
    sign_up(deployed, user)
    done = run(project, "cohort", "remove", user, "TWO@example.org", "--by", "grace")
    assert done.code == 0
    assert (
        f"{user}: taken out (beta); has a profile, and keeps it with every row and the right to read them" in done.out
    )
    assert f"{other}: taken out (beta)\n" in done.out
    assert not members(deployed)
    with deployed.connect("authenticated", {"sub": user, "role": "authenticated"}) as connection:
        assert connection.execute("SELECT count(*) FROM public.creator_profiles").fetchone() == (1,)
    gone = [(entry.subject, entry.from_value, entry.to_value, entry.actor) for entry in ledger(deployed)][2:]
    assert gone == [(user, "beta", "", "grace"), (other, "beta", "", "grace")]
    with open_session(deployed.deployer, application_name="test") as session:
        assert count_beta_sign_ups(session) == 0
    assert f"{user}: is no member" in run(project, "cohort", "remove", user).out


def test_who_stands_in_the_stack_file_is_not_taken_out_by_command(project: Project, deployed: Database) -> None:
    """The next `up` would let them in again, so the file is the place; nobody else goes either."""
    mine, theirs = users_of(deployed, "one", "two")
    document(project, "cohort", "add", mine, "--kind", "beta")
    with deployed.connect() as connection:
        connection.execute(
            "INSERT INTO pipeline_private.cohort_members (user_id, kind, source, added_by)"
            " VALUES (%s, 'team', 'stack', 'file')",
            [theirs],
        )
    done = run(project, "cohort", "remove", mine, theirs)
    assert done.code == 2
    assert f"CLI001 user {theirs}: the stack file names this member" in done.err
    assert "take them out of `cohort` in Pulumi.mine.yaml" in done.err
    assert members(deployed).keys() == {mine, theirs}


def test_a_refusal_in_the_middle_lets_nobody_in(project: Project, deployed: Database) -> None:
    one, two = users_of(deployed, "one", "two")
    with deployed.connect() as connection:
        connection.execute(f"ALTER TABLE pipeline_private.cohort_members ADD CONSTRAINT no CHECK (user_id <> '{two}')")
    done = run(project, "cohort", "add", one, two, "--kind", "beta")
    assert done.code == 1
    assert "DB003 cohort" in done.err
    assert not members(deployed)
    assert not ledger(deployed)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "u", "--kind", "friend"], "CLI001 --kind: 'friend' is no kind of member. Allowed: team, beta"),
        (["add", "u"], "CLI001 rollout cohort add: Missing option '--kind'"),
        (["add", "--kind", "team"], "CLI001 rollout cohort add: Missing argument 'USER...'"),
        (["remove", "u", "--by", "a\nb"], "CLI001 --by: it is no name"),
    ],
    ids=["kind", "no kind", "no user", "name"],
)
def test_what_is_no_command_is_refused_before_anything(project: Project, arguments: list[str], said: str) -> None:
    done = project.rollout("cohort", *arguments)
    assert done.code == 2
    assert said in done.err


def test_without_a_deployment_there_is_no_cohort(project: Project, database18: Database) -> None:
    on_server(project, database18, deployed=False)
    listed = run(project, "cohort", "list")
    assert (listed.code, listed.out) == (0, "the cohort has no members\n")
    assert "nothing is deployed" in listed.err
    assert document(project, "cohort", "list")["members"] == []
    done = run(project, "cohort", "add", str(uuid.uuid4()), "--kind", "beta")
    assert done.code == 1
    assert "DB008 stack mine: nothing is deployed in its database. Fix: run `rollout up --stack mine` first" in done.err
