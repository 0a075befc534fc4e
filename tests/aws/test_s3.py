"""Objects in a bucket: written part by part, encrypted, and not there at all where the stream breaks off."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from infra.aws import s3
from infra.aws.client import client
from infra.aws.s3 import Bucket, open_bucket
from infra.errors import RolloutError
from infra.models.delivery import AwsSettings
from tests.aws.conftest import SETTINGS

#: The least that S3 takes as a part.
PART = 5 * 1024 * 1024
WHOLE = bytes(range(256)) * (PART // 128) + b"the end"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(s3, "PART_BYTES", PART)
    with mock_aws():
        made = client("s3", SETTINGS)
        made.create_bucket(Bucket="eden", CreateBucketConfiguration={"LocationConstraint": SETTINGS.region})
        yield made


@pytest.fixture
def bucket(service: Any) -> Bucket:
    assert service
    return open_bucket(SETTINGS, "eden", "prod/", None)


class Stream:
    """Gives what it has, in pieces of whatever size is asked for, and then breaks off or ends."""

    def __init__(self, content: bytes, error: Exception | None = None) -> None:
        self._content = io.BytesIO(content)
        self._error = error
        self.largest = 0

    def read(self, size: int = -1) -> bytes:
        self.largest = max(self.largest, size)
        chunk = self._content.read(size)
        if self._error and len(chunk) < size:
            raise self._error
        return chunk


def test_what_is_streamed_is_there_whole(service: Any, bucket: Bucket, tmp_path: Path) -> None:
    """In parts, none of which is the whole: nothing of it has to fit into memory or onto a disk."""
    stream = Stream(WHOLE)
    assert bucket.upload("a.dump", stream) == len(WHOLE)
    assert stream.largest <= PART
    written = service.head_object(Bucket="eden", Key="prod/a.dump")
    assert written["ServerSideEncryption"] == "AES256"
    assert written["ETag"].endswith('-3"'), "three parts"
    assert bucket.download("a.dump", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == WHOLE
    assert not bucket.download("b.dump", tmp_path / "b")


def test_a_key_of_kms_is_used(service: Any) -> None:
    open_bucket(SETTINGS, "eden", "", "alias/eden").put("a", b"1")
    written = service.head_object(Bucket="eden", Key="a")
    assert (written["ServerSideEncryption"], written["SSEKMSKeyId"]) == ("aws:kms", "alias/eden")


@pytest.mark.parametrize("size", [10, len(WHOLE)], ids=["at once", "in parts"])
def test_a_stream_that_breaks_off_leaves_nothing(service: Any, bucket: Bucket, size: int) -> None:
    """What it has raised is what is told, and no part of it goes on costing money."""
    broken = RolloutError("BAK001", "x", "pg_dump failed", fix="again")
    with pytest.raises(RolloutError, match="BAK001 x: pg_dump failed"):
        bucket.upload("a.dump", Stream(WHOLE[:size], broken))
    assert bucket.names() == []
    assert "Uploads" not in service.list_multipart_uploads(Bucket="eden")


def test_what_was_not_encrypted_is_deleted_again(service: Any, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint that takes no notice of what is asked for keeps nothing of ours."""
    assert service
    monkeypatch.setattr(bucket.client, "head_object", lambda **_: {"ContentLength": 1})
    with pytest.raises(RolloutError, match=r"AWS002 s3://eden/prod/a: it was written without the encryption AES256"):
        bucket.put("a", b"1")
    assert bucket.names() == []


def test_small_objects(bucket: Bucket) -> None:
    """Only what stands right below the prefix is ours; what is not there is None, and deleting it is no error."""
    bucket.put("b", b"2")
    bucket.put("a", b"1")
    bucket.put("below/c", b"3")
    assert bucket.names() == ["a", "b"]
    assert (bucket.get("b"), bucket.get("c")) == (b"2", None)
    bucket.delete("b")
    bucket.delete("b")
    assert bucket.names() == ["a"]
    assert bucket.address("a") == "s3://eden/prod/a"


def test_a_bucket_that_is_not_there(service: Any, tmp_path: Path) -> None:
    assert service
    lost = open_bucket(AwsSettings(region="eu-central-1"), "lost", "", None)
    for call in (lambda: lost.put("a", b""), lost.names, lambda: lost.download("a", tmp_path / "a")):
        with pytest.raises(RolloutError, match=r"AWS001 s3://lost/.*NoSuchBucket|AWS001 s3://lost/a: .* 404"):
            call()
