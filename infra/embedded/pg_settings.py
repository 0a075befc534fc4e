"""What the embedded server is told at its birth: its settings and who may log in from where."""

from collections.abc import Mapping
from typing import Final

#: Added to the file that initdb writes, where the last line on a setting counts.
SETTINGS: Final[Mapping[str, str]] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "min_wal_size": "32MB",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_statement": "none",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
#: While a cluster is built nothing in it is worth a wait: it is synced as a whole before it gets its place.
BUILDING: Final[Mapping[str, str]] = {"fsync": "off", "full_page_writes": "off"}
HBA: Final = "# TYPE DATABASE USER ADDRESS METHOD\nhost all all 127.0.0.1/32 scram-sha-256\n"
#: The first major version whose initdb has a locale of its own, the same on every system.
BUILTIN_LOCALE_FROM: Final = 17


def render_settings() -> str:
    """Return the settings as lines of postgresql.conf."""
    lines = [f"{name} = '{value}'" for name, value in SETTINGS.items()]
    return "\n# The embedded server's own settings.\n" + "\n".join(lines) + "\n"


def start_options(port: int, settings: Mapping[str, str]) -> str:
    """Return the server's arguments: the port, and settings that hold for this start whatever the file says."""
    return " ".join([f"-p {port}", *(f"-c {name}={value}" for name, value in settings.items())])


def locale_options(major: int) -> list[str]:
    """Return initdb's options for UTF-8 that sorts by code point."""
    if major >= BUILTIN_LOCALE_FROM:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8"]
