"""PostgreSQL's minor releases of late, and what a server that is behind them still has.

Minor releases of all majors come out together, so one line a date names them for every major. Source: the release
announcements and Debian's changelogs.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Release:
    """The minor releases of one day: by major version its minor, and what they mend in a word."""

    minors: dict[int, int]
    mends: str


#: Oldest first.
RELEASES: Final = (
    Release({15: 14, 16: 10, 17: 6}, "planner statistics that showed rows past row security and views (CVE-2025-8713)"),
    Release(
        {15: 18, 16: 14, 17: 10, 18: 4},
        "memory overrun by size computations that wrap around (CVE-2026-6473) and ten more",
    ),
    Release(
        {15: 19, 16: 15, 17: 11, 18: 5},
        "code execution through EXECUTE and FETCH (CVE-2026-16239), a crash in to_char (CVE-2026-14669) and more",
    ),
    Release({15: 20, 16: 16, 17: 12, 18: 6}, "CVE-2026-6460, CVE-2026-6467 and forty more"),
)


def behind(version: int) -> tuple[str, list[str]]:
    """Return the newest known release of a server's major and what those after the server's own mend; else nothing.

    `version` is the server's own number, such as 150018.
    """
    major, minor = divmod(version, 10000)
    missing = [release for release in RELEASES if release.minors.get(major, 0) > minor]
    newest = f"{major}.{missing[-1].minors[major]}" if missing else ""
    return newest, [release.mends for release in missing]
