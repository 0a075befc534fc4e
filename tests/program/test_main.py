"""The program's file itself, and how it ends when it must refuse."""

import re
import signal
import sys
from pathlib import Path

import pulumi
import pytest

from infra.errors import RolloutErrors
from tests.program.graph import CONFIG, ROOT, run_program

MAIN = ROOT / "__main__.py"


def test_the_program_stays_small_and_plain() -> None:
    """Under 60 lines, no SQL, and no word about which environment it runs in."""
    text = MAIN.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 60
    assert not re.search(r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|GRANT|REVOKE)\b", text)
    assert not re.search(r"\b(dev|staging|prod|get_stack)\b", text)


def test_every_error_reaches_the_user_at_once_and_without_a_traceback() -> None:
    """Pulumi's CLI shows the text of a RunError alone; the embedded engine passes the project's own errors on."""
    bad = {"phase": "6", "phaze": "1", "database": '["x"]', "databasePassword": "hunter2"}
    with pytest.raises(pulumi.RunError) as caught:
        run_program(bad)
    assert isinstance(caught.value, RolloutErrors)
    assert [error.code for error in caught.value.errors] == ["CFG001", "CFG002", "CFG003"]
    assert str(caught.value).count("\n") == 2
    assert "hunter2" not in str(caught.value)


def test_an_interrupt_is_left_to_pulumi_and_never_taken_from_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under Pulumi's language host Python's handler, which ends in a traceback, makes way; elsewhere all stays."""
    before = signal.getsignal(signal.SIGINT)
    try:
        run_program()
        assert signal.getsignal(signal.SIGINT) is before
        monkeypatch.setattr(sys, "orig_argv", ["python", "-u", "/usr/bin/pulumi-language-python-exec", "."])
        run_program()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_program_that_refuses_registers_nothing(tmp_path: Path) -> None:
    """The configuration is whole before the first resource is declared."""
    (tmp_path / "Pulumi.test.yaml").write_text("config:\n  creative-pipeline:databasePassword: hunter2\n")
    with pytest.raises(pulumi.RunError, match=r"SEC001 plaintext secret in Pulumi\.test\.yaml:2; run pulumi config"):
        run_program(CONFIG, tmp_path)
