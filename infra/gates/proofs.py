"""What is proven rather than counted: the preflight, and row security by the catalog and by trying it."""

from typing import Final

from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError
from infra.gates.figures import Figures
from infra.gates.reading import read_only
from infra.models.access import Access
from infra.models.criterion import Proof
from infra.pipeline.names import ANON
from infra.pipeline.tables import ROLLOUT_TABLES, TABLES
from infra.preflight.report import Outcome
from infra.preflight.server import Wish, server_checks
from infra.verify import proof as verify

_SHOWN: Final = 3
_RELATIONS: Final = [table.identity for table in (*TABLES, *ROLLOUT_TABLES)]


def prove(session: Session, proof: Proof, access: Access) -> Figures:
    """Return how many findings stand against it, and the first of them.

    Raises:
        RolloutError: GATE004 where a part of it could not be tried, VER001 as `verify` raises it.
    """
    return _preflight(session) if proof is Proof.PREFLIGHT else _row_security(session, access)


def _preflight(session: Session) -> Figures:
    failed = [check for check in server_checks(session, Wish()) if check.outcome is Outcome.FAILED]
    found = [*map(str, failed), *catalog_findings(session)]
    return _figures(found, len(_RELATIONS), "the server and its tables looked at")


def catalog_findings(session: Session) -> list[str]:
    """Return what is not as it must be before anybody is let in: tables, indexes, row security, grants."""
    with read_only(session):
        rows = session.query(catalog_query("gate_preflight.sql"), {"relations": _RELATIONS, "anon": ANON})
    return [row["finding"] for row in rows]


def _row_security(session: Session, access: Access) -> Figures:
    """Return what `rollout verify` finds, tried as on a database that serves people."""
    report = verify.prove(session, verify.definition_in(session, access), access)
    if report.is_open and not report.is_weaker:
        problem = f"not everything could be tried: {next(report.lines())}"
        raise RolloutError("GATE004", "verify", problem, fix="see `rollout verify`, and measure again")
    clean = f"the access table holds, by {report.attempts} attempts and the catalog"
    return _figures(list(report.lines()), len(report.results), clean)


def _figures(found: list[str], checked: int, clean: str) -> Figures:
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return Figures((float(len(found)),), checked, detail=", ".join(found[:_SHOWN]) + more if found else clean)
