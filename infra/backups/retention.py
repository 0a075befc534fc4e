"""Which backups go: by number and by age, and never the newest one that was proven."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from infra.backups.stores import Kept
from infra.models.backups import BackupSettings


def expired(kept: Sequence[Kept], settings: BackupSettings, now: datetime) -> list[Kept]:
    """Return those that neither number nor age keeps, oldest first; none where neither is said.

    Args:
        kept: the backups of one place whose manifests can be read: one that cannot be is nobody's to delete.
        settings: how many, and of how many days.
        now: when the days are counted from.
    """
    if not settings.tidies:
        return []
    ordered = sorted(kept, key=lambda item: (item.manifest.taken_at, item.name))
    newest = {item.name for item in ordered[-settings.keep :]} if settings.keep else set()
    proven = [item.name for item in ordered if item.manifest.verified is not None][-1:]
    since = now - timedelta(days=settings.keep_days) if settings.keep_days else None
    return [
        item
        for item in ordered
        if item.name not in {*newest, *proven} and (since is None or item.manifest.taken_at < since)
    ]
