"""What the phases' scripts say of themselves, to whoever opens one in a hurry."""

from collections.abc import Iterable, Mapping
from typing import Final

from infra.ddl.phase_entries import TEMPLATE
from infra.ddl.templates import render
from infra.models.flag import FlagName
from infra.pipeline.phases import FIRST, LAST, phase

#: How every generated script came about.
GENERATED: Final = "Generated from the definition by `python -m infra.ddl.rollback`: change that, not this file."
RUN: Final = ("", GENERATED, "The next phase is sql/deploy/phase-2.sql.")
CLEAR_FIRST: Final = "sql/rollback/clear.sql lifts it, with -v by=<who> -v why=<why>."
TO_PHASE_ONE: Final = "sql/rollback/phase-{}-to-1.sql works while it is set; sql/rollback/clear.sql lifts it."

_HOW: Final = (
    "Run it with psql, on a direct connection, as the deployer:",
    "  psql -X {options} -f {name}",
    "A lock that does not come in time stops it; `-v lock_timeout=2s` gives it longer; `-v commit=<id>` is kept, too.",
    "Stopped at any place, or done: it can be run again, and does what is left to do.",
)
_WHO: Final = "-v by=<who> -v why=<why>"


def about_members() -> tuple[str, ...]:
    """Return how a member of the cohort is let in with psql, and how they are listed."""
    return ("", *render(f"{TEMPLATE}.sql.j2", action="about members").splitlines())


def about_up(number: int, ready: Mapping[str, FlagName]) -> tuple[str, ...]:
    """Return what the script up to a phase says."""
    options = " ".join((_WHO, "-v until=<date>", *(f"[-v {name}=yes]" for name in ready)))
    waiting = [f"{flag} with -v {name}=yes" for name, flag in ready.items()]
    return (
        f"On then: {_names(phase(number).flags)}.",
        *([f"Only when it is said, now or later: {', '.join(waiting)}."] if waiting else []),
        f"Who may enter: {phase(number).enters}.",
        f"psql cannot measure gate {number - 1}: the ledger gets an override of it, with who, why and until when.",
        f"In phase {number} already it changes nothing more.",
        "",
        GENERATED,
        *_lines(f"phase-{number}.sql", options),
    )


def about_down(before: int, after: int) -> tuple[str, ...]:
    """Return what the script down to a phase says."""
    switch = "Works while the kill switch is set." if after == FIRST else "It refuses while the kill switch is set."
    return (
        f"On then, if on before: {_names(phase(after).flags)}.",
        f"Who may enter: {phase(after).enters}.",
        "Nothing is dropped and every row stays; whoever is in keeps profile, data and the right to read it.",
        "It passes no gate, turns no flag on and makes no place. Lower `phase` in a stack file as well.",
        switch,
        "",
        GENERATED,
        *_lines(f"phase-{before}-to-{after}.sql", _WHO),
    )


def where_up(number: int) -> str:
    """Return what to do where the database is in another phase than the script up to this one expects."""
    more = f"; from phase {LAST} there is nothing further" if number == LAST else ""
    return f"Go up one phase after the other, with sql/deploy/phase-2.sql to phase-{LAST}.sql{more}."


def crowded_words(cap: int, number: int) -> str:
    """Return what follows the number of creators who are in beyond the places."""
    return f"over the {cap} places of phase {number}. They keep their data and may read it; nobody else gets in."


def inside_words(cap: int, number: int) -> str:
    """Return what follows the number of creators who are in."""
    return f"beta creators are in, of {cap} places in phase {number}."


def _names(flags: Iterable[FlagName]) -> str:
    return ", ".join(flag.value for flag in flags)


def _lines(name: str, options: str) -> tuple[str, ...]:
    return tuple(line.format(name=name, options=options) for line in _HOW)
