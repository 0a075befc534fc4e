"""The documents say what the definitions say; commands, scripts and stack keys that they name are there."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from infra.cli.app import app
from infra.config.settings import StackSettings
from infra.ddl.budget import BUDGETS
from infra.ddl.rollback import committed_scripts
from infra.errors import CODES
from infra.models.criterion import Measure, Proof
from infra.models.gate import CriterionName
from infra.pipeline.names import LEDGER_EVENTS
from infra.pipeline.phases import PHASES
from infra.pipeline.triggers_for_rollback import TRIGGERS
from infra.report import reference, wording
from infra.report.examples import EXAMPLES, Example
from infra.report.reference import documents, stale_documents, write_documents

TEXTS = documents()
NAMED = sorted(
    {
        text
        for document in TEXTS.values()
        for text in re.findall(r"^(rollout .*)$|`(rollout [^`]*)`", document, re.MULTILINE)
        for text in text
        if text
    }
)


def test_the_committed_documents_are_what_the_definitions_give() -> None:
    """Stale? Run `python -m infra.report.reference`."""
    assert stale_documents() == []


def test_a_stale_document_is_named(tmp_path: Path) -> None:
    assert stale_documents(tmp_path) == ["access.md", "locks.md", "monitoring.md", "phases.md", "runbook.md"]
    write_documents(tmp_path)
    (tmp_path / "phases.md").write_text("edited")
    assert stale_documents(tmp_path) == ["phases.md"]


def test_the_command_checks_and_refuses_what_it_does_not_know() -> None:
    assert reference.main(["--check"]) is None
    assert str(reference.main(["--force"])).startswith("usage:")


@pytest.mark.parametrize("text", NAMED)
def test_every_command_named_is_there_with_its_options(text: str) -> None:
    command: Any = typer.main.get_command(app)
    words = shlex.split(text, comments=True)[1:]
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        command = command.commands[words.pop(0)]
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("-")} <= known


def test_commands_are_found() -> None:
    """The test above has something to look at: every command of a rollout is in the runbook."""
    first = {text.split()[1] for text in NAMED}
    assert first >= {"gate", "advance", "rollback", "flags", "cohort", "history", "demo", "watch", "backup"}


def test_every_script_named_is_there() -> None:
    named = set(re.findall(r"sql/((?:deploy|rollback)/[\w-]+\.sql)", "".join(TEXTS.values())))
    assert named - {"deploy/phase-N.sql"} <= set(committed_scripts())
    assert set(committed_scripts()) <= named


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.says[:30])
def test_each_example_is_a_stack_file(example: Example) -> None:
    """Read as the program reads it, with a database that is not the example's business."""
    found = yaml.safe_load(f"config:\n{example.text}")["config"]
    given = {name.removeprefix("creative-pipeline:"): value for name, value in found.items()}
    StackSettings.model_validate(given | {"database": {"embedded": True}})


def test_the_examples_show_every_key_of_the_rollout() -> None:
    shown = set(re.findall(r"creative-pipeline:(\w+)", "".join(example.text for example in EXAMPLES)))
    # Pools, the pooler, monitoring, backups, metrics and approvals have pages of their own.
    others = {"access", "database", "databasePassword", "protect", "extensions", "pooling", "approvals"}
    others |= {"monitoring", "backups", "metrics", "pgbouncer", "consolePassword", "lookupPassword", "verifiers"}
    assert shown == {field.alias or name for name, field in StackSettings.model_fields.items()} - others


def test_everything_has_its_words() -> None:
    """A new measure, proof, event, error or trigger needs some."""
    assert set(wording._MEASURES) == set(Measure)
    assert set(wording._PROOFS) == set(Proof)
    assert set(wording.EVENTS) == set(LEDGER_EVENTS)
    assert set(wording.ADVICE) == {code for code in CODES if code.startswith(("FLAG", "COH", "GATE"))}


def test_what_is_defined_is_told() -> None:
    phases, runbook = TEXTS["phases.md"], TEXTS["runbook.md"]
    assert all(f"`{name}`" in phases for name in CriterionName)
    assert all(f"| {item.number} {item.name} |" in phases for item in PHASES)
    assert all(item.measures in runbook for item in TRIGGERS)
    assert "<built-in" not in "".join(TEXTS.values())


def test_every_lock_is_told() -> None:
    """By kind of statement, with what it takes and for how long."""
    text = TEXTS["locks.md"]
    assert all(f"| {kind.partition(': ')[2]} |" in text for kind in BUDGETS)
    assert "| add key | SHARE ROW EXCLUSIVE on the table, its partitions, the tables that its foreign keys" in text
    assert "| instant | 100 ms, 100 ms, 200 ms, 300 ms, 300 ms | 1 min |" in text
    assert "| patient | 10 min, 10 min | 60 min |" in text
