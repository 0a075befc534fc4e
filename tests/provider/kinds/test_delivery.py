"""The four kinds that tell flags elsewhere: created, compared with what is really there, repaired, taken back."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from infra.aws.client import client
from infra.aws.ssm import read_parameters
from infra.errors import RolloutError, RolloutErrors
from infra.models.delivery import AwsSettings
from infra.models.flag import FlagName
from infra.provider.handler import UNKNOWN, Call, Handler, Properties
from infra.provider.kinds.env_file import EnvFileKind
from infra.provider.kinds.flag_configuration import FlagConfigurationKind
from infra.provider.kinds.flagd_file import FlagdFileKind
from infra.provider.kinds.parameters import ParametersKind
from infra.provider.partial import PartialFailure
from infra.provider.schema import package_schema
from tests.aws.fake_appconfig import FakeAppConfig

ENABLE, LAUNCH = "ENABLE_CREATIVE_PIPELINE", "CREATOR_AGENT_LAUNCH"
FLAGS = {name.value: name.value == ENABLE for name in FlagName}
ANN, BEA = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-000000000001"
AWS = {"region": "eu-central-1"}
Kinds = EnvFileKind | FlagdFileKind | ParametersKind | FlagConfigurationKind


@dataclass
class World:
    """A project's folder, moto's SSM and an AppConfig in memory."""

    folder: Path
    app_config: FakeAppConfig
    lines: list[str] = field(default_factory=list)

    def call(self, *, preview: bool = False) -> Call:
        return Call("urn", self._no_database, preview, lambda severity, text: self.lines.append(f"{severity} {text}"))

    @staticmethod
    def _no_database() -> None:
        raise AssertionError("no database is asked")

    @property
    def ssm(self) -> Any:
        return client("ssm", AwsSettings(region="eu-central-1"))

    def edit(self, path: str, change: Callable[[str], str]) -> None:
        file = self.folder / path
        file.write_text(change(file.read_text()))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    (tmp_path / "Pulumi.yaml").touch()
    monkeypatch.chdir(tmp_path)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    fake = FakeAppConfig()
    monkeypatch.setattr("infra.provider.kinds.flag_configuration.client", lambda *_: fake)
    with mock_aws():
        yield World(tmp_path, fake)


@dataclass(frozen=True)
class Case:
    """A kind, inputs for it, and what somebody does to the target by hand."""

    make: Callable[[World], Kinds]
    inputs: Properties
    drift: Callable[[World], None]
    drifted: list[str]
    empty: Callable[[World], None]


def _reset_parameter(world: World) -> None:
    world.ssm.put_parameter(Name=f"/pipeline/{LAUNCH}", Value="true", Type="String", Overwrite=True)
    world.ssm.delete_parameter(Name=f"/pipeline/{ENABLE}")


def _delete_parameters(world: World) -> None:
    world.ssm.delete_parameters(Names=[f"/pipeline/{name}" for name in FLAGS])


def _deploy_another(world: World) -> None:
    fake = world.app_config
    other = json.loads(fake.versions[0]["Content"])
    other["values"]["creatorAgentLaunch"]["enabled"] = True
    other["values"]["enableCreativePipeline"]["audience"] = "everyone"
    fake.versions.append({**fake.versions[0], "VersionNumber": 2, "Content": json.dumps(other).encode()})
    first = fake.deployments[0]
    fake.deployments.append(type(first)(2, first.environment, first.profile, "2", first.strategy, fake.time.seconds))


def _edit_env(world: World) -> None:
    world.edit("deploy/flags.env", lambda text: text.replace(f"{LAUNCH}=false", f"{LAUNCH}=true\nEXTRA=1"))


def _edit_flagd(world: World) -> None:
    def change(text: str) -> str:
        document = json.loads(text)
        document["flags"][ENABLE] = {**document["flags"][ENABLE], "targeting": {}, "defaultVariant": "on"}
        document["$evaluators"]["cohort"]["in"][1].append("stranger")
        return json.dumps(document)

    world.edit("flags.json", change)


CASES = {
    "env": Case(
        lambda _: EnvFileKind(),
        {"path": "deploy/flags.env", "flags": FLAGS},
        _edit_env,
        [f"flags.{LAUNCH}", "flags.EXTRA"],
        lambda world: (world.folder / "deploy/flags.env").unlink(),
    ),
    "flagd": Case(
        lambda _: FlagdFileKind(),
        {"path": "flags.json", "flags": FLAGS, "cohortOnly": [ENABLE], "members": [BEA, ANN]},
        _edit_flagd,
        [f"flags.{ENABLE}", "cohortOnly", "members[2]"],
        lambda world: (world.folder / "flags.json").unlink(),
    ),
    "ssm": Case(
        lambda _: ParametersKind(),
        {"prefix": "/pipeline", "flags": FLAGS, "aws": AWS},
        _reset_parameter,
        [f"flags.{ENABLE}", f"flags.{LAUNCH}"],
        _delete_parameters,
    ),
    "appconfig": Case(
        lambda world: FlagConfigurationKind(world.app_config.time.clock),
        {
            "application": "creative",
            "environment": "prod",
            "profile": "flags",
            "flags": FLAGS,
            "cohortOnly": [ENABLE],
            "aws": AWS,
        },
        _deploy_another,
        [f"flags.{LAUNCH}", "cohortOnly"],
        lambda world: world.app_config.deployments.clear(),
    ),
}
each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def _paths(kind: Kinds, old: Properties, new: Properties) -> list[str]:
    return [change.path for change in kind.diff(old, new)]


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises((RolloutError, RolloutErrors), match=code):
        yield


@each_case
def test_from_nothing_to_nothing(world: World, case: Case) -> None:
    """Created, read back without a difference, changed, read back again; nothing differs from what was given."""
    kind = case.make(world)
    assert kind.check(case.inputs) == []
    made = kind.create(world.call(), case.inputs)
    assert made.id == kind.identify(case.inputs)
    read = kind.read(world.call(), made.id, case.inputs)
    assert read is not None
    assert read.inputs == case.inputs
    assert read.outputs == made.outputs
    changed = {**case.inputs, "flags": FLAGS | {LAUNCH: True}}
    assert _paths(kind, case.inputs, changed) == [f"flags.{LAUNCH}"]
    kind.update(world.call(), made.id, case.inputs, changed)
    read = kind.read(world.call(), made.id, changed)
    assert read is not None
    assert _paths(kind, read.inputs, changed) == []
    kind.delete(world.call(), made.id, changed)
    kind.delete(world.call(), made.id, changed)  # as after an interruption


@each_case
def test_drift_is_seen_flag_by_flag_and_repaired(world: World, case: Case) -> None:
    kind = case.make(world)
    made = kind.create(world.call(), case.inputs)
    case.drift(world)
    read = kind.read(world.call(), made.id, case.inputs)
    assert read is not None
    assert sorted(_paths(kind, read.inputs, case.inputs)) == sorted(case.drifted)
    kind.update(world.call(), made.id, read.inputs, case.inputs)
    read = kind.read(world.call(), made.id, case.inputs)
    assert read is not None
    assert _paths(kind, read.inputs, case.inputs) == []


@each_case
def test_what_is_gone_is_read_as_missing_and_made_anew(world: World, case: Case) -> None:
    kind = case.make(world)
    made = kind.create(world.call(), case.inputs)
    case.empty(world)
    assert kind.read(world.call(), made.id, case.inputs) is None
    kind.create(world.call(), case.inputs)
    assert kind.read(world.call(), made.id, case.inputs) is not None


@each_case
def test_an_import_takes_over_what_is_there(world: World, case: Case) -> None:
    """By the id alone; what it returns can be declared."""
    kind = case.make(world)
    made = kind.create(world.call(), case.inputs)
    read = kind.read(world.call(), made.id, None)
    assert read is not None
    assert kind.check(read.inputs) == []
    assert _paths(kind, read.inputs, case.inputs) == []


@each_case
def test_a_preview_changes_nothing(world: World, case: Case) -> None:
    kind = case.make(world)
    preview = kind.create(world.call(preview=True), case.inputs)
    assert preview.outputs == case.inputs
    assert list(world.folder.iterdir()) == [world.folder / "Pulumi.yaml"]
    assert read_parameters(world.ssm, "/pipeline") == {}
    assert world.app_config.calls == []
    made = kind.create(world.call(), case.inputs)
    before = kind.read(world.call(), made.id, None)
    changed = {**case.inputs, "flags": FLAGS | {LAUNCH: True}}
    kind.update(world.call(preview=True), made.id, case.inputs, changed)
    assert kind.read(world.call(), made.id, None) == before
    kind.create(world.call(preview=True), case.inputs)
    assert world.lines[-1] == "info takes over what is there"


@each_case
def test_unknowns_are_passed_over_in_a_preview(world: World, case: Case) -> None:
    kind = case.make(world)
    unknown = {**case.inputs, "flags": {**FLAGS, ENABLE: UNKNOWN}}
    assert kind.check(unknown) == []
    assert kind.identify(unknown) is None
    assert kind.create(world.call(preview=True), unknown).id == ""
    assert _paths(kind, case.inputs, unknown) == [f"flags.{ENABLE}"]
    assert [problem.path for problem in kind.check({**unknown, "other": 1})] == ["other"]


@each_case
def test_every_problem_is_told_at_once(world: World, case: Case) -> None:
    """Each under its property, with the flag's own name; the text says the same path."""
    kind = case.make(world)
    wrong = {**case.inputs, "flags": {"NO_SUCH": True, ENABLE: "yes"}, "extra": 1}
    del wrong[next(key for key in case.inputs if key not in ("flags", "aws"))]
    problems = {problem.path: problem.error for problem in kind.check(wrong)}
    missing = next(key for key in case.inputs if key not in ("flags", "aws"))
    assert {"flags.NO_SUCH", f"flags.{ENABLE}", "extra", missing} == set(problems)
    assert problems["flags.NO_SUCH"].code == "FLAG001"
    assert str(problems["flags.NO_SUCH"]).startswith(f"FLAG001 {kind.name}.flags.NO_SUCH: there is no flag 'NO_SUCH'")


