"""The fleet file: its waves, its patterns, and what is wrong with it."""

import re
from pathlib import Path

import pytest

from infra.config.fleet import read_fleet
from infra.errors import RolloutError, RolloutErrors
from infra.models.fleet import Fleet
from tests.cli.commands import ROOT
from tests.runbook.commands import Command, commands_of, parse


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("dev", "eu-1", "eu-2", "us-1", "us-2", "us-3"):
        (tmp_path / f"Pulumi.{name}.yaml").write_text("config: {}\n", encoding="utf-8")
    return tmp_path


def plan(folder: Path, text: str) -> list[tuple[str, list[str]]]:
    (folder / "fleet.yaml").write_text(text, encoding="utf-8")
    return [(wave.name, list(wave.stacks)) for wave in read_fleet(folder).plan]


def test_the_canary_comes_first_and_the_rest_in_equal_waves(folder: Path) -> None:
    assert plan(folder, "stacks: ['eu-*', 'us-*']\ncanary: [us-1]\nwaveSize: 3") == [
        ("canary", ["us-1"]),
        ("wave 1", ["eu-1", "eu-2", "us-2"]),
        ("wave 2", ["us-3"]),
    ]


def test_waves_may_be_named_one_by_one(folder: Path) -> None:
    assert plan(folder, "waves: [{name: europe, stacks: ['eu-*']}, {name: america, stacks: [us-2, us-1]}]") == [
        ("europe", ["eu-1", "eu-2"]),
        ("america", ["us-2", "us-1"]),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is not a map"),
        ("[a]", "it is not a map"),
        ("stacks: [", "it cannot be read"),
        ("{}", "it names no stack"),
        ("stacks: [eu-1]\nwaves: [{name: a, stacks: [eu-2]}]", "it names its stacks twice"),
        ("stacks: [eu-1, eu-1]", "named more than once: eu-1"),
        ("waves: [{name: a, stacks: [eu-1]}, {name: b, stacks: ['eu-*']}]", "named more than once: eu-1"),
        ("waves: [{name: a, stacks: []}]", "waves.0.stacks"),
        ("stacks: [eu-9]", "eu-9: there is no stack file of this name"),
        ("stacks: ['asia-*']", "stacks.0"),
        ("stacks: ['../eu-1']", "stacks.0"),
        ("stacks: [eu-1]\nconcurrency: 0", "concurrency"),
        ("stacks: [eu-1]\ngate: [perhaps]", "gate.0"),
        ("stacks: [eu-1]\nwavesize: 3", "unknown key 'wavesize'"),
        ("stacks: 3", "stacks"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_what_is_wrong(folder: Path, text: str, words: str) -> None:
    with pytest.raises((RolloutError, RolloutErrors)) as refused:
        plan(folder, text)
    assert words in str(refused.value)


def test_without_a_file_it_says_how_to_write_one(folder: Path) -> None:
    with pytest.raises(RolloutError, match=r"FLEET001 fleet.yaml: there is no such file.*stacks: \['tenant-\*'\]"):
        read_fleet(folder)


def test_a_hundred_stacks_are_ten_waves_and_a_canary() -> None:
    names = tuple(f"tenant-{number}" for number in range(101))
    fleet = Fleet(stacks=names, canary=names[:1])
    assert [len(wave.stacks) for wave in fleet.plan] == [1, *[10] * 10]
    assert [name for wave in fleet.plan for name in wave.stacks] == list(names)


PAGES = (ROOT / "README.md", ROOT / "docs" / "fleet.md")
EXAMPLES = [
    text for page in PAGES for text in re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
]


@pytest.mark.parametrize("text", [text for text in EXAMPLES if re.match("stacks|waves", text)])
def test_the_pages_examples_are_fleet_files(tmp_path: Path, text: str) -> None:
    for name in ("tenant-1", "tenant-2", "eu-shard-1", "eu-shard-2", "us-1"):
        (tmp_path / f"Pulumi.{name}.yaml").write_text("config: {}\n", encoding="utf-8")
    assert len(plan(tmp_path, text)) >= 2


@pytest.mark.parametrize("command", [one for one in commands_of(PAGES[1]) if one.program == "rollout"], ids=str)
def test_the_pages_commands_are_there(command: Command) -> None:
    parse(command.words[1:])


def test_there_are_such_examples() -> None:
    assert sum(bool(re.match("stacks|waves", text)) for text in EXAMPLES) == 3
