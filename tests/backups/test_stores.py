"""A restore check finds what is wrong with a backup, in a folder and in a bucket of S3; each fault is really made."""

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from moto import mock_aws

from infra.aws.client import client
from infra.aws.s3 import open_bucket
from infra.backups.manifest import MANIFEST_SUFFIX
from infra.backups.stores import BucketStore, FolderStore, Kept, Store
from infra.backups.verify import Verification, verify
from infra.errors import RolloutError
from infra.models.delivery import AwsSettings
from tests.aws.conftest import credentials
from tests.backups.conftest import NAME, NOW, PG_DUMP, PG_RESTORE, Program
from tests.clusters import Database

AWS = AwsSettings(region="eu-central-1")
__all__ = ["credentials"]


@dataclass
class Shelf:
    """A store of a test's, whose files can be read and damaged."""

    store: Store
    source: Database
    databases: int = 0

    def read(self, name: str) -> bytes:
        if isinstance(self.store, FolderStore):
            return (self.store.folder / name).read_bytes()
        assert isinstance(self.store, BucketStore)
        return self.store.bucket.get(name) or b""

    def write(self, name: str, content: bytes) -> None:
        if isinstance(self.store, FolderStore):
            (self.store.folder / name).write_bytes(content)
        elif isinstance(self.store, BucketStore):
            self.store.bucket.put(name, content)

    def take(self, pg_dump: Path = PG_DUMP, minutes: int = 0) -> Kept:
        return self.store.take(self.source.deployer, pg_dump=pg_dump, now=NOW + timedelta(minutes=minutes))

    def check(self, kept: Kept) -> Verification:
        """Restore it into a database that is new and empty."""
        self.databases += 1
        scratch = self.source.server.create_database(f"scratch{self.databases}").deployer
        with self.store.on_disk(kept) as backup:
            return verify(backup, scratch, pg_restore=PG_RESTORE, now=NOW)

    def refused(self, kept: Kept) -> str:
        """Check a backup that is no good; return the problem. Its manifest has no proof afterwards."""
        with pytest.raises(RolloutError) as caught:
            self.check(kept)
        assert (caught.value.code, caught.value.path) == ("BAK002", f"backup {kept.place}")
        assert caught.value.fix
        assert self.store.find(kept.name).manifest.verified is None
        return caught.value.problem


@pytest.fixture
def nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is copied to this machine is gone afterwards."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    yield
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.fixture
def in_folder(source: Database, tmp_path: Path) -> Shelf:
    return Shelf(FolderStore(tmp_path / "backups"), source)


@pytest.fixture
def in_s3(source: Database, credentials: None) -> Iterator[Shelf]:
    assert credentials is None
    with mock_aws():
        service = client("s3", AWS)
        service.create_bucket(Bucket="eden", CreateBucketConfiguration={"LocationConstraint": AWS.region})
        yield Shelf(BucketStore(open_bucket(AWS, "eden", "prod/", None)), source)


@pytest.fixture(params=["in_folder", "in_s3"])
def shelf(request: pytest.FixtureRequest, nothing_left: None) -> Shelf:
    """Each kind of store."""
    assert nothing_left is None
    found: Shelf = request.getfixturevalue(request.param)
    return found


def test_every_fault_is_found(shelf: Shelf, program: Program) -> None:
    """A whole one is proven; then a file cut short, a flipped byte, a missing table, a row too few, another catalog."""
    whole = shelf.take()
    assert (whole.name, shelf.store.names()) == (NAME, [NAME])
    content = shelf.read(NAME)
    assert (len(content), hashlib.sha256(content).hexdigest()) == (whole.manifest.size, whole.manifest.sha256)
    proof = shelf.check(whole).proof
    assert proof.rows == whole.manifest.rows > 300
    assert proof.objects == len(whole.manifest.catalog) > 200
    proven = shelf.store.find(NAME)
    assert proven.manifest.verified == proof

    shelf.write(NAME, content[: len(content) // 2])
    assert "its file is damaged: it has" in shelf.refused(proven)
    middle = len(content) // 2
    shelf.write(NAME, content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    assert "its file is damaged: its SHA-256 is" in shelf.refused(proven)

    without = program(f'exec {PG_DUMP} --exclude-table=public.creator_economics "$@"')
    problem = shelf.refused(shelf.take(without, 1))
    assert problem.startswith("restored, it is not what it was taken from: public.creator_economics: not restored; ")
    assert "index public.creator_economics_creator_profile_id_idx: not in the file" in problem
    assert "pipeline_metrics" not in problem

    with shelf.source.connect(user="admin") as connection:
        connection.execute(
            "DELETE FROM public.pipeline_metrics WHERE id = (SELECT min(id::text)::uuid FROM public.pipeline_metrics)"
        )
        connection.execute("DROP POLICY creator_select ON public.pipeline_metrics")
        connection.execute("ALTER TABLE public.pipeline_metrics ALTER metric_unit SET DEFAULT 'mile'")
    later = shelf.take(minutes=2)
    mixed = whole.manifest.model_copy(update={"size": later.manifest.size, "sha256": later.manifest.sha256})
    shelf.write(NAME, shelf.read(later.name))
    shelf.write(NAME + MANIFEST_SUFFIX, mixed.text.encode())
    assert shelf.refused(shelf.store.find(NAME)).removeprefix("restored, it is not what it was taken from: ") == (
        "pipeline_private.metrics_rollup_stale: 1 rows, not 0; public.pipeline_metrics: 179 rows, not 180;"
        " column public.pipeline_metrics.metric_unit: restored with another definition;"
        " policy creator_select on public.pipeline_metrics: not in the file"
    )
    _gone(shelf, later)


def _gone(shelf: Shelf, kept: Kept) -> None:
    """What is deleted is gone, with its manifest; deleting it twice is no error."""
    assert shelf.store.names()[-1] == kept.name
    shelf.store.delete(kept)
    shelf.store.delete(kept)
    assert kept.name not in shelf.store.names()
    with pytest.raises(RolloutError, match=r"BAK002 backup .*: its manifest .*\.dump\.json "):
        shelf.store.find(kept.name)


def test_a_dump_that_fails_leaves_nothing(shelf: Shelf, program: Program) -> None:
    """Half a dump is nobody's backup, wherever it went; the secret is in no error."""
    half = 'for a in "$@"; do case $a in --file=*) exec > "${a#--file=}";; esac; done; head -c 70000 /dev/zero'
    with pytest.raises(RolloutError, match=r"BAK001 .*pg_dump failed: password=\[secret\]"):
        shelf.take(program(f"{half}; echo password=hunter2 >&2; exit 3"))
    assert shelf.store.names() == []


def test_a_dump_that_is_interrupted_leaves_nothing(in_s3: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the manifest is written: neither dump nor manifest is there."""

    def stop(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(BucketStore, "_write", stop)
    with pytest.raises(KeyboardInterrupt):
        in_s3.take()
    assert in_s3.store.names() == []
