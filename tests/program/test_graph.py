"""What the program registers: each object once, in an order that holds, with its provider, protection and names."""

import json

import pytest

from infra.components.database import count_objects
from infra.models.flag import FlagName
from infra.pipeline.definition import define
from infra.pipeline.phases import rollout
from infra.pipeline.pooling import DEFAULTS
from infra.pipeline.tables import TABLES
from infra.pipeline.views import OVERVIEW
from tests.program.graph import CONFIG, SECRET, SIGNATURE, Graph, run_program

DEFINITION = define(rollout(1), deployer="deployer", access_stated=False, pooling=DEFAULTS)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return run_program()


def test_every_object_of_the_definition_is_registered_once(graph: Graph) -> None:
    """Nothing of the definition is forgotten, and nothing is there that the definition does not have."""
    keys = [item.key for item in graph.custom()]
    rollout_of_its_own = {"Gate gate", "Rollout rollout", "Cohort cohort", "Connections connections"}
    assert rollout_of_its_own <= set(keys)
    assert len(keys) - len(rollout_of_its_own) == count_objects(DEFINITION) == graph.outputs["objects"]
    assert len(keys) == len(set(keys))
    expected = {f"Table {table.identity}" for table in DEFINITION.tables}
    expected |= {f"Policy {policy.identity}" for policy in DEFINITION.policies}
    expected |= {f"Trigger {trigger.identity}" for trigger in DEFINITION.triggers}
    expected |= {f"Function {function.identity}" for function in DEFINITION.functions}
    expected |= {f"Grant {grant.identity}" for grant in DEFINITION.grants}
    expected |= {f"Setting {setting.identity}" for setting in DEFINITION.settings}
    expected |= {f"Index {index.identity}" for index in DEFINITION.indexes if not index.absent}
    assert expected <= set(keys)


def test_inputs_are_the_definition_in_its_wire_form(graph: Graph) -> None:
    """What the plugin checks is what the definition says, to the letter."""
    for table in DEFINITION.tables:
        assert graph.resource(f"Table {table.identity}").inputs == json.loads(json.dumps(table.dump()))
    for grant in DEFINITION.grants:
        assert graph.resource(f"Grant {grant.identity}").inputs == grant.dump()


def test_each_resource_names_its_provider(graph: Graph) -> None:
    """No resource falls back on a default provider, which would connect to whatever the environment says."""
    for item in graph.custom():
        package = item.type.partition(":")[0]
        assert f"::pulumi:providers:{package}::{package}::" in item.request.provider, item.key
    assert {item.key for item in graph.made if "providers" in item.type} == {
        "rollout rollout",
        "postgresql postgresql",
    }


def test_the_password_is_a_secret_wherever_it_goes(graph: Graph) -> None:
    """Both providers get it wrapped, and no other input and no output holds it."""
    for package in ("rollout", "postgresql"):
        wrapped = graph.resource(f"{package} {package}").inputs["password"]
        assert wrapped == {SIGNATURE: SECRET, "value": CONFIG["databasePassword"]}
    rest = [item.inputs for item in graph.custom()]
    assert CONFIG["databasePassword"] not in json.dumps([rest, graph.outputs, graph.log])


def test_pulumi_postgresql_is_told_what_it_must_know(graph: Graph) -> None:
    """It is not a superuser, keeps to one connection, and gives up instead of waiting for ever."""
    inputs = graph.resource("postgresql postgresql").inputs
    assert inputs["superuser"] == "false"
    assert inputs["maxConnections"] == "1"
    assert inputs["connectTimeout"] == "15"
    assert inputs["sslmode"] == "require"
    assert inputs["database"] == "app"


