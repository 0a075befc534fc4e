"""`rollout months` and what the doctor says of months, on a database by month and on one that is not."""

import json
from pathlib import Path

import pytest

from infra.cli.months_commands import months_keep, months_return, months_status
from infra.ddl.deploy import deploy_script
from infra.errors import RolloutError
from tests.cli.places import STACK, make_place
from tests.clusters import Database
from tests.ddl.scripts import run_script
from tests.ddl.test_months import ADD, BY_MONTH

MONTHS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhrelid::regclass::text ~ '_p[0-9]{8}$' ORDER BY 1"
OLD = "pipeline_archive.pipeline_metrics_p20200101"


@pytest.fixture
def monthly(database18: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database by month, and the files of its stack where the test is."""
    run_script(database18, deploy_script(BY_MONTH), tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PGPASSWORD", database18.deployer.password or "")
    make_place(tmp_path, database18.deployer, 1)
    return database18


def test_months_are_shown_kept_and_brought_back(monthly: Database, capsys: pytest.CaptureFixture[str]) -> None:
    with monthly.connect() as deployer:
        deployer.execute(ADD, ["2020-01-01"])
        rows = deployer.execute(MONTHS).fetchall()
        deployer.execute(f"DROP TABLE {rows[-1][0]}".encode())
    assert months_status(stack=STACK, json=True) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (len(shown["months"]), shown["ahead"], shown["late"], shown["archived"]) == (4, 2, [], [])
    assert months_keep(stack=STACK, json=True) == 0
    made = json.loads(capsys.readouterr().out)["changed"]
    assert made == [rows[-1][0].partition(".")[2], "pipeline_metrics_p20200101"]
    assert months_keep(stack=STACK) == 0
    assert "made or taken away: nothing" in capsys.readouterr().out
    assert months_status(stack=STACK) == 0
    assert f"in the archive: {OLD}" in capsys.readouterr().out
    for month in ("2020-02", "2020", "May"):
        with pytest.raises(RolloutError, match="CLI001"):
            months_return(month, stack=STACK)
    assert months_return("2020-01", stack=STACK) == 0
    assert "pipeline_metrics_p20200101 is back in its place" in capsys.readouterr().out
    assert months_status(stack=STACK, json=True) == 0
    assert json.loads(capsys.readouterr().out)["archived"] == []


@pytest.mark.usefixtures("place")
def test_where_the_metrics_are_one_table_nothing_is_done() -> None:
    for command in (months_status, months_keep):
        with pytest.raises(RolloutError, match=r"DB008 table public[.]pipeline_metrics: it is one table"):
            command(stack=STACK)