@each_case
def test_the_order_and_the_spelling_of_the_program_are_no_difference(world: World, case: Case) -> None:
    kind = case.make(world)
    spelled = {**case.inputs, "flags": dict(reversed(FLAGS.items()))}
    spelled |= {key: list(reversed(case.inputs[key])) for key in ("cohortOnly", "members") if key in case.inputs}
    assert _paths(kind, case.inputs, spelled) == []
    made = kind.create(world.call(), spelled)
    read = kind.read(world.call(), made.id, spelled)
    assert read is not None
    assert read.inputs == spelled


RENAMED = [
    ("env", {"path": "other.env"}, {"path": "update-replace"}),
    ("flagd", {"path": "other.json"}, {"path": "update-replace"}),
    ("ssm", {"prefix": "/other"}, {"prefix": "update-replace"}),
    ("ssm", {"aws": {"region": "us-east-1"}}, {"aws.region": "update-replace"}),
    ("ssm", {"aws": {**AWS, "endpoint": "http://localhost:4566"}}, {"aws.endpoint": "add"}),
    ("appconfig", {"environment": "staging"}, {"environment": "update-replace"}),
    ("appconfig", {"strategy": "slow"}, {"strategy": "add"}),
]


@pytest.mark.parametrize(("name", "change", "expected"), RENAMED)
def test_another_target_is_another_resource(
    world: World, name: str, change: Properties, expected: dict[str, str]
) -> None:
    """The new one is told before the old one is taken back; what does not name the target changes in place."""
    case = CASES[name]
    kind = case.make(world)
    changed = case.inputs | change
    assert {change.path: change.kind.value for change in kind.diff(case.inputs, changed)} == expected
    assert not kind.deletes_first(case.inputs, changed)
    renamed = any(kind.endswith("replace") for kind in expected.values())
    assert (kind.identify(case.inputs) != kind.identify(changed)) == renamed


