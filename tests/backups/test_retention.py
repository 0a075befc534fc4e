"""Which backups go: by number, by age, by both; never the newest proven one, and none where nothing is said."""

from datetime import timedelta

import pytest

from infra.backups.manifest import Manifest, Proof
from infra.backups.retention import expired
from infra.backups.stores import Kept
from infra.models.backups import BackupSettings
from tests.backups.conftest import NOW


def _kept(days: int, *, proven: bool) -> Kept:
    """Return a backup of so many days ago, which is its name."""
    proof = Proof(at=NOW, seconds=1, tables=1, rows=1, server="18.1", left_out=()) if proven else None
    manifest = Manifest(
        file=f"{days}",
        database="d",
        cluster="1/d",
        server="18.1",
        program="18.1",
        taken_at=NOW - timedelta(days=days),
        seconds=1,
        size=1,
        sha256="",
        tables=(),
        verified=proof,
    )
    return Kept(f"/{days}", f"{days}", manifest)


@pytest.mark.parametrize(
    ("settings", "proven", "gone"),
    [
        ({}, (), ""),
        ({"keep": 2}, (0, 1, 2, 3, 4), "4 3 2"),
        ({"keep": 2}, (3, 4), "4 2"),
        ({"keep": 2}, (), "4 3 2"),
        ({"keepDays": 2}, (0, 1), "4 3"),
        ({"keepDays": 2}, (4,), "3"),
        ({"keep": 4, "keepDays": 1}, (0,), "4"),
        ({"keep": 1, "keepDays": 3}, (0,), "4"),
        ({"keep": 99}, (), ""),
    ],
    ids=str,
)
def test_what_goes(settings: dict[str, int], proven: tuple[int, ...], gone: str) -> None:
    kept = [_kept(days, proven=days in proven) for days in (2, 0, 4, 1, 3)]
    assert " ".join(item.name for item in expired(kept, BackupSettings.model_validate(settings), NOW)) == gone
