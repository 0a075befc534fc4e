"""What of PgBouncer's settings a reload does not bring: it has to be restarted, which cuts every client off."""

from collections.abc import Iterator
from typing import Final

from infra.pooling.reading import parse_ini

#: The settings that PgBouncer reads when it starts and silently leaves as they are afterwards.
RESTART_ONLY: Final = frozenset(
    {
        "disable_pqexec",
        "job_name",
        "listen_addr",
        "listen_backlog",
        "listen_port",
        "pidfile",
        "pkt_buf",
        "resolv_conf",
        "service_name",
        "so_reuseport",
        "track_extra_parameters",
        "unix_socket_dir",
        "unix_socket_group",
        "unix_socket_mode",
        "user",
    }
)


def restart_changes(former: str | None, wanted: str) -> Iterator[str]:
    """Yield each change between two files that waits for a restart, such as ``listen_port 6432 → 6433``.

    Args:
        former: the text that PgBouncer has read; None where none stands, so that nothing runs with it.
        wanted: the text that is to be written.
    """
    if former is None:
        return
    old, new = (parse_ini(text).get("pgbouncer", {}) for text in (former, wanted))
    for name in sorted(RESTART_ONLY & (old.keys() | new.keys())):
        if old.get(name) != new.get(name):
            yield f"{name} {_said(old.get(name))} → {_said(new.get(name))}"


def _said(value: str | None) -> str:
    return "its default" if value is None else value or "nothing"