def test_the_foundation_stands_before_everything_else(graph: Graph) -> None:
    """Schemas, roles, memberships, schema grants, settings, and only then a table or a function."""
    schemas = {"Schema pipeline_private", "Schema pipeline_archive"}
    roles = {f"Role {role.name}" for role in DEFINITION.roles}
    members = {f"GrantRole deployer as {role.name}" for role in DEFINITION.roles}
    grants = {"Grant schema:public", "Grant schema:pipeline_private", "Grant schema:pipeline_archive"}
    for role in roles:
        assert schemas <= graph.before(role)
    for member in members:
        assert roles <= graph.before(member)
    for grant in grants:
        assert members <= graph.before(grant)
    for setting in DEFINITION.settings:
        assert grants <= graph.before(f"Setting {setting.identity}")
    for kind in ("Table", "Function", "Policy", "View"):
        for item in graph.of_kind(kind):
            assert schemas | roles | members | grants <= graph.before(item.key)


def test_memberships_are_made_one_after_the_other(graph: Graph) -> None:
    """Made at once, they race for the member's catalog rows."""
    depths = sorted(len(graph.before(item.key)) for item in graph.of_kind("GrantRole"))
    assert depths == [depths[0], depths[0] + 1, depths[0] + 2]


def test_tables_wait_for_their_keys_and_for_nothing_else(graph: Graph) -> None:
    """Profiles come first; the six others need no one but them."""
    for table in TABLES:
        waits = {key for key in graph.before(f"Table {table.identity}") if key.startswith("Table ")}
        expected = set() if table.name == "creator_profiles" else {"Table public.creator_profiles"}
        assert waits == expected, table.name


def test_a_grant_on_a_table_comes_last(graph: Graph) -> None:
    """Nothing is granted before every policy, index and trigger of the table stands."""
    for table in DEFINITION.tables:
        before = graph.before(f"Grant relation:{table.identity}")
        prefix = f"{table.identity}."
        assert {f"Policy {p.identity}" for p in DEFINITION.policies if p.identity.startswith(prefix)} <= before
        assert {f"Trigger {t.identity}" for t in DEFINITION.triggers if t.identity.startswith(prefix)} <= before
        present = {f"Index {i.identity}" for i in DEFINITION.indexes_of(table) if not i.absent}
        retired = {f"Index {i.identity} (retired)" for i in DEFINITION.indexes_of(table) if i.absent}
        assert present | retired <= before


def test_policies_wait_for_the_table_that_they_read(graph: Graph) -> None:
    """An owner's test reads the profiles: PostgreSQL refuses it while they are missing."""
    for policy in DEFINITION.policies:
        before = graph.before(f"Policy {policy.identity}")
        read = {"Table public.creator_profiles"} if "creator_profiles" in f"{policy.using} {policy.check}" else set()
        assert {f"Table {policy.relation}"} | read <= before


def test_an_index_goes_only_when_its_successor_stands(graph: Graph) -> None:
    """Queries are never without an index in between."""
    for index in DEFINITION.indexes:
        if index.absent:
            successors = {
                f"Index {other.identity}"
                for other in DEFINITION.indexes
                if not other.absent and other.makes_redundant(index)
            }
            assert successors
            assert successors <= graph.before(f"Index {index.identity} (retired)")


def test_functions_and_their_grants(graph: Graph) -> None:
    """A SQL body is checked when it is made, so it waits for its tables; a trigger's function waits for none."""
    for function in DEFINITION.functions:
        before = graph.before(f"Function {function.identity}")
        named = {f"Table {table.identity}" for table in DEFINITION.tables if table.identity in function.body}
        waits = function.language == "sql"
        assert not waits or named <= before
        assert any(item.startswith("Table ") for item in before) is (waits and bool(named))
        assert f"Function {function.identity}" in graph.before(f"Grant function:{function.identity}")


def test_triggers_wait_for_table_and_function(graph: Graph) -> None:
    for trigger in DEFINITION.triggers:
        before = graph.before(f"Trigger {trigger.identity}")
        assert {f"Table {trigger.relation}", f"Function {trigger.function}()"} <= before


