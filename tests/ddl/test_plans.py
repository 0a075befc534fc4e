"""The plan of each kind of object but tables: what it says, nothing where nothing differs, and the way back."""

import pytest

from infra.ddl.function import dollar_quote, plan_function, plan_function_drop
from infra.ddl.grant import plan_grant, plan_grant_drop
from infra.ddl.index import IndexState, old_name, plan_index, plan_index_drop
from infra.ddl.policy import plan_policy, plan_policy_drop
from infra.ddl.role import plan_role, plan_role_drop
from infra.ddl.setting import has_entries, merge_entries, plan_setting, plan_setting_drop
from infra.ddl.statement import Hazard, Lock, Waits
from infra.ddl.trigger import plan_trigger, plan_trigger_drop
from infra.ddl.view import plan_view, plan_view_drop
from infra.models.function import Argument, Function, Security
from infra.models.grant import Entry, Grant, Target
from infra.models.index import Index, IndexColumn
from infra.models.policy import Command, Policy
from infra.models.role import Role
from infra.models.setting import Scope, Setting
from infra.models.trigger import Event, Trigger
from infra.models.view import View
from tests.ddl.planning import fallbacks, locks, remains, texts

ROLE = Role(name="worker", login=True)
POLICY = Policy(table="t", name="own", command=Command.SELECT, roles=("authenticated", "PUBLIC"), using="a = 1")
INDEX = Index(table="t", name="t_a_idx", columns=(IndexColumn(name="a"), IndexColumn(name="b", descending=True)))
VIEW = View(name="v", owner="o", query="SELECT 1 AS a")
FUNCTION = Function(
    schema_name="public",
    name="f",
    owner="o",
    arguments=(Argument(name="x", type="uuid"),),
    returns="integer",
    body="SELECT 1",
)
TRIGGER = Trigger(
    table="t",
    name="t_touch",
    timing="after",
    events=(Event.INSERT, Event.UPDATE),
    function="private.touch",
    when="NEW.a IS NOT NULL",
)
GRANT = Grant(
    object_name="public.t",
    entries=(
        Entry(role="service_role", privilege="select"),
        Entry(role="PUBLIC", privilege="select", columns=("a", "b")),
    ),
    policies=("own",),
)
SETTING = Setting(scope=Scope.ROLE, target="worker", parameter="statement_timeout", value="8s")


def test_nothing_is_planned_where_nothing_differs() -> None:
    assert plan_role(ROLE, ROLE) == ()
    assert plan_policy(POLICY, POLICY) == ()
    assert plan_index(IndexState(INDEX), INDEX) == ()
    assert plan_view(VIEW, VIEW) == ()
    assert plan_function(FUNCTION, FUNCTION) == ()
    assert plan_trigger(TRIGGER, TRIGGER) == ()
    assert plan_grant(GRANT, GRANT) == ()
    assert plan_setting(SETTING, SETTING) == ()


def test_a_role_is_created_altered_and_given_a_verifier() -> None:
    assert texts(plan_role(None, ROLE)) == ['CREATE ROLE "worker" WITH LOGIN INHERIT']
    strong = ROLE.model_copy(update={"bypass_rls": True, "connection_limit": 5})
    assert texts(plan_role(strong, ROLE)) == ['ALTER ROLE "worker" WITH NOBYPASSRLS CONNECTION LIMIT -1']
    (password,) = texts(plan_role(ROLE, ROLE, verifier="SCRAM-SHA-256$4096:x"))
    assert password == "ALTER ROLE \"worker\" PASSWORD 'SCRAM-SHA-256$4096:x'"


def test_a_role_that_something_depends_on_stays_as_it_is() -> None:
    plan = plan_role_drop(ROLE)
    assert texts(plan) == ['DROP ROLE "worker"']
    assert fallbacks(plan) == []
    assert plan[0].fallback_on == ("2BP01",)


def test_a_policy_is_created_under_an_exclusive_lock() -> None:
    plan = plan_policy(None, POLICY)
    assert texts(plan) == [
        'CREATE POLICY "own" ON "public"."t" AS PERMISSIVE FOR SELECT TO "authenticated", PUBLIC USING (a = 1)'
    ]
    assert locks(plan) == {(Lock.ACCESS_EXCLUSIVE, "public.t")}


