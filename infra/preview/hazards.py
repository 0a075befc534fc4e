"""What each hazard means at the object that has it, in words."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from infra.ddl.statement import Hazard, Lock, Step
from infra.models.units import write_bytes
from infra.models.widening import keeps_values
from infra.preview.access import differences_of
from infra.preview.document import HazardNote
from infra.preview.items import HARD, Item
from infra.preview.sizes import Size, Sizes

#: How many sentences about who may do what stand in one line.
_SENTENCES: Final = 2
_WAITING: Final = {True: "readers and writers", False: "writers"}
Words = Callable[[Item, Sizes], str]


def hazard_notes(items: Iterable[Item], sizes: Sizes) -> Iterator[HazardNote]:
    """Yield every hazard at every object, in words."""
    for item in items:
        for hazard in item.hazards:
            yield hazard_note(hazard, item.name, _WORDS[hazard](item, sizes))


def hazard_note(hazard: Hazard, name: str, summary: str) -> HazardNote:
    """Return the hazard at the object, with the page that explains it."""
    return HazardNote(code=hazard.value, object=name, summary=summary, page=hazard.page)


def _steps(hazard: Hazard, otherwise: str) -> Words:
    """Return what the steps say that have the hazard."""

    def words(item: Item, sizes: Sizes) -> str:
        del sizes
        said = [f"{step.subject}: {step.summary}" for step in item.steps if hazard in step.hazards]
        return "; ".join(said) or otherwise

    return words


def _access(hazard: Hazard, *, widens: bool) -> Words:
    """Return who may now do what, or the steps' own words where nobody's rights are spelled out."""

    def words(item: Item, sizes: Sizes) -> str:
        said = [one.sentence for one in differences_of(item) if one.widens is widens]
        more = f"; and {len(said) - _SENTENCES} more" if len(said) > _SENTENCES else ""
        return "; ".join(said[:_SENTENCES]) + more or _steps(hazard, "who may do what changes")(item, sizes)

    return words


def _lock(item: Item, sizes: Sizes) -> str:
    """Return what is locked, how large it is, and who waits meanwhile."""
    held = {name: lock for lock, name in item.locks if lock in HARD}
    placed = [f"{held[name].value} on {name} ({_size(sizes.get(name, Size()))})" for name in held]
    reads = any(Lock.ACCESS_SHARE.waits_for(lock) for lock in held.values())
    return f"{', '.join(placed)}: {_WAITING[reads]} wait while it is taken"


def _rewrite(item: Item, sizes: Sizes) -> str:
    size = _size(sizes.get(item.identity, Size()))
    why = f" for {retyped}" if (retyped := _retyped(item, every=True)) else ""
    return f"{item.name} is written anew{why} ({size}): locked for everybody meanwhile, with room on disk for both"


def _retyped(item: Item, *, every: bool) -> str:
    """Return the columns that change their types, all of them or those alone that may lose values."""
    columns = [one for one in item.retyped_columns if every or not keeps_values(one[1], one[2])]
    return ", ".join(f"{name} from {before} to {after}" for name, before, after in columns)


def _deletes(item: Item, sizes: Sizes) -> str:
    if lossy := _retyped(item, every=False):
        return f"values are lost or change where they do not fit: {lossy}"
    return _steps(Hazard.DELETES_DATA, "rows or values go for good")(item, sizes)


def _build(item: Item, sizes: Sizes) -> str:
    names = dict.fromkeys(name for step in item.steps if Hazard.INDEX_BUILD in step.hazards for name in _tables(step))
    placed = ", ".join(f"{name} ({_size(sizes.get(name, Size()))})" for name in names)
    return f"an index is built on {placed}, blocking nobody: it takes time, reads the whole table, and needs disk"


def _tables(step: Step) -> list[str]:
    return [name for statement in step.statements for _, name in statement.locks]


def _size(size: Size) -> str:
    return f"{write_bytes(size.bytes)}, about {size.rows} rows"


_WORDS: Final[Mapping[Hazard, Words]] = MappingProxyType(
    {
        Hazard.DELETES_DATA: _deletes,
        Hazard.ACCESS_WIDENED: _access(Hazard.ACCESS_WIDENED, widens=True),
        Hazard.ACCESS_NARROWED: _access(Hazard.ACCESS_NARROWED, widens=False),
        Hazard.EXCLUSIVE_LOCK: _lock,
        Hazard.REWRITE: _rewrite,
        Hazard.INDEX_BUILD: _build,
        Hazard.INDEX_DROPPED: _steps(Hazard.INDEX_DROPPED, "queries that used the index become slower"),
        Hazard.CAPACITY_NARROWED: _steps(Hazard.CAPACITY_NARROWED, "there are fewer connections"),
        Hazard.CORRECTNESS: _steps(Hazard.CORRECTNESS, "what rows or results come of it is decided otherwise"),
    }
)
