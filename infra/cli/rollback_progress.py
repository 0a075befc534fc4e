"""What a gradual rollback remembers of itself between two runs: a small file beside the embedded engine's state."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from infra.cli.rollback_gradual import STAGES, Progress
from infra.errors import RolloutError

#: What was left lying for longer is another incident.
STALE: Final = timedelta(days=1)
_MODE: Final = 0o700


class ProgressFile:
    """The file of one stack."""

    def __init__(self, home: Path, stack: str) -> None:
        self.path = home / f"rollback-{stack}.json"

    def read(self, now: datetime) -> Progress | None:
        """Return how far the rollback is; None where none is under way, or the last one is more than a day old.

        Raises:
            RolloutError: ENG002 when the file cannot be read.
        """
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            progress, kept_at = _parsed(content)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise RolloutError(
                "ENG002",
                str(self.path),
                f"it cannot be read ({type(error).__name__})",
                fix="remove it: the rollback then begins with the newest flag that is on",
            ) from None
        return progress if now - kept_at <= STALE else None

    def write(self, progress: Progress, now: datetime) -> None:
        """Remember it, in one step: who is killed leaves the old file or the new one."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=_MODE)
        partial = self.path.with_suffix(".partial")
        content = asdict(progress) | {"kept_at": now.astimezone(UTC).isoformat()}
        partial.write_text(json.dumps(content), encoding="utf-8")
        partial.replace(self.path)

    def forget(self) -> None:
        """Take the file away: the rollback has come to its end."""
        self.path.unlink(missing_ok=True)


def _parsed(content: dict[str, Any]) -> tuple[Progress, datetime]:
    kept_at = datetime.fromisoformat(content.pop("kept_at"))
    progress = Progress(**content)
    if not 1 <= progress.step <= len(STAGES) or not progress.run or kept_at.tzinfo is None:
        raise ValueError
    return progress, kept_at
