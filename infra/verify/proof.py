"""The proof: every cell of the access table by trying and by the catalog, in one transaction that is undone."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from infra.database.rollout import read_state
from infra.database.session import Session
from infra.ddl.templates import catalog_query, render
from infra.errors import RolloutError
from infra.models.access import Access, Answer, Cell
from infra.models.definition import Definition
from infra.models.phase import Audience
from infra.pipeline.answers import answers
from infra.pipeline.definition import define
from infra.pipeline.names import API, OWNER
from infra.pipeline.phases import FIRST, rollout
from infra.verify.attempts import REFUSED, WORKSHOP, Attempt, attempts_of
from infra.verify.catalog import catalog_findings, lint, notes
from infra.verify.report import Mark, Report, Result
from infra.verify.scene import Cast, set_scene, user_triggers
from infra.verify.standing import read_standing, standing_metrics

#: Nobody waits long for the proof, nor the proof for anybody.
LIMITS: Final = {"lock_timeout": "1s", "statement_timeout": "60s", "idle_in_transaction_session_timeout": "60s"}
GENTLE_LIMITS: Final = LIMITS | {"lock_timeout": "100ms", "statement_timeout": "15s"}
#: Functions of others may count on it. What is temporary comes last: our twins have the names of tables.
_AS_THE_API: Final = {"search_path": "public, pg_temp"}
_LOCKED: Final = "55P03"
_ROLE: Final = "role "
_WHAT: Final = "verify"


@dataclass
class Rehearsal:
    """The people of a proof and what they try: the same, as often as one database is proven in one way."""

    cast: Cast = field(default_factory=Cast)
    attempts: list[Attempt] | None = None


def prove(
    session: Session,
    definition: Definition,
    access: Access,
    *,
    gently: bool = True,
    with_user_triggers: bool = False,
    api: Session | None = None,
    rehearsal: Rehearsal | None = None,
) -> Report:
    """Prove that the database keeps to the access table. Nothing of it stays, and no sequence is used.

    Where the proof's own users and rows cannot be added (VER002 is then the hindrance), the catalog alone is read.

    Args:
        session: the deployer's; no transaction is under way.
        definition: what the database is to be, in its phase.
        access: who writes the creators' results.
        gently: for a database that serves people: TRUNCATE, REFERENCES and TRIGGER are read from the catalog alone,
            no statement could reach every row, and no lock is waited for longer than 100 ms.
        with_user_triggers: go on where somebody's triggers run when a user is added.
        api: a session of the API's own login, which is proven by the catalog alone without one.
        rehearsal: what to try, kept from one proof of a database to the next.

    Raises:
        RolloutError: VER001 where adding a user would run somebody's triggers; DB001 when the connection is lost.
    """
    begun = time.monotonic()
    if gently and not with_user_triggers:
        _require_no_triggers(session)
    cells = answers(access, sign_up=_opens_sign_up(definition))
    with session.transaction(undone=True):
        session.configure(GENTLE_LIMITS if gently else LIMITS, local=True)
        standing = read_standing(session, definition)
        findings = catalog_findings(session, definition, standing)
        faults = lint(standing)
        beside = tuple(notes(session, definition))
        privileges = _privileges(session, cells)
        session.configure(_AS_THE_API, local=True)
        attempts, unset = _attempts(session, cells, rehearsal or Rehearsal(), definition, gently=gently)
        tried = _try(session, [attempt for attempt in attempts if attempt.cell.role != API])
    if api is not None:
        with api.transaction(undone=True):
            api.configure((GENTLE_LIMITS if gently else LIMITS) | _AS_THE_API, local=True)
            tried += _try(api, [attempt for attempt in attempts if attempt.cell.role == API])
    return Report(
        phase=definition.rollout.phase if definition.rollout else 0,
        access=access.value,
        results=tuple(_results(cells, privileges, tried)),
        findings=tuple(findings),
        faults=tuple(faults),
        hindrances=unset,
        attempts=len(tried),
        gently=gently,
        seconds=round(time.monotonic() - begun, 3),
        notes=beside,
    )


def definition_in(session: Session, access: Access, otherwise: int = FIRST) -> Definition:
    """Return what the database is to be in the phase that it is in; where nothing is rolled out, in the other one."""
    state = read_state(session)
    phase, metrics = rollout(state.phase if state else otherwise), standing_metrics(session)
    return define(phase, access=access, deployer=session.target.user, metrics=metrics)


def _require_no_triggers(session: Session) -> None:
    if names := user_triggers(session):
        raise RolloutError(
            "VER001",
            "auth.users",
            f"the proof adds users for its transaction, and triggers of others would run: {', '.join(names)}",
            allowed="no trigger on insert, or somebody's word that they may run",
            fix="see what they do (mail and calls that they send are not undone), then use --with-user-triggers",
        )


def _opens_sign_up(definition: Definition) -> bool:
    return definition.rollout is not None and definition.rollout.audience is not Audience.NOBODY


def _attempts(
    session: Session, cells: Sequence[Cell], rehearsal: Rehearsal, definition: Definition, *, gently: bool
) -> tuple[list[Attempt], tuple[RolloutError, ...]]:
    """Return what is to be tried; nothing where the scene cannot be set, and why that is."""
    try:
        with session.transaction():
            scene = set_scene(session, rehearsal.cast)
            if not gently:
                _open_workshop(session)
    except RolloutError as error:
        if error.code != "VER002":
            raise
        return [], (error,)
    if rehearsal.attempts is None:
        rehearsal.attempts = attempts_of(cells, scene, gently=gently, tables=definition.tables)
    return rehearsal.attempts, ()


def _open_workshop(session: Session) -> None:
    for action in ("workshop", "open workshop"):
        session.run(_WHAT, render("verify.sql.j2", action=action, workshop=WORKSHOP))


def _try(session: Session, attempts: list[Attempt]) -> list[tuple[Attempt, str]]:
    """Make the attempts and return each with what came of it."""
    session.run(_WHAT, catalog_query("verify_try.sql"))
    values = {"attempts": json.dumps([attempt.dump() for attempt in attempts])}
    (row,) = session.run(_WHAT, catalog_query("verify_attempts.sql"), values)
    return list(zip(attempts, row["outcomes"], strict=True))


def _privileges(session: Session, cells: Sequence[Cell]) -> list[bool | None]:
    """Return, cell by cell, whether the role has the privilege; None where the role or the object is not there."""
    values = {
        "roles": [cell.role for cell in cells],
        "objects": [cell.on for cell in cells],
        "operations": [cell.operation.value for cell in cells],
        "columns": [cell.column for cell in cells],
    }
    return [row["allowed"] for row in session.run(_WHAT, catalog_query("verify_privileges.sql"), values)]


def _results(
    cells: Sequence[Cell], privileges: list[bool | None], tried: list[tuple[Attempt, str]]
) -> Iterator[Result]:
    made: dict[Cell, list[tuple[Attempt, str]]] = {}
    for attempt, outcome in tried:
        made.setdefault(attempt.cell, []).append((attempt, outcome))
    for cell, allowed in zip(cells, privileges, strict=True):
        yield _result(cell, allowed, made.get(cell, []))


def _result(cell: Cell, allowed: bool | None, tried: list[tuple[Attempt, str]]) -> Result:  # noqa: FBT001 - a value
    missed = [outcome for _, outcome in tried if outcome == _LOCKED or outcome.startswith(_ROLE)]
    differs = [_said(attempt, outcome) for attempt, outcome in tried if outcome not in {attempt.expected, *missed}]
    wanted = cell.role == OWNER or cell.answer is not Answer.REFUSED
    if bool(allowed) is not wanted:
        differs.append("the catalog says that it is granted" if allowed else "the catalog says that it is not granted")
    if differs:
        return Result(cell, Mark.DIFFERS, tuple(differs))
    if missed:
        return Result(cell, Mark.UNKNOWN, (_untried(missed[0]),))
    return Result(cell, Mark.PROVEN if tried else Mark.CATALOG)


def _untried(outcome: str) -> str:
    if outcome == _LOCKED:
        return "it was locked, and could not be tried"
    return f"whoever proves may not act as the role ({outcome.removeprefix(_ROLE)}), so that it could not be tried"


def _said(attempt: Attempt, outcome: str) -> str:
    by = f"as {attempt.by} " if attempt.by else ""
    return f"{by}{_in_words(outcome)}, not {_in_words(attempt.expected)}"


def _in_words(outcome: str) -> str:
    if outcome == REFUSED:
        return "refused (42501)"
    if len(outcome) == len(REFUSED):
        return f"failed (SQLSTATE {outcome})"
    return f"{outcome} row{'' if outcome == '1' else 's'}"