def test_a_policy_is_altered_in_place_or_made_anew_in_one_transaction() -> None:
    """ALTER POLICY cannot change the command: then drop and create stand in one step, with no moment between."""
    other = POLICY.model_copy(update={"using": "a = 2"})
    assert texts(plan_policy(POLICY, other)) == [
        'ALTER POLICY "own" ON "public"."t" TO "authenticated", PUBLIC USING (a = 2)'
    ]
    (step,) = plan_policy(
        POLICY, POLICY.model_copy(update={"command": Command.INSERT, "using": None, "check": "a = 1"})
    )
    assert step.transactional
    assert [text.split()[0] for text in texts((step,))] == ["DROP", "CREATE"]


@pytest.mark.parametrize(("permissive", "hazard"), [(True, Hazard.ACCESS_NARROWED), (False, Hazard.ACCESS_WIDENED)])
def test_dropping_a_policy_tells_whom_it_concerns(*, permissive: bool, hazard: Hazard) -> None:
    (step,) = plan_policy_drop(POLICY.model_copy(update={"permissive": permissive}))
    assert step.hazards == (hazard,)
    assert texts((step,)) == ['DROP POLICY IF EXISTS "own" ON "public"."t"']


def test_an_index_is_built_concurrently_with_patience() -> None:
    plan = plan_index(IndexState(), INDEX)
    assert texts(plan) == ['CREATE INDEX CONCURRENTLY "t_a_idx" ON "public"."t" ("a", "b" DESC)']
    assert [(step.transactional, step.waits) for step in plan] == [(False, Waits.PATIENT)]
    assert remains(plan) == {"public.t_a_idx": 'DROP INDEX CONCURRENTLY IF EXISTS "public"."t_a_idx"'}


def test_an_invalid_index_is_dropped_before_it_is_built() -> None:
    """IF NOT EXISTS would report success over it."""
    assert [text.split()[0] for text in texts(plan_index(IndexState(INDEX, valid=False), INDEX))] == ["DROP", "CREATE"]


def test_a_changed_index_serves_until_its_replacement_stands() -> None:
    """Stopped on the way, the next plan goes on: what was set aside is dropped last."""
    wanted = INDEX.model_copy(update={"unique": True, "include": ("c",), "where": "a > 1"})
    words = [text.split()[0] for text in texts(plan_index(IndexState(INDEX), wanted))]
    assert words == ["ALTER", "CREATE", "DROP"]
    (drop,) = texts(plan_index(IndexState(wanted, old_present=True), wanted))
    assert drop == f'DROP INDEX CONCURRENTLY IF EXISTS "public"."{old_name(INDEX)}"'
    assert [text.split()[0] for text in texts(plan_index(IndexState(None, old_present=True), wanted))] == [
        "CREATE",
        "DROP",
    ]


def test_an_index_that_must_be_absent_is_dropped_under_whatever_name() -> None:
    absent = INDEX.model_copy(update={"absent": True})
    assert plan_index(IndexState(), absent) == ()
    plan = plan_index(IndexState(twins=("old_idx", "older_idx")), absent)
    assert texts(plan) == [
        'DROP INDEX CONCURRENTLY IF EXISTS "public"."old_idx"',
        'DROP INDEX CONCURRENTLY IF EXISTS "public"."older_idx"',
    ]
    assert plan_index_drop(absent) == ()
    assert texts(plan_index_drop(INDEX)) == ['DROP INDEX CONCURRENTLY IF EXISTS "public"."t_a_idx"']


def test_a_divided_table_gets_its_index_leaf_by_leaf() -> None:
    plan = plan_index(IndexState(leaves={"private.t_1": False}), INDEX)
    assert [text.split(" (")[0].split('"')[0].strip() for text in texts(plan)] == [
        "CREATE INDEX",
        "DROP INDEX CONCURRENTLY IF EXISTS",
        "CREATE INDEX CONCURRENTLY",
        "ALTER INDEX",
    ]
    assert texts(plan)[0].startswith('CREATE INDEX "t_a_idx" ON ONLY "public"."t"')


