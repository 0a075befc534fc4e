"""A bucket of S3 below a prefix: objects streamed in and out, encrypted by the server, and looked at once written."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Protocol

from infra.aws.client import client
from infra.aws.failures import aws_errors, code_of
from infra.errors import RolloutError
from infra.models.backups import S3
from infra.models.delivery import AwsSettings

#: One part is in memory at a time; S3 takes 10,000 of them.
PART_BYTES: Final = 64 * 1024 * 1024
_MISSING: Final = frozenset({"404", "NoSuchKey", "NotFound"})
_KMS: Final = "aws:kms"


class Readable(Protocol):
    """What gives its bytes once, from front to back."""

    def read(self, size: int = -1, /) -> bytes:
        """Return so many bytes, or fewer where it ends."""


@dataclass(frozen=True)
class Bucket:
    """Where objects of ours stand. Without a key of KMS they are encrypted with S3's own (AES-256)."""

    client: Any
    name: str
    prefix: str = ""
    kms_key: str | None = None

    def address(self, name: str = "") -> str:
        """Return the place of an object as AWS's tools take it."""
        return f"{S3}{self.name}/{self.prefix}{name}"

    def upload(self, name: str, stream: Readable) -> int:
        """Write an object of what the stream gives, part by part, and return how many bytes it has there.

        Whatever the stream raises ends it: no object of that name is there then, and no parts are left.

        Raises:
            RolloutError: AWS001 when S3 refuses; AWS002 for an object that is not encrypted as it should be.
        """
        from boto3.s3.transfer import TransferConfig  # noqa: PLC0415 - it takes a moment to load

        config = TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, use_threads=False)
        with aws_errors(self.address(name)):
            self.client.upload_fileobj(stream, self.name, self.prefix + name, self._encryption, Config=config)
            written = self.client.head_object(Bucket=self.name, Key=self.prefix + name)
        self._require_encrypted(name, written)
        return int(written["ContentLength"])

    def put(self, name: str, content: bytes) -> None:
        """Write a small object whole."""
        self.upload(name, io.BytesIO(content))

    def get(self, name: str) -> bytes | None:
        """Return what a small object holds, or None where there is none."""
        content = io.BytesIO()
        return content.getvalue() if self._fetch(name, content) else None

    def download(self, name: str, file: Path) -> bool:
        """Write an object to a file, part by part; return whether there is one."""
        with file.open("wb") as opened:
            return self._fetch(name, opened)

    def names(self) -> list[str]:
        """Return the names of all objects that stand below the prefix, sorted, without those of folders below it."""
        with aws_errors(self.address()):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.name, Prefix=self.prefix, Delimiter="/"
            )
            keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
        return sorted(key.removeprefix(self.prefix) for key in keys)

    def delete(self, name: str) -> None:
        """Delete an object; one that is gone already is no error."""
        with aws_errors(self.address(name)):
            self.client.delete_object(Bucket=self.name, Key=self.prefix + name)

    def _fetch(self, name: str, to: IO[bytes]) -> bool:
        with aws_errors(self.address(name)):
            try:
                self.client.download_fileobj(self.name, self.prefix + name, to)
            except self.client.exceptions.ClientError as error:
                if code_of(error) not in _MISSING:
                    raise
                return False
        return True

    @property
    def _encryption(self) -> dict[str, str]:
        if self.kms_key is None:
            return {"ServerSideEncryption": "AES256"}
        return {"ServerSideEncryption": _KMS, "SSEKMSKeyId": self.kms_key}

    def _require_encrypted(self, name: str, written: Mapping[str, Any]) -> None:
        wanted = self._encryption["ServerSideEncryption"]
        if written.get("ServerSideEncryption") == wanted:
            return
        self.delete(name)
        problem = f"it was written without the encryption {wanted}, and is deleted again"
        raise RolloutError("AWS002", self.address(name), problem, fix="see what the endpoint does with encryption")


def open_bucket(settings: AwsSettings, name: str, prefix: str, kms_key: str | None) -> Bucket:
    """Return the bucket. Nothing is asked yet."""
    return Bucket(client("s3", settings), name, prefix, kms_key)
