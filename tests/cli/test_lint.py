"""`rollout lint`: every fault of the stack's file and of its definition at once, with neither database nor engine."""

import shutil
from pathlib import Path
from typing import Final

import pytest

from infra.cli.lint_run import lint_stack
from infra.cli.sql_texts import definition_of
from infra.cli.stacks import read_stack_file
from infra.config.settings import StackSettings
from infra.models.access import Access
from infra.models.definition import Definition
from tests.cli.commands import ROOT, Project

POLICIES: Final = "infra/pipeline/policies.py"
OWN: Final = 'IS_SELF: Final = "user_id = (SELECT auth.uid())"'


def own_code(project: Project) -> Path:
    """Give the project a copy of the code, to make mistakes in."""
    link = project.folder / "infra"
    link.unlink()
    shutil.copytree(ROOT / "infra", link, ignore=shutil.ignore_patterns("__pycache__"))
    return project.folder / POLICIES


def test_our_own_definition_is_clean(project: Project) -> None:
    """Under every phase and access; nothing was started for it."""
    done = project.rollout("lint", "--all")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("dev, every phase and access: nothing found (")
    assert not list(project.home.iterdir())


def test_a_mistake_is_found_with_its_page_and_gone_with_its_fix(project: Project) -> None:
    """The mistake is made in the definition itself, and the file has one too: both are told in one go."""
    policies = own_code(project)
    sound = policies.read_text(encoding="utf-8")
    assert OWN in sound
    policies.write_text(sound.replace(OWN, OWN.replace("(SELECT auth.uid())", "auth.uid()")), encoding="utf-8")
    project.configure(databasePassword="hunter2hunter2", phaze=1)
    done = project.rollout("lint")
    assert done.code == 3
    assert [line.split()[0] for line in done.out.splitlines() if line[0].isupper()][:3] == [
        "SEC001",
        "CFG003",
        "CFG002",
    ]
    assert (
        "SEC016 public.creator_profiles.creator_select.using: called once a row instead of once a statement"
        " (auth.uid())\n"
        "    allowed: a call in a sub-select of its own, or one with a column as argument\n"
        "    fix: write user_id = (SELECT auth.uid())\n"
        "    page: docs/rules/policy_calls_once.md\n"
    ) in done.out
    assert "dev, phase 1, access service: " in done.out.splitlines()[-1]
    policies.write_text(sound, encoding="utf-8")
    project.configure(databasePassword=None, phaze=None)
    assert project.rollout("lint").code == 0


def test_one_document(project: Project) -> None:
    project.configure(databasePassword="hunter2hunter2")
    done = project.rollout("lint", "--json")
    assert done.code == 3
    assert "hunter2" not in done.said
    document = done.document
    assert (document["operation"], document["stack"], document["ok"]) == ("lint", "dev", False)
    assert document["variants"] == ["phase 1, access service"]
    secret, other = document["findings"]
    assert (secret["code"], secret["rule"]) == ("SEC001", "config_secrets")
    assert (ROOT / secret["page"]).is_file()
    assert secret["text"].startswith("SEC001 plaintext secret in Pulumi.dev.yaml:")
    assert (other["code"], other["rule"], other["page"]) == ("CFG002", None, None)
    assert document["summary"]["findings"] == 2


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [("config: [", 1, "CFG002 Pulumi.dev.yaml: "), (None, 2, "CLI002 stack dev: there is no Pulumi.dev.yaml")],
)
def test_what_cannot_be_looked_at_at_all(project: Project, content: str | None, code: int, said: str) -> None:
    file = project.folder / "Pulumi.dev.yaml"
    file.unlink() if content is None else file.write_text(content, encoding="utf-8")
    done = project.rollout("lint")
    assert done.code == code
    assert done.err.startswith(said)


def test_a_fault_of_some_variants_says_which(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --all each fault is told once, however many phases have it."""
    monkeypatch.chdir(project.folder)
    result = lint_stack(read_stack_file("dev"), every=True, define=spoiled_for_legacy)
    (finding,) = result.findings
    assert finding.error.code == "DEF009"
    assert finding.variants == tuple(f"phase {number}, access legacy" for number in range(1, 6))
    assert len(result.variants) == 10


def spoiled_for_legacy(settings: StackSettings) -> Definition:
    definition = definition_of(settings)
    if settings.access != Access.LEGACY.value:
        return definition
    kept = tuple(index for index in definition.indexes if index.name != "creator_feature_flags_set_by_idx")
    return definition.model_copy(update={"indexes": kept})