@pytest.mark.parametrize("name", ["env", "flagd"])
def test_somebody_elses_file_is_refused(world: World, name: str) -> None:
    """The preview says so already, and it stays as it is. A refresh finds ours missing, so that a destroy goes on."""
    case = CASES[name]
    file = world.folder / case.inputs["path"]
    file.parent.mkdir(exist_ok=True)
    file.write_text('{"theirs": 1}')
    case.make(world).create(world.call(preview=True), case.inputs)
    assert world.lines[-1].startswith("warning DLV001")
    with refused("DLV001"):
        case.make(world).create(world.call(), case.inputs)
    assert case.make(world).read(world.call(), case.inputs["path"], case.inputs) is None
    case.make(world).delete(world.call(), case.inputs["path"], case.inputs)
    assert file.read_text() == '{"theirs": 1}'
    assert "is left" in world.lines[-1]


def _block_env(world: World) -> None:
    _block(world, "deploy/flags.env")


def _block_flagd(world: World) -> None:
    _block(world, "flags.json")


def _block(world: World, path: str) -> None:
    (world.folder / path).unlink()
    (world.folder / path).mkdir()


def _shut_out(world: World) -> None:
    world.app_config.refuses["ListApplications"] = "AccessDeniedException"


@pytest.mark.parametrize(("name", "block"), [("env", _block_env), ("flagd", _block_flagd), ("appconfig", _shut_out)])
def test_what_cannot_be_looked_at_counts_as_it_was(world: World, name: str, block: Callable[[World], None]) -> None:
    """A refresh or a preview that failed there would keep `up` from turning the flags off in the database.

    The engine tells it again in the same run, and that fails by itself; an import has nothing to fall back on.
    """
    case = CASES[name]
    kind = case.make(world)
    made = kind.create(world.call(), case.inputs)
    block(world)
    with pytest.raises(PartialFailure, match=r"AWS001|DLV001") as caught:
        kind.read(world.call(), made.id, case.inputs)
    assert caught.value.snapshot.inputs == case.inputs
    changed = {**case.inputs, "flags": FLAGS | {LAUNCH: True}}
    kind.update(world.call(preview=True), made.id, case.inputs, changed)
    assert world.lines[-1].startswith("warning ")
    with refused("AWS001|DLV001"):
        kind.update(world.call(), made.id, case.inputs, changed)
    with refused("AWS001|DLV001"):
        kind.read(world.call(), made.id, None)