def test_a_view_runs_with_its_callers_rights_and_starts_closed() -> None:
    create, owner, close = texts(plan_view(None, VIEW))
    assert "security_invoker = true" in create
    assert owner == 'ALTER VIEW "public"."v" OWNER TO "o"'
    assert close.startswith('REVOKE ALL ON TABLE "public"."v" FROM PUBLIC, "anon"')
    assert texts(plan_view_drop(VIEW)) == ['DROP VIEW IF EXISTS "public"."v"']


def test_a_view_with_other_columns_is_made_anew_with_its_grants() -> None:
    """CREATE OR REPLACE refuses that with 42P16: the grants would be lost with the drop."""
    grants = Grant(object_name="public.v", entries=(Entry(role="anon", privilege="select"),))
    plan = plan_view(VIEW, VIEW.model_copy(update={"query": "SELECT 2 AS b"}), grants=grants)
    assert plan[0].fallback_on == ("42P16",)
    assert [text.split()[0] for text in fallbacks(plan)] == ["DROP", "CREATE", "ALTER", "REVOKE", "GRANT"]


def test_a_function_starts_closed_with_a_pinned_search_path() -> None:
    create, owner, close = texts(plan_function(None, FUNCTION))
    assert 'CREATE OR REPLACE FUNCTION "public"."f"("x" uuid) RETURNS integer' in create
    assert "VOLATILE SECURITY INVOKER SET search_path = pg_catalog, pg_temp" in create
    assert owner == 'ALTER FUNCTION "public"."f"(uuid) OWNER TO "o"'
    assert close.startswith('REVOKE ALL ON FUNCTION "public"."f"(uuid) FROM PUBLIC')
    assert texts(plan_function_drop(FUNCTION)) == ['DROP FUNCTION IF EXISTS "public"."f"(uuid)']


def test_a_function_is_replaced_or_made_anew_with_its_grants() -> None:
    wanted = FUNCTION.model_copy(update={"security": Security.DEFINER, "returns": "bigint"})
    grants = Grant(
        target=Target.FUNCTION, object_name="public.f(uuid)", entries=(Entry(role="anon", privilege="execute"),)
    )
    plan = plan_function(FUNCTION, wanted, grants=grants)
    assert "returns, security" in plan[0].summary
    assert [text.split()[0] for text in fallbacks(plan)] == ["DROP", "CREATE", "ALTER", "REVOKE", "GRANT"]
    assert plan[0].fallback_on == ("42P13",)


@pytest.mark.parametrize("body", ["SELECT '$body$'", "SELECT '$body$ $body_$'"])
def test_no_body_ends_its_own_quote(body: str) -> None:
    quote = dollar_quote(body)
    assert quote not in body
    assert quote in texts(plan_function(None, FUNCTION.model_copy(update={"body": body})))[0]


def test_a_trigger_is_created_replaced_and_switched() -> None:
    (create,) = texts(plan_trigger(None, TRIGGER))
    assert create.startswith('CREATE OR REPLACE TRIGGER "t_touch" AFTER INSERT OR UPDATE ON "public"."t" FOR EACH ROW')
    assert create.endswith('WHEN (NEW.a IS NOT NULL) EXECUTE FUNCTION "private"."touch"()')
    off = TRIGGER.model_copy(update={"enabled": False})
    assert texts(plan_trigger(off, TRIGGER)) == ['ALTER TABLE "public"."t" ENABLE TRIGGER "t_touch"']
    assert texts(plan_trigger(TRIGGER, off)) == ['ALTER TABLE "public"."t" DISABLE TRIGGER "t_touch"']
    (create,) = texts(plan_trigger(TRIGGER, TRIGGER.model_copy(update={"for_each": "statement"})))
    assert "FOR EACH STATEMENT" in create
    of_batches = {"timing": "after", "events": (Event.UPDATE,), "for_each": "statement", "when": None}
    of_batches |= {"old_table": "before", "new_table": "written"}
    (create,) = texts(plan_trigger(TRIGGER, TRIGGER.model_copy(update=of_batches)))
    assert 'ON "public"."t" REFERENCING OLD TABLE AS "before" NEW TABLE AS "written" FOR EACH STATEMENT' in create


