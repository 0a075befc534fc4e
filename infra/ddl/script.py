"""A plan as a script for plain psql: one sink of the same steps that the provider runs."""

from dataclasses import dataclass
from typing import Final

from infra.ddl.statement import DONE, WAITING, Hazard, Step, Waits, strongest
from infra.ddl.templates import render

#: The key of the deploy lock, as `infra.database.deploy_lock` takes it; a test holds the two together.
LOCK_CLASS: Final = 0x726F6C6C
LOCK_OBJECT: Final = 0x006F7574
#: psql climbs no ladder: one try with this limit, or with `-v lock_timeout=…`, and then the script is run again.
INSTANT_LOCK: Final = "500ms"
INSTANT_STATEMENT: Final = "60s"
PATIENT_LOCK: Final = "10min"
PATIENT_STATEMENT: Final = "1h"

_TEMPLATE: Final = "script.sql.j2"
_KEEPS: Final = "every row and every other object"


@dataclass(frozen=True)
class Part:
    """A step, and when it is needed: a boolean SQL expression over the catalog, or nothing for always."""

    step: Step
    condition: str = ""


@dataclass(frozen=True)
class Script:
    """What a script says of itself, what refuses before anything is changed, what it does, and what it tells then."""

    title: str
    about: tuple[str, ...]
    guards: tuple[str, ...]
    parts: tuple[Part, ...]
    ending: str
    report: str = ""


@dataclass(frozen=True)
class _Shown:
    """A part as the template prints it."""

    title: str
    locks: str
    keeps: str
    echo: str
    condition: str
    transactional: bool
    patient: bool
    statements: tuple[str, ...]
    repeats: str


def render_script(script: Script) -> str:
    """Return the script's text, which ends in a line break."""
    text = render(
        _TEMPLATE,
        title=one_line(script.title),
        about=tuple(map(_comment, script.about)),
        guards=script.guards,
        parts=tuple(map(_show, script.parts)),
        ending=quote_argument(script.ending),
        report=script.report,
        instant_lock=INSTANT_LOCK,
        instant_statement=INSTANT_STATEMENT,
        patient_lock=PATIENT_LOCK,
        patient_statement=PATIENT_STATEMENT,
        done=DONE,
        waiting=WAITING,
    )
    return text + "\n"


def _comment(line: str) -> str:
    """Return a line of a comment as it stands, indented or not; one with a break in it is made one."""
    return line if len(line.splitlines()) <= 1 else one_line(line)


def one_line(text: str) -> str:
    """Return the text without line breaks: in a comment, or behind a backslash, a second line would be run."""
    return " ".join(text.split())


def quote_argument(text: str) -> str:
    r"""Return the text as one argument of a psql command, such as ``\echo``."""
    escaped = one_line(text).replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _show(part: Part) -> _Shown:
    step = part.step
    title = one_line(f"{step.subject}: {step.summary}")
    keeps = one_line(step.keeps or _kept(step))
    return _Shown(
        title=title,
        locks=_locks(step),
        keeps=keeps,
        echo=quote_argument(f"{title} (keeps {keeps})"),
        condition=part.condition,
        transactional=step.transactional and not step.repeats,
        patient=step.waits is Waits.PATIENT,
        statements=tuple(statement.text for statement in step.statements),
        repeats=step.repeats,
    )


def _kept(step: Step) -> str:
    return "nothing of it" if Hazard.DELETES_DATA in step.hazards else _KEEPS


def _locks(step: Step) -> str:
    """Return the strongest lock that the step takes on each relation, in words."""
    taken = strongest(lock for statement in step.statements for lock in statement.locks)
    return ", ".join(f"{lock.value} on {relation}" for lock, relation in taken) or "catalog rows only"
