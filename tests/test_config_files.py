"""Pulumi.yaml and the stack files: what they declare is what the program reads, and what they say is accepted."""

from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from infra.config.settings import KEYS, PLACEHOLDER, StackSettings
from infra.config.stack import Refusal, Source, StackConfig, resolve
from infra.embedded.engine.project import read_project
from infra.embedded.postgres import ensure_running
from infra.models.pool import LEAST_POOLED
from infra.models.pool_server import Platform

ROOT: Final = Path(__file__).resolve().parents[1]
PROJECT: Final = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
OBJECTS: Final = (
    "database",
    "ready",
    "flags",
    "cohort",
    "gates",
    "delivery",
    "aws",
    "monitoring",
    "backups",
    "metrics",
    "pooling",
    "pgbouncer",
    "verifiers",
)
ARRAYS: Final = ("extensions", "attestations", "overrides", "approvals")
STACKS: Final = ("dev", "staging", "prod")


def read(stack: str, folder: Path, **secrets: str) -> StackConfig:
    """Resolve a stack file of the folder as the embedded engine reads it."""
    project = read_project(folder, stack, extra_config={}, extra_secrets=secrets)
    values = {key: project.config.values[key] for key in sorted(project.config.values)}
    return resolve(Source(project.name, stack, folder, values, project.config.secret_keys))


@pytest.fixture
def filled_in(tmp_path: Path) -> Path:
    """A copy of the project's files with a reference in place of the examples' placeholder."""
    for file in ROOT.glob("Pulumi*.yaml"):
        text = file.read_text(encoding="utf-8").replace(f"host: db.{PLACEHOLDER}.", "host: db.abcdefghijklmnopqrst.")
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    return tmp_path


def test_each_declared_key_is_read_and_each_read_key_is_declared() -> None:
    """Nothing in a stack file is silently without effect."""
    declared = {key for key in PROJECT["config"] if not key.startswith("pulumi:")}
    assert declared == set(KEYS)


def test_each_key_is_described_and_typed_and_its_default_is_the_programs() -> None:
    """Defaults stand twice, once for Pulumi's CLI and once for the program: they are the same."""
    types = (
        {"phase": "integer", "protect": "boolean"} | dict.fromkeys(OBJECTS, "object") | dict.fromkeys(ARRAYS, "array")
    )
    for name, model in StackSettings.model_fields.items():
        entry: dict[str, Any] = PROJECT["config"][model.alias or name]
        assert entry["description"]
        assert entry["type"] == types.get(name, "string")
        assert ("default" in entry) is not model.is_required()
        if "default" in entry:
            assert getattr(
                StackSettings.model_validate({"phase": 1, "database": {}, name: entry["default"]}), name
            ) == (model.get_default(call_default_factory=True))


def test_the_project_says_what_the_program_relies_on() -> None:
    assert PROJECT["name"] == "creative-pipeline"
    assert PROJECT["options"] == {"refresh": "always"}
    assert PROJECT["runtime"] == {"name": "python", "options": {"toolchain": "pip", "virtualenv": "venv"}}
    assert PROJECT["plugins"]["providers"] == [{"name": "rollout", "path": "./infra/provider"}]
    assert (ROOT / "infra/provider/PulumiPlugin.yaml").is_file()
    assert PROJECT["config"]["pulumi:disable-default-providers"] == {"value": ["*"]}


def test_the_dev_stack_is_the_embedded_database(home: Path) -> None:
    """As it stands in the repository, unprotected, with nothing to be set."""
    database = ensure_running(home)
    config = read("dev", ROOT)
    assert config.connection.address == f"127.0.0.1:{database.deployer.port}/eden_academy"
    assert (config.phase, config.protect, config.access_stated) == (1, False, True)


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_the_examples_are_whole_but_for_what_only_their_owner_knows(filled_in: Path, stack: str) -> None:
    """With the project's reference and the password they are accepted, and protect what they deploy."""
    config = read(stack, filled_in, databasePassword="correct horse")
    assert config.connection.address == "db.abcdefghijklmnopqrst.supabase.co:5432/postgres"
    assert config.connection.sslmode in {"require", "verify-full"}
    assert config.protect
    assert config.pooling.platform is Platform.SUPABASE
    assert config.pooling.kept >= LEAST_POOLED
    assert not config.access_stated, "who adopts a database decides about its policies"


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_an_example_as_it_stands_says_what_is_to_be_filled_in(stack: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(stack, ROOT)
    assert [(error.code, error.path) for error in caught.value.errors] == [
        ("CFG004", "database.host"),
        ("CFG004", "databasePassword"),
    ]


def test_every_value_of_a_stack_file_is_explained() -> None:
    """Each file opens with what it is for."""
    for stack in STACKS:
        text = (ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
        assert text.startswith("# ")
        assert "phase: 1" in text
    assert PLACEHOLDER not in (ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8")


def test_no_stack_file_is_without_a_test() -> None:
    tracked = {file.name for file in ROOT.glob("Pulumi.*.yaml")}
    assert tracked == {f"Pulumi.{stack}.yaml" for stack in STACKS}
