"""What is proven rather than counted: the preflight, and row security by the catalog and by trying to read."""

from collections.abc import Iterator
from typing import Any, Final

from infra.database.session import Session
from infra.ddl.templates import catalog_query, render
from infra.errors import RolloutError
from infra.gates.figures import Figures
from infra.gates.reading import read_only
from infra.models.criterion import Proof
from infra.pipeline.names import ANON, CREATOR
from infra.pipeline.tables import ROLLOUT_TABLES, TABLES
from infra.pipeline.tables.creator_profiles import CREATOR_PROFILES

#: Nobody has this id: it is drawn from no generator of ids.
STRANGER: Final = "00000000-0000-0000-0000-000000000001"
_SHOWN: Final = 3
_NOT_ALLOWED: Final = "[SQLSTATE 42501]"
_CLOSED: Final = frozenset({"row security", "grant", "table"})


def prove(session: Session, proof: Proof) -> Figures:
    """Return how many findings stand against it, and the first of them."""
    return _preflight(session) if proof is Proof.PREFLIGHT else _row_security(session)


def _preflight(session: Session) -> Figures:
    relations = [table.identity for table in (*TABLES, *ROLLOUT_TABLES)]
    found = [row["finding"] for row in _catalog(session, relations)]
    return _figures(found, len(relations), "tables looked at")


def _catalog(session: Session, relations: list[str]) -> list[dict[str, Any]]:
    with read_only(session):
        return session.query(catalog_query("gate_preflight.sql"), {"relations": relations, "anon": ANON})


def _row_security(session: Session) -> Figures:
    relations = [table.identity for table in TABLES]
    with read_only(session):
        creator = session.one(catalog_query("gate_creator.sql"))
    found = [row["finding"] for row in _catalog(session, relations) if row["topic"] in _CLOSED]
    found += [*_as_anon(session), *_as_stranger(session), *(_as_creator(session, creator) if creator else ())]
    tried = "a creator sees own rows only" if creator else "no creator is there yet to try as"
    return _figures(found, len(relations), f"{ANON} is refused; a stranger sees nothing; {tried}")


def _figures(found: list[str], checked: int, clean: str) -> Figures:
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return Figures((float(len(found)),), checked, detail=", ".join(found[:_SHOWN]) + more if found else clean)


def _as_anon(session: Session) -> Iterator[str]:
    with read_only(session, role=ANON):
        for table in TABLES:
            if _sees(session, table.identity) is not None:
                yield f"{ANON} may read {table.identity}"


def _as_stranger(session: Session) -> Iterator[str]:
    with read_only(session, role=CREATOR, claims={"sub": STRANGER, "role": CREATOR}):
        for table in TABLES:
            if _sees(session, table.identity):
                yield f"a stranger sees rows of {table.identity}"


def _as_creator(session: Session, creator: dict[str, Any]) -> Iterator[str]:
    with read_only(session, role=CREATOR, claims={"sub": creator["user"], "role": CREATOR}):
        for table in TABLES:
            column = "id" if table is CREATOR_PROFILES else "creator_profile_id"
            if _sees(session, table.identity, column, creator["profile"]):
                yield f"a creator sees other creators' rows of {table.identity}"


def _sees(session: Session, relation: str, column: str = "", own: str = "") -> bool | None:
    """Return whether the role of the transaction sees a row (that is not its own); None when it is refused."""
    try:
        with session.transaction():
            row = session.one(render("gate_seen.sql.j2", relation=relation, column=column, own=own))
    except RolloutError as error:
        if _NOT_ALLOWED not in error.problem:
            raise
        return None
    return bool(row and row["seen"])
