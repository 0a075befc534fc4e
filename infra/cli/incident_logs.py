"""The logs around a rollback: those of the embedded server and its pooler, further files, and where others are kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.cli.incident_window import Window
from infra.cli.rollback_connection import Place
from infra.embedded.pg_account import server_account
from infra.embedded.postgres import folder_of, pooler_place
from infra.errors import RolloutError
from infra.report.logs import Kind, excerpt

SERVER_LOG: Final = "server.log"
_ELSEWHERE: Final = (
    "the server's log is the platform's: on Supabase in the dashboard under Logs, Postgres and Pooler; on RDS by"
    " aws rds describe-db-log-files and download-db-log-file-portion, or in CloudWatch Logs under"
    " /aws/rds/instance/ID/postgresql. Take {since} to {until} UTC, and give it with --log"
)


@dataclass(frozen=True)
class Logs:
    """The lines that were kept, by file of the folder, and a sentence on each log."""

    files: dict[str, str]
    sentences: tuple[str, ...]


def read_logs(place: Place, further: tuple[Path, ...], window: Window) -> Logs:
    """Return the lines of that time.

    Raises:
        RolloutError: CLI001 for a further file that cannot be read.
    """
    files, said = {}, []
    for name, path, kind in _sources(place, further):
        try:
            with path.open(encoding="utf-8", errors="replace") as opened:
                found = excerpt(opened, kind, window.since, window.until)
        except OSError as error:
            if kind is Kind.SERVER:
                said.append(f"{name}: it cannot be read ({error.strerror})")
                continue
            problem = f"it cannot be read ({error.strerror})"
            raise RolloutError("CLI001", f"--log {path}", problem, fix="name a file that you may read") from None
        files[f"logs/{name}"] = "".join(f"{line}\n" for line in found.lines)
        undated = f"; {found.undated} lines before the first one with a time were left out" if found.undated else ""
        said.append(f"logs/{name}: {len(found.lines)} lines of that time{undated}")
    if place.database.get("embedded") is not True:
        said.append(_ELSEWHERE.format(since=f"{window.since:%Y-%m-%d %H:%M}", until=f"{window.until:%Y-%m-%d %H:%M}"))
    return Logs(files, tuple(said))


def _sources(place: Place, further: tuple[Path, ...]) -> Iterator[tuple[str, Path, Kind]]:
    """Yield each log with its name in the folder; two files of one name are told apart by their number."""
    if place.database.get("embedded") is True:
        account = server_account()
        folder = folder_of(place.home, account)
        yield "postgres.log", folder / SERVER_LOG, Kind.SERVER
        pooler = pooler_place(folder, account).log
        if pooler.exists():
            yield "pgbouncer.log", pooler, Kind.SERVER
    for number, path in enumerate(further, 1):
        yield f"{number}-{path.name}", path, Kind.APPLICATION
