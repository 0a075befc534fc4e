"""What the application asks: the slowest statements, the plan of the overview, and how long a flag takes."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from infra.database.session import Session
from infra.database.statements import StatementCount, slowest_statements
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError
from infra.gates.probes import plan_milliseconds
from infra.gates.reading import read_only
from infra.models.flag import FlagName
from infra.pipeline.names import STAGES
from infra.pipeline.thresholds import DATABASE_P95
from infra.preflight.report import Check, Outcome, judged

TOPIC: Final = "queries"
#: So many of the slowest statements are shown.
SHOWN: Final = 5
LEAST_CALLS: Final = 20
#: All flags together, in milliseconds of the server: every request asks for some.
FLAGS_MILLISECONDS: Final = 10.0
#: A plan that reads so many rows from end to end does not stay fast.
LARGE_ROWS: Final = 10_000
_TEXT: Final = 100


def query_checks(session: Session, relations: Iterable[str]) -> Iterator[Check]:
    """Yield how the pipeline's queries fare; each is run once, read-only."""
    yield from statement_checks(session, relations)
    yield _attempt("overview of one stage", lambda: _overview(session))
    yield _attempt("evaluation of the flags", lambda: _flags(session))


def statement_checks(session: Session, relations: Iterable[str]) -> Iterator[Check]:
    """Yield the slowest statements on these relations, by their bare names."""
    name, wanted = "slow statements", str(DATABASE_P95)
    found = slowest_statements(session, relations, calls=LEAST_CALLS, limit=SHOWN)
    if not found:
        why = "pg_stat_statements is not there" if found is None else f"none has run {LEAST_CALLS} times"
        fix = "have the platform create pg_stat_statements (CREATE EXTENSION), with its library loaded"
        yield Check(TOPIC, name, Outcome.SKIPPED, why, wanted, fix if found is None else "")
        return
    for statement in found:
        fix = "EXPLAIN (ANALYZE, BUFFERS) it as the role that runs it, and see which index it lacks"
        check = Check(TOPIC, "statement", Outcome.WARNED, _words(statement), f"p95 {wanted}", fix)
        yield judged(check, fine=DATABASE_P95.holds(statement.p95), otherwise=Outcome.WARNED)


def judge_plan(plan: dict[str, Any]) -> Check:
    """Return what the plan of the overview comes to: its time, and what it reads from end to end."""
    milliseconds = plan_milliseconds(plan)
    scanned = [f"{node['Relation Name']} ({_rows(node)} rows)" for node in _nodes(plan["Plan"]) if _is_long_scan(node)]
    found = f"{milliseconds:.1f} ms" + (f", reads from end to end: {', '.join(scanned)}" if scanned else "")
    fix = "ANALYZE the tables, and see that their indexes stand (`rollout drift`)"
    check = Check(TOPIC, "overview of one stage", Outcome.WARNED, found, f"{DATABASE_P95}, by its indexes", fix)
    return judged(check, fine=DATABASE_P95.holds(milliseconds) and not scanned, otherwise=Outcome.WARNED)


def _overview(session: Session) -> Check:
    with read_only(session):
        rows = session.query(catalog_query("doctor_overview.sql"), {"stage": STAGES[2]})
    return judge_plan(rows[0]["QUERY PLAN"][0])


def _flags(session: Session) -> Check:
    with read_only(session):
        rows = session.query(catalog_query("doctor_flags.sql"), {"flags": list(FlagName)})
    milliseconds = plan_milliseconds(rows[0]["QUERY PLAN"][0])
    found = f"{milliseconds:.2f} ms for {len(FlagName)} flags"
    fix = "keep them for 300 s in the application (`rollout app-config`), and see that pipeline_private was analyzed"
    check = Check(TOPIC, "evaluation of the flags", Outcome.WARNED, found, f"< {FLAGS_MILLISECONDS:g} ms", fix)
    return judged(check, fine=milliseconds < FLAGS_MILLISECONDS, otherwise=Outcome.WARNED)


def _attempt(name: str, look: Any) -> Check:
    try:
        found: Check = look()
    except RolloutError as error:
        return Check(TOPIC, name, Outcome.SKIPPED, f"{error.code} {error.problem}", "", error.fix)
    return found


def _words(statement: StatementCount) -> str:
    text = " ".join(statement.query.split())
    short = text if len(text) <= _TEXT else f"{text[: _TEXT - 1]}…"
    return f"p95 {statement.p95:.1f} ms, mean {statement.mean:.1f} ms, {statement.calls} calls: {short}"


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _is_long_scan(node: dict[str, Any]) -> bool:
    return node["Node Type"] == "Seq Scan" and _rows(node) >= LARGE_ROWS


def _rows(node: dict[str, Any]) -> int:
    return int((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"])
