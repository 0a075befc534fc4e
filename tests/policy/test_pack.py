"""The pack in its own environment, as an engine asks it: nothing against the pipeline, each rule once it is broken."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.checks.stack import MODELS, OBJECT_RULES, STACK_RULES
from infra.models.definition import Definition
from tests.checks.mistakes import MISTAKES
from tests.checks.samples import Mistake
from tests.cli.commands import Project
from tests.policy.packs import FILES, ROOT, Pack, started
from tests.program.graph import Registration, run_program

pytestmark = pytest.mark.full

#: One mistake for each rule.
ONE_EACH = {mistake.rule: mistake for mistake in reversed(MISTAKES)}
LEVELS = {1: "MANDATORY"}


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack's environment, by its own lock alone."""
    folder = tmp_path_factory.mktemp("pack") / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=120)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"]
    subprocess.run([folder / "bin" / "python", *install, ROOT / "policy" / "requirements.txt"], check=True, timeout=600)
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def pack(python: Path) -> Iterator[Pack]:
    with started(python, ROOT / "policy") as found:
        yield found


def test_nothing_is_said_of_the_pipeline(pack: Pack) -> None:
    """Of what the program registers, secrets wrapped as they are on the wire."""
    made = run_program().made
    assert [*pack.of_each(made), *pack.of_all(made)] == []


@pytest.mark.parametrize("mistake", ONE_EACH.values(), ids=lambda mistake: mistake.rule)
def test_each_rule_is_reported_with_its_number_fix_and_page(pack: Pack, mistake: Mistake) -> None:
    resources = registered(mistake)
    said = [*pack.of_each(resources), *pack.of_all(resources)]
    own = [one for one in said if mistake.said in one.message]
    assert len(own) == 1
    assert own[0].policyName.startswith(f"{mistake.said[:6].lower()}-{mistake.rule.replace('_', '-')}")
    assert f"See docs/rules/{mistake.rule}.md." in own[0].message
    assert " Fix: " in own[0].message
    assert own[0].enforcementLevel == 1, "mandatory unless it is configured"


def registered(mistake: Mistake) -> list[Registration]:
    """The spoiled objects as an engine has them."""
    definition = Definition.load(mistake.spoiled)
    models = [model for objects in dict(definition).values() if isinstance(objects, tuple) for model in objects]
    kinds = {type(model): f"rollout:postgres:{type(model).__name__}" for model in models}
    provider = type("Request", (), {"provider": "a provider"})
    return [
        Registration(
            f"urn of {number}",
            kinds[type(model)],
            "it",
            custom=True,
            inputs=model.dump(),
            dependencies=frozenset(),
            request=provider,
        )
        for number, model in enumerate(models)
        if kinds[type(model)] in MODELS
    ]


def test_a_rule_is_enforced_as_it_is_configured(pack: Pack) -> None:
    """Advisory, or not at all; the others stay as they are."""
    resources = registered(ONE_EACH["role_attributes"])
    pack.configure(sec022_role_attributes="ADVISORY")
    assert [one.enforcementLevel for one in pack.of_each(resources)] == [0]
    pack.configure(sec022_role_attributes="DISABLED")
    assert pack.of_each(resources) == []
    pack.configure()
    assert [one.enforcementLevel for one in pack.of_each(resources)] == [1]


def test_what_is_not_known_yet_is_said_and_breaks_nothing(pack: Pack) -> None:
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    role = registered(ONE_EACH["role_attributes"])[0]
    role.inputs["name"] = unknown
    said = pack.of_each([role])
    assert {one.enforcementLevel for one in said} == {0}
    assert all("can't be known during preview" in one.message for one in said)
    role.inputs.update({"name": "notes_owner", "password": unknown})
    assert not [one for one in pack.of_each([role]) if "can't be known" in one.message]


def test_every_rule_about_resources_is_a_policy(pack: Pack) -> None:
    info = pack.info()
    assert info.name == "creative-pipeline-rules"
    assert len(info.policies) == len(OBJECT_RULES) + len(STACK_RULES) + 2


def test_the_pack_stands_alone_where_it_is_published(python: Path, tmp_path: Path) -> None:
    """`make policy-pack` takes along what it needs of the project, and no other folder is looked into."""
    folder = tmp_path / "elsewhere" / "policy"
    subprocess.run(["make", "-C", ROOT, "policy-pack", f"PACK={folder}"], check=True, capture_output=True, timeout=60)
    with started(python, folder) as found:
        assert [one.policyName for one in found.of_each(registered(ONE_EACH["role_attributes"]))] == [
            "sec022-role-attributes"
        ]


#: A program that takes the provider's resources past this project's own look at its definition.
PROGRAM = """
import pulumi
from infra.config.stack import read_stack
from infra.models.role import Role as RoleDefinition
from infra.models.table import Table as TableDefinition
from infra.resources import Role, RolloutProvider, Table
from tests.checks.samples import SOUND

options = pulumi.ResourceOptions(provider=RolloutProvider("rollout", read_stack().connection))
Role("notes_owner", RoleDefinition.load(SOUND["roles"][0]), options)
Table("public.notes", TableDefinition.load(SOUND["tables"][0]), options)
"""


@pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI")
def test_pulumi_itself_asks_the_pack(python: Path, served: Project) -> None:
    """The pipeline passes; a foreign key without an index, which no resource shows by itself, fails the preview."""
    served.environment |= {"PULUMI_BACKEND_URL": f"file://{served.folder}", "PULUMI_CONFIG_PASSPHRASE": "a passphrase"}
    (served.folder / "policy").mkdir()
    for name in FILES:
        (served.folder / "policy" / name).write_bytes((ROOT / "policy" / name).read_bytes())
    (served.folder / "policy" / "venv").symlink_to(python.parents[1])
    assert pulumi(served, "stack", "init", "dev").returncode == 0
    sound = pulumi(served, "preview", "--stack", "dev", "--policy-pack", "policy")
    assert sound.returncode == 0, sound.stdout + sound.stderr
    assert "creative-pipeline-rules" in sound.stdout
    (served.folder / "__main__.py").unlink()
    (served.folder / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    (served.folder / "tests").symlink_to(ROOT / "tests")
    broken = pulumi(served, "preview", "--stack", "dev", "--policy-pack", "policy")
    assert broken.returncode != 0
    assert "def009-foreign-key-indexed-across" in broken.stdout
    assert "DEF009 public.notes" in broken.stdout
    assert "See docs/rules/foreign_key_indexed.md." in broken.stdout
    levels = served.folder / "levels.json"
    levels.write_text(json.dumps({"def009-foreign-key-indexed-across": "advisory"}), encoding="utf-8")
    advised = pulumi(
        served, "preview", "--stack", "dev", "--policy-pack", "policy", "--policy-pack-config", str(levels)
    )
    assert advised.returncode == 0, advised.stdout + advised.stderr
    assert "DEF009 public.notes" in advised.stdout


def pulumi(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["pulumi", *arguments, "--non-interactive", "--color", "never"],
        cwd=project.folder,
        env=project._environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
