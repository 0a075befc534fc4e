"""Who may do what afterwards and could not before, in sentences: by role and object, and by phase."""

from infra.drift.beside import Known
from infra.drift.beside import Membership as Pair
from infra.errors import RolloutError
from infra.models.definition import Definition, Membership
from infra.models.flag import FlagName
from infra.models.grant import Entry, Grant, Target
from infra.models.policy import Command, Policy
from infra.models.role import Role
from infra.pipeline.phases import rollout
from infra.preview.access import access_differences
from infra.preview.items import Action, Item
from infra.preview.lint import declared_findings, lint_change
from infra.preview.memberships import membership_differences
from infra.verify.standing import read_standing
from tests.preview.ground import Ground, added
from tests.preview.hazards import PROFILES

OWN = "creator_profiles"


def _sentences(before: object, after: object) -> list[tuple[str, bool]]:
    one = before or after
    item = Item(type(one).__name__, "it", Action.CHANGE, before=before, after=after)  # type: ignore[arg-type] # models
    return [(found.sentence, found.widens) for found in access_differences([item])]


def _grant(*entries: Entry, on: str = PROFILES, target: Target = Target.RELATION) -> Grant:
    return Grant(target=target, object_name=on, entries=entries)


def test_one_sentence_for_each_role_at_an_object() -> None:
    """Whole privileges together, columns by name, and what widens first."""
    before = _grant(Entry(role="anon", privilege="select"), Entry(role="authenticated", privilege="delete"))
    after = _grant(
        Entry(role="authenticated", privilege="select"),
        Entry(role="authenticated", privilege="insert"),
        Entry(role="authenticated", privilege="update", columns=("readiness_score",)),
        Entry(role="PUBLIC", privilege="select", columns=("id", "created_at")),
    )
    assert _sentences(before, after) == [
        (f"authenticated may now select and insert {OWN}, and update {OWN}.readiness_score", True),
        (f"everybody (PUBLIC) may now select {OWN} (created_at, id)", True),
        ("anon may no longer select creator_profiles", False),
        ("authenticated may no longer delete creator_profiles", False),
    ]


def test_what_is_within_the_whole_is_nothing_new() -> None:
    whole = _grant(Entry(role="anon", privilege="select"))
    some = _grant(Entry(role="anon", privilege="select", columns=("id",)))
    assert _sentences(whole, some) == [("anon may no longer select creator_profiles", False)]
    assert _sentences(some, whole) == [("anon may now select creator_profiles", True)]


def test_functions_and_schemas() -> None:
    function = _grant(
        Entry(role="anon", privilege="execute"), on="public.feature_enabled(text)", target=Target.FUNCTION
    )
    schema = _grant(Entry(role="anon", privilege="usage"), on="pipeline_private", target=Target.SCHEMA)
    assert _sentences(None, function) == [("anon may now execute function feature_enabled(text)", True)]
    assert _sentences(schema, None) == [("anon may no longer use schema pipeline_private", False)]


def test_policies_of_every_command() -> None:
    for command in Command:
        policy = Policy(table="notes", name="own", command=command, roles=("authenticated",), using="true")
        assert _sentences(None, policy) == [
            (f"policy own decides for authenticated ({command.value}) on notes: USING (true)", True)
        ]
        strict = policy.model_copy(update={"permissive": False})
        assert [widens for _, widens in _sentences(strict, None)] == [True]
        assert [widens for _, widens in _sentences(policy, None)] == [False]


def test_roles() -> None:
    plain, strong = Role(name="worker"), Role(name="worker", bypass_rls=True, login=True)
    assert _sentences(plain, strong) == [
        ("worker may now pass row security by (BYPASSRLS)", True),
        ("worker may now log in", True),
    ]
    assert [widens for _, widens in _sentences(strong, plain)] == [False, False]


def test_advancing_from_two_to_three() -> None:
    """The database decides by its phase: what that opens is said beside the grants."""
    assert _sentences(rollout(2), rollout(3)) == [
        ("at most 50 beta creators may now have a profile, 10 before", True),
        ("CREATOR_AGENT_ECONOMICS is on for the cohort now", True),
    ]


def test_going_back_from_four_to_two() -> None:
    assert _sentences(rollout(4), rollout(2)) == [
        ("at most 10 beta creators may now have a profile, 250 before: whoever has one keeps it", False),
        ("CREATOR_AGENT_ECONOMICS is off now: it was on for the cohort", False),
    ]


def test_opening_to_everyone_and_closing_to_all() -> None:
    five = rollout(5, ready=[FlagName.CREATOR_AGENT_LAUNCH])
    opened = _sentences(rollout(4), five)
    assert ("everyone may now make a profile", True) in opened
    assert ("ENABLE_CREATIVE_PIPELINE is on for everyone now", True) in opened
    assert not [sentence for sentence, widens in opened if not widens]
    closed = _sentences(five, rollout(1))
    assert ("nobody may make a profile now, not everyone: whoever has one keeps it", False) in closed
    assert not [sentence for sentence, widens in closed if widens]