def test_the_view_waits_for_its_tables_and_opens_after_them(graph: Graph) -> None:
    """The view shows no more than the tables do, so their grants come first."""
    four = ("creator_profiles", "pipeline_sessions", "assessment_scores", "agent_potential_mappings")
    assert {f"Table public.{name}" for name in four} <= graph.before(f"View {OVERVIEW.identity}")
    before = graph.before(f"Grant relation:{OVERVIEW.identity}")
    assert {f"View {OVERVIEW.identity}", *(f"Grant relation:public.{name}" for name in four)} <= before


@pytest.mark.parametrize(("given", "expected"), [("true", True), ("false", False), (None, True)])
def test_protect_reaches_what_holds_data(given: str | None, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """Tables, schemas and roles are protected unless the stack file says otherwise; nothing else is."""
    graph = run_program(CONFIG | ({"protect": given} if given else {}))
    protected = {item.type.rpartition(":")[2] for item in graph.custom() if item.request.protect}
    assert protected == ({"Table", "Schema", "Role"} if expected else set())


@pytest.mark.parametrize("phase", [1, 2, 3, 4, 5])
def test_each_phase_differs_in_one_grant_and_the_flags(phase: int) -> None:
    """What a reviewer sees of an advance: the gate, the sign-up, and the flags."""
    first, other = run_program(), run_program(CONFIG | {"phase": str(phase)})
    changed = {item.key for item in other.custom() if item.inputs != first.resource(item.key).inputs}
    expected = {"Gate gate", "Rollout rollout", "Grant relation:public.creator_profiles"}
    assert changed == (expected if phase > 1 else set())


def test_schemas_outlive_the_stack(graph: Graph) -> None:
    """What is parked in the archive is still there after `pulumi destroy`."""
    assert all(item.request.retainOnDelete and item.inputs["ifNotExists"] for item in graph.of_kind("Schema"))
    assert [item.name for item in graph.of_kind("Table") if item.request.retainOnDelete] == list(DEFINITION.retained)


def test_the_ledger_outlives_the_stack_with_all_that_keeps_it(graph: Graph) -> None:
    """Left behind are the table, and what lets nobody change it or read it who may not."""
    kept = {item.key for item in graph.custom() if item.request.retainOnDelete and item.type.startswith("rollout:")}
    ledger = "pipeline_private.rollout_ledger"
    assert kept == {
        "Grant schema:pipeline_archive",
        f"Table {ledger}",
        f"Policy {ledger}.owner_all",
        f"Policy {ledger}.monitor_select",
        f"Trigger {ledger}.rollout_ledger_refuse_change",
        f"Grant relation:{ledger}",
        "Function pipeline_private.refuse_change()",
        "Grant function:pipeline_private.refuse_change()",
    }
    assert not graph.resource(f"Table {ledger}").request.protect


def test_what_a_phase_opens_waits_for_its_gate(graph: Graph) -> None:
    """The gate measures what the tables hold, and stands before the grant and the flags; members do not wait for it."""
    assert {f"Table {table.identity}" for table in DEFINITION.tables} <= graph.before("Gate gate")
    assert "Gate gate" in graph.before("Grant relation:public.creator_profiles")
    assert {"Gate gate", "Grant relation:public.creator_profiles"} <= graph.before("Rollout rollout")
    assert "Gate gate" not in graph.before("Cohort cohort")


def test_flags_are_told_elsewhere_once_the_database_has_them() -> None:
    """A resource for each place that the stack file names, none of them before the flags."""
    delivery = {"envFile": "flags.env", "flagd": "flags.json", "ssm": {"prefix": "/eden"}}
    delivery["appConfig"] = {"application": "eden", "environment": "dev", "profile": "flags"}
    texts = {"delivery": json.dumps(delivery), "aws": json.dumps({"region": "eu-west-1"})}
    graph = run_program(CONFIG | texts)
    kinds = ("EnvFile", "FlagdFile", "Parameters", "FlagConfiguration")
    for kind in kinds:
        (made,) = graph.of_kind(kind)
        assert "Rollout rollout" in graph.before(made.key)
        assert made.inputs["flags"]["PIPELINE_MONITORING_ENABLED"] is True
        assert not made.inputs.get("cohortOnly")
    assert not any(run_program().of_kind(kind) for kind in kinds)


@pytest.mark.parametrize("phase", [2, 3, 4])
def test_what_requires_a_flag_of_the_cohort_is_told_for_the_cohort(phase: int) -> None:
    """As `feature_enabled` has it: a stranger has no flag of the chain, whoever is asked."""
    delivery = {"flagd": "flags.json", "appConfig": {"application": "eden", "environment": "dev", "profile": "flags"}}
    texts = {"phase": str(phase), "delivery": json.dumps(delivery), "aws": json.dumps({"region": "eu-west-1"})}
    graph = run_program(CONFIG | texts)
    for kind in ("FlagdFile", "FlagConfiguration"):
        (made,) = graph.of_kind(kind)
        on = {name for name, enabled in made.inputs["flags"].items() if enabled}
        assert on - set(made.inputs["cohortOnly"]) == {"PIPELINE_MONITORING_ENABLED", "PIPELINE_PERFORMANCE_ALERTS"}


def test_each_resource_takes_over_its_import_from_the_top_of_the_stack(graph: Graph) -> None:
    """`pulumi import` puts an object below the stack; the component that has it today takes it over by its alias."""
    for item in graph.custom():
        assert f"urn:pulumi:test::creative-pipeline::{item.type}::{item.name}" in list(item.request.aliasURNs)


def test_components_hold_everything(graph: Graph) -> None:
    """Every object lies in a component, and the components in one."""
    assert all("creative-pipeline:components:" in item.request.parent for item in graph.custom())
    tops = [i for i in graph.made if not i.custom and i.request.parent.endswith("::creative-pipeline-test")]
    assert [item.type for item in tops] == ["creative-pipeline:components:Database"]


def test_outputs(graph: Graph) -> None:
    assert graph.outputs == {
        "phase": 1,
        "access": "service",
        "flags": {name.value: name.value.startswith("PIPELINE_") for name in FlagName},
        "objects": count_objects(DEFINITION),
        "database": "db.example.org:5432/app",
    }


def test_legacy_access_shows_as_a_hazard(graph: Graph) -> None:
    """Service is silent; legacy is a warning with a code to search for."""
    assert not graph.log
    legacy = run_program(CONFIG | {"access": "legacy"})
    ((severity, text),) = legacy.log
    assert severity == "WARNING"
    assert text.startswith("ACCESS_LEGACY access: ")
    assert legacy.outputs["access"] == "legacy"


@pytest.mark.parametrize(("given", "stated"), [("service", True), ("legacy", True), ("", False), (None, False)])
def test_whether_access_is_stated_reaches_the_grants(given: str | None, stated: bool) -> None:  # noqa: FBT001
    """Only a stated access lets the grants replace policies that somebody else made."""
    graph = run_program(CONFIG | ({} if given is None else {"access": given}))
    for table in TABLES:
        inputs = graph.resource(f"Grant relation:{table.identity}").inputs
        assert inputs.get("replacesPolicies", True) is stated


def test_extensions_are_made_first_and_stay(graph: Graph) -> None:
    """None by default; those that are listed come before the roles and outlive the stack."""
    assert not graph.of_kind("Extension")
    listed = run_program(CONFIG | {"extensions": '["pg_trgm"]'})
    (extension,) = listed.of_kind("Extension")
    assert extension.inputs == {"name": "pg_trgm", "schema": "extensions"}
    assert extension.request.retainOnDelete
    assert extension.key in listed.before("Role pipeline_owner")
