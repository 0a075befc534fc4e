"""What changes of privileges, a sentence for each role at an object: whole objects, columns, functions, schemas."""

from collections.abc import Iterable, Iterator
from typing import Final

from infra.models.grant import Entry, Grant, Target
from infra.preview.difference import Difference, named, short

#: A privilege on the whole object, among those on columns: no column has an empty name.
_WHOLE: Final = frozenset({""})
_IN_SCHEMAS: Final = {"usage": "use", "create": "make objects in"}
_NONE: Final[frozenset[str]] = frozenset()
#: By privilege, in the order of their first mention.
_Rights = dict[str, frozenset[str]]


def grant_differences(before: Grant | None, after: Grant | None) -> Iterator[Difference]:
    """Yield for each role what it may do with the object afterwards and could not before, and the reverse."""
    one = before or after
    if one is None:
        return
    old, new = (_rights(grant.entries) if grant else {} for grant in (before, after))
    for role in {**old, **new}:
        given = _beyond(new.get(role, {}), old.get(role, {}))
        taken = _beyond(old.get(role, {}), new.get(role, {}))
        if given:
            yield Difference(f"{named(role)} may now {_deeds(one, given)}", widens=True)
        if taken:
            yield Difference(f"{named(role)} may no longer {_deeds(one, taken)}", widens=False)


def _rights(entries: Iterable[Entry]) -> dict[str, _Rights]:
    found: dict[str, _Rights] = {}
    for entry in entries:
        rights = found.setdefault(entry.role, {})
        rights[entry.privilege] = rights.get(entry.privilege, _NONE) | (frozenset(entry.columns) or _WHOLE)
    return found


def _beyond(one: _Rights, other: _Rights) -> _Rights:
    """Return what the one has that the other has not; the whole holds every column."""
    more = {
        privilege: _NONE if other.get(privilege, _NONE) >= _WHOLE else columns - other.get(privilege, _NONE)
        for privilege, columns in one.items()
    }
    return {privilege: columns for privilege, columns in more.items() if columns}


def _deeds(grant: Grant, rights: _Rights) -> str:
    """Return what may be done, such as ``select and insert notes, and update notes.body``."""
    name = short(grant.object_name)
    if grant.target is Target.SCHEMA:
        return f"{listed([_IN_SCHEMAS.get(privilege, privilege) for privilege in rights])} schema {name}"
    place = name if grant.target is Target.RELATION else f"{grant.target.value} {name}"
    whole = [privilege for privilege, columns in rights.items() if columns >= _WHOLE]
    parts = {privilege: sorted(columns) for privilege, columns in rights.items() if not columns >= _WHOLE}
    deeds = [f"{listed(whole)} {place}"] if whole else []
    deeds += [f"{privilege} {_columns(place, columns)}" for privilege, columns in parts.items()]
    return ", and ".join(deeds)


def _columns(place: str, names: list[str]) -> str:
    return f"{place}.{names[0]}" if len(names) == 1 else f"{place} ({', '.join(names)})"


def listed(words: list[str]) -> str:
    """Return the words as a list that is read aloud: ``select, insert and delete``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)
