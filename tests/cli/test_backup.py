"""The commands for backups, on the embedded PostgreSQL: what they keep, say and record."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from infra.backups.manifest import read_backup
from infra.cli import backup_flow
from infra.cli.backup_commands import backup
from infra.database.ledger import is_kept, read_ledger
from infra.database.session import open_session
from infra.embedded import scratch
from infra.embedded.postgres import EmbeddedDatabase, ensure_running, stop
from infra.errors import RolloutError
from tests.cli.commands import Project
from tests.clusters import open_folder


@pytest.fixture
def database(deployed: Project, monkeypatch: pytest.MonkeyPatch) -> EmbeddedDatabase:
    """The dev stack, deployed, with the test in its folder."""
    monkeypatch.chdir(deployed.folder)
    return ensure_running(deployed.home)


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where this test's throw-away servers are made: nothing may be left there."""
    folder = open_folder()
    monkeypatch.setattr(scratch, "_places", lambda: (folder,))
    yield folder
    folder.rmdir()


def _run(*arguments: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(backup, [*arguments], standalone_mode=False)


def _document(*arguments: str) -> dict[str, Any]:
    done = _run(*arguments, "--json")
    assert done.exception is None
    content: dict[str, Any] = json.loads(done.stdout)
    return content


def test_taken_proven_recorded_and_listed(database: EmbeddedDatabase, project: Project, place: Path) -> None:
    """One command takes a backup and proves it; the list shows it, and the ledger has it with its figures."""
    taken = _document("take")
    file = Path(taken["backup"]["file"])
    assert (taken["ok"], taken["recorded"], taken["backup"]["verified"]) == (True, True, True)
    assert file.parent == project.home / "backups" / "dev"
    assert [stat.S_IMODE(path.stat().st_mode) for path in sorted(file.parent.iterdir())] == [0o600, 0o600]
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert _document("list")["backups"] == [taken["backup"]]
    with open_session(database.deployer, application_name="test") as session:
        assert is_kept(session)
        (entry,) = read_ledger(session, event="backup")
    assert entry.to_value == file.name
    assert entry.details["sha256"] == taken["backup"]["sha256"]
    assert (entry.details["verified"], entry.details["rows"]) == (True, taken["backup"]["rows"])
    assert list(place.iterdir()) == []
    kept = "".join(path.read_text(errors="replace") for path in file.parent.iterdir())
    assert not [secret for secret in project.secrets() if secret in kept + json.dumps(taken)]


@pytest.mark.usefixtures("place")
def test_a_backup_that_is_verified_later(database: EmbeddedDatabase, project: Project, tmp_path: Path) -> None:
    """Taken alone it counts for nothing; it can be proven when its database is gone, and what is not told is said."""
    taken = _run("take", "--no-verify", "--out", str(tmp_path / "elsewhere"))
    assert taken.exception is None
    assert "not verified: rollout backup verify" in taken.stderr
    (file,) = (tmp_path / "elsewhere").glob("*.dump")
    assert "no" in _run("list", "--out", str(file.parent)).stdout.split()
    with open_session(database.deployer, application_name="test") as session:
        assert read_ledger(session, event="backup") == []
    stop(project.home)
    proven = _document("verify", str(file))
    assert (proven["backup"]["verified"], proven["recorded"]) == (True, False)
    assert "EMB002" in proven["notRecorded"]
    assert read_backup(file).verified


@pytest.mark.usefixtures("database", "place")
def test_a_damaged_manifest_is_listed_as_such(tmp_path: Path) -> None:
    """One that cannot be read hides none of the others, and the command fails."""
    out = str(tmp_path / "out")
    assert _run("list", "--out", out).stdout == "no backups\n"
    _run("take", "--no-verify", "--out", out)
    (tmp_path / "out" / "other-20200101T000000.000Z.dump").touch()
    listed = _run("list", "--out", out, "--json")
    document = json.loads(listed.stdout)
    assert listed.return_value == 1
    assert len(document["backups"]) == 1
    assert "BAK002" in document["problems"][0]


@pytest.mark.usefixtures("place")
def test_what_an_advance_calls(database: EmbeddedDatabase, tmp_path: Path) -> None:
    """It returns the proven backup and names who and from which commit in the ledger; unproven, it raises."""
    proven = backup_flow.take_and_prove(database.deployer, tmp_path / "kept", actor="ada", commit="c0ffee")
    assert proven.verified
    with open_session(database.deployer, application_name="test") as session:
        (entry,) = read_ledger(session, event="backup")
    assert (entry.actor, entry.commit_id) == ("ada", "c0ffee")
    proven.file.write_bytes(b"")
    with pytest.raises(RolloutError, match=r"BAK002 .*damaged: it has 0 bytes"):
        backup_flow.prove_backup(proven)


def test_nothing_is_there_to_back_up(served: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A database without the pipeline has no backup that could be proven."""
    monkeypatch.chdir(served.folder)
    done = _run("take", "--out", str(tmp_path / "out"))
    assert isinstance(done.exception, RolloutError)
    assert "BAK001" in str(done.exception)
    assert "no table of the pipeline" in str(done.exception)
    assert list((tmp_path / "out").iterdir()) == []
