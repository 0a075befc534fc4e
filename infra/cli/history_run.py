"""The ledger as lines of text and as a document."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from infra.cli.output import Output
from infra.cli.rollback_connection import find_place, find_target
from infra.cli.wording import shorten, text_of
from infra.database.ledger import Entry, is_kept, read_ledger
from infra.database.session import open_session
from infra.errors import RolloutError
from infra.pipeline.names import LEDGER_EVENTS

_SHORT_COMMIT: Final = 8
_DIRTY: Final = "-dirty"
_INDENT: Final = "    "
_NOTHING: Final = "none"


def show_history(stack: str, event: str, limit: int, output: Output, *, details: bool) -> int:
    """Show the newest entries, or say that there is no ledger."""
    if event and event not in LEDGER_EVENTS:
        raise RolloutError("CLI001", "--event", f"'{event}' is no event", allowed=", ".join(LEDGER_EVENTS))
    with open_session(find_target(find_place(stack)), application_name="rollout history") as session:
        kept = is_kept(session)
        # One more than is shown tells whether there are older ones.
        found = read_ledger(session, event=event or None, limit=limit + 1)
    entries = found[-limit:]
    if len(found) > limit:
        output.note(f"there are older ones: --limit shows more than {limit}")
    for line in _lines(entries, details=details):
        output.line(line)
    if not entries:
        output.line("nothing of this kind has happened" if kept else "this database has never had a ledger")
    output.document({"ok": True, "kept": kept, "entries": [_document(entry) for entry in entries]})
    return 0


def line_of(entry: Entry) -> str:
    """Return one entry on one line; what it does not have is left out."""
    when = f"{entry.recorded_at:%Y-%m-%d %H:%M:%S}Z" if entry.recorded_at else ""
    parts = [when, f"{entry.event:<8}", entry.subject, _change(entry), f"by {entry.actor}", short(entry.commit_id)]
    return "  ".join(filter(None, [*parts, text_of(entry.reason) if entry.reason else ""]))


def short(commit: str) -> str:
    """Return a commit as people name it; changes that were not committed still show."""
    dirty = commit.endswith(_DIRTY)
    return commit.removesuffix(_DIRTY)[:_SHORT_COMMIT] + (_DIRTY if dirty else "")


def _change(entry: Entry) -> str:
    if not entry.from_value and not entry.to_value:
        return ""
    return f"{entry.from_value or _NOTHING} → {entry.to_value or _NOTHING}"


def _lines(entries: list[Entry], *, details: bool) -> Iterator[str]:
    for entry in entries:
        yield line_of(entry)
        if details:
            yield from (_INDENT + line for line in _evidence(entry.details))


def _evidence(details: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each thing, and for each item of a list, such as a criterion of a gate."""
    for name, value in details.items():
        if isinstance(value, list) and value:
            yield f"{name}:"
            yield from (f"  {_item(item)}" for item in value)
        else:
            yield f"{name}: {text_of(value)}"


def _item(item: Any) -> str:
    if isinstance(item, dict):
        return ", ".join(f"{name} {shorten(text_of(value))}" for name, value in item.items() if value not in (None, ""))
    return text_of(item)


def _document(entry: Entry) -> dict[str, Any]:
    return asdict(entry) | {"recorded_at": entry.recorded_at.isoformat() if entry.recorded_at else None}
