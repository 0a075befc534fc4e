"""Goes through the troubleshooting of a stack's database."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from infra.cli.pooler_checks import pooler_checks
from infra.cli.rollback_connection import find_place, find_target
from infra.database.rollout import read_state
from infra.database.session import Session, open_session
from infra.doctor.months import month_checks
from infra.doctor.pipeline import pipeline_checks
from infra.doctor.queries import query_checks, statement_checks
from infra.doctor.rollup import rollup_checks
from infra.doctor.server import read_server, server_checks
from infra.doctor.tables import table_checks
from infra.pipeline.tables import ROLLOUT_TABLES, TABLES
from infra.preflight.report import Check, Outcome, Report

_NAME: Final = "rollout doctor"
_NAMES: Final = tuple(table.name for table in TABLES)
_RELATIONS: Final = tuple(table.identity for table in (*TABLES, *ROLLOUT_TABLES))


def run_doctor(name: str) -> Report:
    """Look for what slows a stack's pipeline down or keeps its creators from completing it. Nothing is changed.

    Raises:
        RolloutError: where there is no database to ask.
    """
    with open_session(find_target(find_place(name)), application_name=_NAME) as session:
        checks = (*_database(session), *pooler_checks(name), *_pipeline(session))
        return Report(checks, good="no trouble found", bad="trouble found")


def _database(session: Session) -> Iterator[Check]:
    server = read_server(session)
    yield from server_checks(session, server)
    yield from table_checks(session, _RELATIONS, server["seconds"])
    yield from month_checks(session)


def _pipeline(session: Session) -> Iterator[Check]:
    """Yield what only a deployed pipeline has; before, no more than the statements that the server counted."""
    if read_state(session) is None:
        yield from statement_checks(session, _NAMES)
        yield Check("pipeline", "stages and flags", Outcome.SKIPPED, "nothing is deployed yet")
        return
    yield from rollup_checks(session)
    yield from query_checks(session, _NAMES)
    yield from pipeline_checks(session, datetime.now(UTC))