def test_the_file_is_in_the_project_wherever_the_engine_starts_us(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `main:` in Pulumi.yaml the provider runs in a folder below."""
    program = world.folder / "program"
    program.mkdir()
    monkeypatch.chdir(program)
    EnvFileKind().create(world.call(), CASES["env"].inputs)
    assert (world.folder / "deploy/flags.env").is_file()
    assert list(program.iterdir()) == []


def test_a_flag_that_is_told_no_more_is_deleted(world: World) -> None:
    kind, inputs = ParametersKind(), CASES["ssm"].inputs
    kind.create(world.call(), inputs)
    world.ssm.put_parameter(Name="/pipeline/THEIRS", Value="1", Type="String")
    fewer = {**inputs, "flags": {ENABLE: True}}
    kind.update(world.call(), "x", inputs, fewer)
    assert read_parameters(world.ssm, "/pipeline") == {ENABLE: True}
    kind.delete(world.call(), "x", fewer)
    assert [one["Name"] for one in world.ssm.get_parameters_by_path(Path="/pipeline")["Parameters"]] == [
        "/pipeline/THEIRS"
    ]


def test_a_configuration_is_turned_off_and_left(world: World) -> None:
    case = CASES["appconfig"]
    kind = case.make(world)
    made = kind.create(world.call(), case.inputs)
    assert made.outputs["version"] == 1
    kind.delete(world.call(), made.id, case.inputs)
    read = kind.read(world.call(), made.id, None)
    assert read is not None
    assert read.outputs["version"] == 2
    assert not any(read.inputs["flags"].values())
    assert "with every flag off" in world.lines[-1]


def test_aws_out_of_reach_warns_in_a_preview_and_fails_an_up(world: World) -> None:
    """Whoever previews a pull request need not be let into AWS."""
    world.app_config.refuses["ListApplications"] = "AccessDeniedException"
    case = CASES["appconfig"]
    case.make(world).create(world.call(preview=True), case.inputs)
    assert world.lines[-1].startswith("warning AWS001")
    with refused("AWS001"):
        case.make(world).create(world.call(), case.inputs)


@pytest.mark.parametrize(
    ("name", "identity"),
    [
        ("ssm", "/pipeline"),
        ("ssm", "eu-central-1:pipeline"),
        ("appconfig", "creative/prod/flags"),
        ("appconfig", "r:a/b"),
    ],
)
def test_what_is_no_id_cannot_be_imported(world: World, name: str, identity: str) -> None:
    with refused("PRV001"):
        CASES[name].make(world).read(world.call(), identity, None)


def test_inputs_that_nobody_checked_are_refused(world: World) -> None:
    with refused("FLAG001"):
        EnvFileKind().create(world.call(), {"path": "f", "flags": {"NO_SUCH": True}})


def test_the_schema_of_the_package_holds_them() -> None:
    """Maps of booleans, lists of texts, and the settings of AWS as a type of its own."""
    kinds: list[Handler] = [EnvFileKind(), FlagdFileKind(), ParametersKind(), FlagConfigurationKind()]
    schema = package_schema(kinds, "0.1.0")
    assert list(schema["resources"]) == [
        "rollout:flags:EnvFile",
        "rollout:flags:FlagdFile",
        "rollout:aws:Parameters",
        "rollout:aws:FlagConfiguration",
    ]
    assert set(schema["types"]) == {"rollout:aws:AwsSettings"}
    flagd, configuration = (schema["resources"][kinds[place].token] for place in (1, 3))
    assert flagd["inputProperties"]["flags"] == {"type": "object", "additionalProperties": {"type": "boolean"}}
    assert flagd["inputProperties"]["members"] == {"type": "array", "items": {"type": "string"}}
    assert flagd["requiredInputs"] == ["flags", "path"]
    assert configuration["inputProperties"]["aws"] == {"$ref": "#/types/rollout:aws:AwsSettings"}
    assert configuration["properties"]["version"]["type"] == "integer"
    endpoint = schema["types"]["rollout:aws:AwsSettings"]["properties"]["endpoint"]
    assert endpoint == {"type": "string"}
    for resource in schema["resources"].values():
        assert all({"type", "$ref"} & spec.keys() for spec in resource["properties"].values())