def test_a_trigger_takes_the_place_of_those_it_retires_in_the_same_step() -> None:
    (step,) = plan_trigger(None, TRIGGER, retired=("old_one",))
    assert texts((step,))[1] == 'DROP TRIGGER IF EXISTS "old_one" ON "public"."t"'
    assert texts(plan_trigger_drop(TRIGGER)) == ['DROP TRIGGER IF EXISTS "t_touch" ON "public"."t"']


def test_grants_are_taken_back_and_given_again_in_order() -> None:
    """Whatever order they had: a dump shows it. PUBLIC sorts first, and is no role's name in quotes."""
    before = Grant(
        object_name="public.t", entries=(Entry(role="anon", privilege="truncate"),), policies=("stray", "own")
    )
    (step,) = plan_grant(before, GRANT)
    revoke, public, service, policy = texts((step,))
    assert revoke.startswith('REVOKE ALL ON TABLE "public"."t" FROM "anon"')
    assert public == 'GRANT SELECT ("a", "b") ON TABLE "public"."t" TO PUBLIC'
    assert service == 'GRANT SELECT ON TABLE "public"."t" TO "service_role"'
    assert policy == 'DROP POLICY IF EXISTS "stray" ON "public"."t"'
    assert step.hazards == (Hazard.ACCESS_WIDENED, Hazard.ACCESS_NARROWED)
    assert "+ PUBLIC: select (a, b)" in step.summary
    assert "- anon: truncate" in step.summary


def test_what_others_have_on_a_shared_schema_is_left() -> None:
    ours, theirs = Entry(role="o", privilege="usage"), Entry(role="anon", privilege="usage")
    wanted = Grant(target=Target.SCHEMA, object_name="public", entries=(ours,), exclusive=False)
    before = wanted.model_copy(update={"entries": (theirs,)})
    assert texts(plan_grant(before, wanted)) == ['GRANT USAGE ON SCHEMA "public" TO "o"']


def test_dropping_grants_takes_back_what_is_listed() -> None:
    (revoke,) = texts(plan_grant_drop(GRANT))
    assert revoke.startswith('REVOKE ALL ON TABLE "public"."t" FROM PUBLIC, "service_role"')
    assert plan_grant_drop(Grant(object_name="public.t")) == ()


def test_settings_are_set_and_reset() -> None:
    assert texts(plan_setting(None, SETTING)) == ["ALTER ROLE \"worker\" SET statement_timeout = '8s'"]
    assert texts(plan_setting_drop(SETTING)) == ['ALTER ROLE "worker" RESET statement_timeout']


def test_a_setting_of_a_role_in_one_database() -> None:
    given = {"scope": Scope.ROLE_IN_DATABASE, "target": "worker", "database": "Eden's", "value": "8s"}
    setting = Setting(parameter="statement_timeout", **given)
    (text,) = texts(plan_setting(None, setting))
    assert text == """ALTER ROLE "worker" IN DATABASE "Eden's" SET statement_timeout = '8s'"""
    (text,) = texts(plan_setting_drop(setting))
    assert text == """ALTER ROLE "worker" IN DATABASE "Eden's" RESET statement_timeout"""


def test_a_shared_list_is_added_to_and_only_ours_is_taken_out() -> None:
    assert merge_entries("a, b", "b, c") == "a, b, c"
    assert merge_entries("", "c") == "c"
    assert merge_entries("a, b, c", "c", ["b"]) == "a, c"
    assert merge_entries("a, b", "b", ["b"]) == "a, b", "what is wanted stays, whoever had it"
    assert has_entries("a, b", "b")
    assert not has_entries("a, bc", "b")


def test_a_setting_of_the_system_stands_outside_of_a_transaction_and_is_loaded() -> None:
    setting = Setting(scope=Scope.SYSTEM, parameter="work_mem", value="8MB")
    plan = plan_setting(None, setting)
    assert texts(plan) == ["ALTER SYSTEM SET work_mem = '8MB'", "SELECT pg_catalog.pg_reload_conf()"]
    assert not plan[0].transactional
