"""The commands for backups, on the embedded PostgreSQL: what they keep, say and record."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from infra.aws.client import client
from infra.aws.s3 import Bucket, open_bucket
from infra.backups.manifest import read_backup
from infra.backups.stores import FolderStore
from infra.cli import backup_flow
from infra.cli.backup_commands import backup, restore_check
from infra.database.ledger import is_kept, read_ledger
from infra.database.session import open_session
from infra.embedded import scratch
from infra.embedded.postgres import EmbeddedDatabase, ensure_running, stop
from infra.errors import RolloutError
from tests.aws.conftest import SETTINGS as AWS
from tests.aws.conftest import credentials
from tests.cli.commands import Project
from tests.clusters import open_folder

__all__ = ["credentials"]


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
    taken = _document()
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
    assert "not verified: rollout restore-check" in taken.stderr
    (file,) = (tmp_path / "elsewhere").glob("*.dump")
    assert "no" in _run("list", "--out", str(file.parent)).stdout.split()
    with open_session(database.deployer, application_name="test") as session:
        assert [entry.details["verified"] for entry in read_ledger(session, event="backup")] == [False]
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


@pytest.fixture
def bucket(credentials: None) -> Iterator[Bucket]:
    assert credentials is None
    with mock_aws():
        client("s3", AWS).create_bucket(Bucket="eden", CreateBucketConfiguration={"LocationConstraint": AWS.region})
        yield open_bucket(AWS, "eden", "dev/", None)


@pytest.mark.usefixtures("database")
def test_in_a_bucket_as_the_stack_file_says(
    project: Project, place: Path, bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    """One stays, the newest is checked again by `restore-check`, and a damaged one leaves no scratch behind."""
    project.configure(aws={"region": AWS.region}, backups={"target": "s3://eden/dev", "keep": 1})
    first = _document()["backup"]["file"]
    second = _document()
    assert second["deleted"] == [first]
    (listed,) = _document("list")["backups"]
    assert listed == second["backup"]
    assert listed["file"].startswith("s3://eden/dev/eden_academy-")
    assert restore_check(stack="dev", json=True) == 0
    checked = json.loads(capsys.readouterr().out)
    assert (checked["ok"], checked["recorded"], checked["backup"]["file"]) == (True, True, listed["file"])
    (dump,) = (name for name in bucket.names() if name.endswith(".dump"))
    bucket.put(dump, (bucket.get(dump) or b"")[:-1])
    with pytest.raises(RolloutError, match=rf"BAK002 backup s3://eden/dev/{dump}: its file is damaged"):
        restore_check(dump, stack="dev")
    assert not _document("list")["backups"][0]["verified"]
    with pytest.raises(RolloutError, match=r"BAK002 backups in s3://eden/dev/: there is no x\.dump\. Allowed: eden_"):
        restore_check("x.dump", stack="dev")
    assert list(place.iterdir()) == []


@pytest.mark.usefixtures("place")
def test_what_an_advance_calls(database: EmbeddedDatabase, tmp_path: Path) -> None:
    """It returns the proven backup and names who and from which commit in the ledger; unproven, it raises."""
    store = FolderStore(tmp_path / "kept")
    proven = backup_flow.take_and_prove(database.deployer, store, actor="ada", commit="c0ffee")
    assert proven.manifest.verified
    with open_session(database.deployer, application_name="test") as session:
        (entry,) = read_ledger(session, event="backup")
    assert (entry.actor, entry.commit_id) == ("ada", "c0ffee")
    (store.folder / proven.name).write_bytes(b"")
    with pytest.raises(RolloutError, match=r"BAK002 .*damaged: it has 0 bytes"):
        backup_flow.prove_backup(store, proven)


def test_nothing_is_there_to_back_up(served: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A database without the pipeline has no backup that could be proven."""
    monkeypatch.chdir(served.folder)
    done = _run("take", "--out", str(tmp_path / "out"))
    assert isinstance(done.exception, RolloutError)
    assert "BAK001" in str(done.exception)
    assert "no table of the pipeline" in str(done.exception)
    assert list((tmp_path / "out").iterdir()) == []