def test_memberships(deployed: Ground) -> None:
    """Those that are to come, those that are ours and go; somebody else's stay."""
    session, known = deployed.workspace.session, _known(deployed.definition)
    assert list(membership_differences(session, deployed.definition, known)) == []
    more = Membership(role="pipeline_monitor", member="authenticator")
    wider = deployed.definition.model_copy(update={"memberships": (*deployed.definition.memberships, more)})
    (found,) = membership_differences(session, wider, known)
    assert (found.sentence, found.widens) == ("authenticator may now act as pipeline_monitor", True)
    gone = deployed.definition.memberships[0]
    fewer = deployed.definition.model_copy(update={"memberships": deployed.definition.memberships[1:]})
    (found,) = membership_differences(session, fewer, known)
    assert (found.sentence, found.widens) == (f"{gone.member} may no longer act as {gone.role}", False)


def _known(definition: Definition) -> Known:
    pairs = frozenset(Pair(one.role, one.member) for one in definition.memberships)
    return Known(roles=frozenset(role.name for role in definition.roles), memberships=pairs)


def test_a_policy_of_somebody_else_goes_with_the_switch(ground: Ground) -> None:
    """It is said what it decided; a restrictive one that goes lets more through."""
    ground.run(f"CREATE POLICY theirs ON {PROFILES} AS RESTRICTIVE FOR ALL TO authenticated USING (false)")
    standing = read_standing(ground.workspace.session, ground.definition)
    found = access_differences(ground.plan(), standing=standing.policies)
    sentence = "policy theirs on creator_profiles, which is not ours, is dropped: it decided for authenticated (all)"
    assert [(one.sentence, one.widens) for one in found] == [(f"{sentence}: USING (false)", True)]


def test_what_the_rules_find(ground: Ground) -> None:
    """A policy of somebody else's that is dropped is neither new nor old; one beside a table that is kept is old."""
    session = ground.workspace.session
    nothing = lint_change(read_standing(session, ground.definition), ground.definition, (), ())
    assert (nothing.new, nothing.old) == ((), ())
    ground.run(f"CREATE POLICY theirs ON {PROFILES} FOR SELECT TO anon USING (true)")
    standing = read_standing(session, ground.definition)
    mended = lint_change(standing, ground.definition, ground.plan(), ())
    assert (mended.new, mended.old) == ((), ())
    open_to_all = tuple(
        one.model_copy(update={"policies": None}) if one.object_name == PROFILES else one
        for one in ground.definition.grants
    )
    left = ground.definition.model_copy(update={"grants": open_to_all})
    found = lint_change(standing, left, (), ())
    assert found.new == ()
    assert {one.object.rpartition(".using")[0] or one.object for one in found.old} >= {f"{PROFILES}.theirs"}
    brought = left.model_copy(update={"policies": (*left.policies, _policy(standing, "theirs"))})
    new = lint_change(read_standing(session, ground.definition), brought, (), ())
    assert new.old == found.old, "what stands with the same fault is no news"


def test_what_the_rules_find_where_no_database_answers() -> None:
    """All of it counts as new: nobody can say what stands."""
    error = RolloutError("SEC020", "relation:public.notes", "it is granted to PUBLIC")
    found = declared_findings([error])
    assert found.old == ()
    assert [(one.rule, one.object, one.page) for one in found.new] == [
        ("SEC020", "relation:public.notes", "docs/rules/grant_public.md")
    ]


def _policy(standing: Definition, name: str) -> Policy:
    return next(policy for policy in standing.policies if policy.name == name)


def test_what_is_made_is_closed_whatever_the_defaults_are(ground: Ground) -> None:
    """Default privileges, and PUBLIC's own of a function, give nobody anything: nothing is said, and nothing is so."""
    function = ground.definition.functions[0].model_copy(update={"schema_name": "public", "name": "made_anew"})
    ground.run("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO anon, authenticated")
    items = ground.plan(added(ground.definition, "functions", function))
    assert access_differences(items) == ()
    for item in items:
        ground.workspace.change(item.steps, lambda _text: None)
    with ground.database.connect(user="admin") as connection:
        reached = connection.execute(
            "SELECT role FROM unnest(ARRAY['anon', 'authenticated', 'pipeline_monitor']) AS role"
            " WHERE has_function_privilege(role, 'public.made_anew()', 'EXECUTE')"
        ).fetchall()
    ground.run(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE EXECUTE ON FUNCTIONS FROM anon, authenticated",
        "DROP FUNCTION public.made_anew()",
    )
    assert reached == []
