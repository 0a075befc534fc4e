"""The form that is not in use is kept until somebody says that it may go."""

import json
from pathlib import Path

import pytest

from infra.cli.months_commands import months_finish
from infra.errors import RolloutError
from tests.cli.places import STACK, make_place
from tests.conversion.ground import DIVIDED, PLAIN, Ground


def test_the_former_form_is_dropped(
    ground18: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not while the conversion is under way; then once, after a comparison; and going back works after that."""
    database = ground18.database
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PGPASSWORD", database.deployer.password or "")
    make_place(tmp_path, database.deployer, 1)
    rows, before = ground18.rows(), database.dump()
    ground18.take(DIVIDED, len(ground18.plan(DIVIDED)) - 3)
    ground18.close()
    with pytest.raises(RolloutError, match="DB007"):
        months_finish(stack=STACK)
    ground18.reopen()
    ground18.bring(PLAIN, DIVIDED)
    ground18.close()
    capsys.readouterr()
    assert months_finish(stack=STACK, json=True) == 0
    assert json.loads(capsys.readouterr().out)["dropped"] == "pipeline_private.pipeline_metrics"
    assert months_finish(stack=STACK) == 0
    assert "nothing to finish" in capsys.readouterr().out
    ground18.reopen()
    assert (ground18.rows(), ground18.is_divided(), ground18.plan(DIVIDED)) == (rows, True, ())
    ground18.bring(DIVIDED, PLAIN)
    assert (ground18.rows(), ground18.is_divided(), ground18.same()) == (rows, False, True)
    ground18.close()
    assert months_finish(stack=STACK) == 0
    assert _columns(database.dump()) == _columns(before)
    ground18.reopen()


def _columns(dump: str) -> list[str]:
    """Return the dump's lines in order of the alphabet: what is made anew stands elsewhere."""
    return sorted(dump.splitlines())
