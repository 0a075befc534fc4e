"""The ledger as lines of text and as a document."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from infra.cli.output import Output
from infra.cli.rollback_connection import find_place, find_target
from infra.cli.wording import ELLIPSIS, text_of
from infra.database.ledger import Entry, is_kept, read_ledger
from infra.database.session import open_session
from infra.errors import RolloutError
from infra.pipeline.names import LEDGER_EVENTS

_SHORT_COMMIT: Final = 8
_DIRTY: Final = "-dirty"
_INDENT: Final = "    "
#: What a reason has room for; a gate's may list everything that was missing.
_LONGEST: Final = 160
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


def line_of(entry: Entry, *, whole: bool = False) -> str:
    """Return one entry on one line; what is empty is left out, and a long reason is cut unless `whole` is said."""
    when = f"{entry.recorded_at:%Y-%m-%d %H:%M:%S}Z" if entry.recorded_at else ""
    reason = text_of(entry.reason) if entry.reason else ""
    told = reason if whole or len(reason) <= _LONGEST else reason[: _LONGEST - 1] + ELLIPSIS
    parts = [
        when,
        f"{entry.event:<8}",
        entry.subject,
        _change(entry),
        f"by {entry.actor}",
        short(entry.commit_id),
        told,
    ]
    return printable("  ".join(filter(None, parts)))


def short(commit: str) -> str:
    """Return a commit as people name it; changes that were not committed still show."""
    dirty = commit.endswith(_DIRTY)
    return commit.removesuffix(_DIRTY)[:_SHORT_COMMIT] + (_DIRTY if dirty else "")


def printable(text: str) -> str:
    """Return the text with nothing in it that would move a terminal's cursor or change its colours."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def evidence_lines(details: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each thing that is kept, and for each criterion of a gate; what is empty is left out."""
    for name, value in details.items():
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            yield f"{name}:"
            yield from (_INDENT + line for item in value for line in _item_lines(item))
        elif value not in ("", None, [], {}):
            yield printable(f"{name}: {text_of(value)}")


def _item_lines(item: dict[str, Any]) -> Iterator[str]:
    if "criterion" in item:
        told = (item.get(name) for name in ("outcome", "criterion", "target", "why"))
        yield printable("  ".join(text_of(value) for value in told if value))
    else:
        yield from evidence_lines(item)


def _change(entry: Entry) -> str:
    if not entry.from_value and not entry.to_value:
        return ""
    return f"{entry.from_value or _NOTHING} → {entry.to_value or _NOTHING}"


def _lines(entries: list[Entry], *, details: bool) -> Iterator[str]:
    for entry in entries:
        yield line_of(entry, whole=details)
        if details:
            yield from (_INDENT + line for line in evidence_lines(entry.details))


def _document(entry: Entry) -> dict[str, Any]:
    return asdict(entry) | {"recorded_at": entry.recorded_at.isoformat() if entry.recorded_at else None}
