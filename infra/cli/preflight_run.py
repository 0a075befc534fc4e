"""The whole list before a deployment: the server, the pooler, what was deployed, the proofs and the benchmarks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pydantic import ValidationError

from infra.cli.pooler_checks import pooler_checks
from infra.cli.rollback_connection import find_place, find_target
from infra.cli.stack_settings import read_settings
from infra.cli.stacks import find_stack
from infra.config.settings import StackSettings
from infra.database.rollout import State, read_state
from infra.database.session import Session, open_session
from infra.database.statements import slowest_statements
from infra.errors import RolloutError, RolloutErrors
from infra.gates.evaluation import evaluate_criterion
from infra.gates.proofs import catalog_findings
from infra.gates.report import Outcome as Judged
from infra.gates.report import Row
from infra.gates.settings import as_set, settings_faults
from infra.models.backups import is_in_s3
from infra.models.criterion import Criterion
from infra.models.gate import CriterionName, CriterionSettings, GateSettings
from infra.pipeline.gates import criterion
from infra.pipeline.tables import TABLES
from infra.preflight.report import Check, Outcome, Report, joined, judged
from infra.preflight.server import Wish, server_checks

_NAME: Final = "rollout preflight"
_NOT_YET: Final = "nothing is deployed yet"
_DEPLOY: Final = "look again after the first `rollout up`"
#: The guide: "Pipeline completion rate: >95%" before a deployment.
COMPLETION_PERCENT: Final = 95.0
#: The guide: "Database query time: <100ms p95".
QUERY_MILLISECONDS: Final = 100.0
#: A statement that ran less often says nothing of a 95th percentile.
LEAST_CALLS: Final = 20
_PROVEN: Final = (CriterionName.ROW_SECURITY_PROVEN, CriterionName.BACKUP_RESTORED, CriterionName.DATABASE_LATENCY)
_TOPICS: Final = {
    CriterionName.ROW_SECURITY_PROVEN: "row security",
    CriterionName.BACKUP_RESTORED: "backups",
    CriterionName.API_LATENCY: "benchmarks",
    CriterionName.DATABASE_LATENCY: "benchmarks",
    CriterionName.PRODUCTION_ERRORS: "benchmarks",
    CriterionName.PRODUCTION_COMPLETION: "benchmarks",
}
_FIXES: Final = {
    CriterionName.ROW_SECURITY_PROVEN: "`rollout verify` shows each cell; `rollout up` puts right what was changed",
    CriterionName.BACKUP_RESTORED: "run `rollout backup take`: it restores what it takes, and compares",
    CriterionName.API_LATENCY: "name a URL that answers as users see it: --url, or gates.api-latency.url in the file",
    CriterionName.DATABASE_LATENCY: "look at the slowest statements and their plans",
}


@dataclass(frozen=True)
class _Ground:
    """Where the list is gone through: the database, what the stack file says, and where the rollout stands."""

    session: Session
    settings: StackSettings
    gates: GateSettings
    state: State | None
    now: datetime


def run_preflight(name: str, *, url: str = "") -> Report:
    """Go through the list for a stack's database. Nothing is changed, but for what `verify` undoes.

    Raises:
        RolloutError: where there is no database to ask; CLI001 for a URL that is none.
        RolloutErrors: with every fault of the stack's file.
    """
    stack = find_stack(name)
    settings = read_settings(stack)
    gates = _asking(settings.gate_settings, url)
    with open_session(find_target(find_place(name)), application_name=_NAME) as session:
        ground = _Ground(session, settings, gates, read_state(session), datetime.now(UTC))
        return Report(
            (*_database(ground), *pooler_checks(name), *_standing(ground), *_figures(ground), *_declared(settings))
        )


def _asking(gates: GateSettings, url: str) -> GateSettings:
    """Return the settings with the API's p95 asked of this URL."""
    if not url:
        return gates
    try:
        asked = CriterionSettings(url=url)
    except ValidationError:
        fix = "give the address of a page, such as https://example.org/api/health"
        raise RolloutError("CLI001", "--url", "it is not the address of a page", fix=fix) from None
    changed = gates.model_copy(update={"criteria": gates.criteria | {CriterionName.API_LATENCY: asked}})
    if faults := settings_faults(changed):
        raise RolloutErrors(faults)
    return changed


def _database(ground: _Ground) -> Iterator[Check]:
    settings = ground.settings
    wish = Wish(settings.pooling, settings.extensions, settings.database.sslmode)
    if settings.database.embedded:
        wish = Wish(settings.pooling, settings.extensions)
    yield from server_checks(ground.session, wish)


def _standing(ground: _Ground) -> Iterator[Check]:
    """Yield what was deployed: its objects, and its flags."""
    if ground.state is None:
        yield Check("deployed", "tables, indexes and grants", Outcome.SKIPPED, _NOT_YET, "", _DEPLOY)
        yield Check("deployed", "feature flags", Outcome.SKIPPED, _NOT_YET, "", _DEPLOY)
        return
    found = catalog_findings(ground.session)
    fix = "`rollout drift` shows what was changed; `rollout up` puts it right"
    check = Check("deployed", "tables, indexes and grants", Outcome.FAILED, joined(found, "as they must be"), "", fix)
    yield judged(check, fine=not found)
    yield _flags(ground.state, ground.settings)


def _flags(state: State, settings: StackSettings) -> Check:
    wanted = settings.rollout.values
    other = [f"{name} is {'on' if on else 'off'}" for name, on in state.flags.items() if wanted.get(name, on) is not on]
    on = ", ".join(name for name, enabled in state.flags.items() if enabled) or "none"
    latch = f"the kill switch is set (by {state.latched_by})" if state.latched else ""
    found = latch or joined(other, f"phase {state.phase}; on: {on}")
    fix = "`rollout up` brings what the stack file says; after the kill switch `rollout rollback --clear`"
    check = Check("deployed", "feature flags", Outcome.WARNED, found, f"as phase {settings.phase} has them", fix)
    return judged(check, fine=not other and not state.latched, otherwise=Outcome.WARNED)


def _figures(ground: _Ground) -> Iterator[Check]:
    """Yield what is proven and measured, as the first gate does it, and what the guide asks for besides."""
    yield _criterion(ground, criterion(CriterionName.API_LATENCY))
    if ground.state is None:
        yield _statements(ground.session)
        for name in _PROVEN:
            yield Check(_TOPICS[name], criterion(name).title, Outcome.SKIPPED, _NOT_YET, "", _DEPLOY)
        return
    for name in _PROVEN:
        yield _criterion(ground, criterion(name))
    yield _statements(ground.session)
    for wanted in (
        criterion(CriterionName.PRODUCTION_COMPLETION).with_threshold(COMPLETION_PERCENT),
        criterion(CriterionName.PRODUCTION_ERRORS),
    ):
        yield _criterion(ground, wanted, set_by_file=False)


def _criterion(ground: _Ground, criterion: Criterion, *, set_by_file: bool = True) -> Check:
    wanted = as_set(criterion, ground.gates) if set_by_file else criterion
    row = evaluate_criterion(ground.session, wanted, ground.gates, ground.now)
    return Check(_TOPICS[criterion.name], row.title, _outcome(row), row.why, row.target, _FIXES.get(criterion.name, ""))


def _outcome(row: Row) -> Outcome:
    """Return what a criterion comes to here: nobody's backup is a failure, a figure that nobody has is none."""
    if row.outcome.opens:
        return Outcome.PASSED
    if row.outcome is Judged.FAILED or row.criterion == CriterionName.BACKUP_RESTORED:
        return Outcome.FAILED
    return Outcome.WARNED if row.criterion == CriterionName.ROW_SECURITY_PROVEN else Outcome.SKIPPED


def _statements(session: Session) -> Check:
    """Return how long the slowest statement on the pipeline's tables takes, as the server has counted."""
    name, wanted = "slowest statement, p95", f"< {QUERY_MILLISECONDS:g} ms"
    try:
        found = slowest_statements(session, (table.name for table in TABLES), calls=LEAST_CALLS)
    except RolloutError as error:
        return Check("benchmarks", name, Outcome.SKIPPED, error.problem, wanted, error.fix)
    if not found:
        why = "pg_stat_statements is not there" if found is None else f"none has run {LEAST_CALLS} times"
        fix = "have the platform create pg_stat_statements, or let the application run for a while"
        return Check("benchmarks", name, Outcome.SKIPPED, why, wanted, fix)
    worst = found[0]
    text = f"{worst.p95:.1f} ms in {worst.calls} calls: {' '.join(worst.query.split())[:80]}"
    check = Check("benchmarks", name, Outcome.FAILED, text, wanted, "look at its plan, and at its indexes")
    return judged(check, fine=worst.p95 < QUERY_MILLISECONDS)


def _declared(settings: StackSettings) -> Iterable[Check]:
    """Return what the stack file says of alarms and backups, and what of the list no database can be asked."""
    watched = settings.monitoring.cloudwatch
    called = (*watched.actions.warning, *watched.actions.critical, *watched.actions.rollback) if watched else ()
    found = f"in CloudWatch, namespace {watched.namespace}, {len(called)} targets called" if watched else "not declared"
    fix = "write `monitoring.cloudwatch` with actions, or serve Prometheus: `rollout monitor`, `rollout monitor rules`"
    alarms = Check("monitoring", "alarms", Outcome.WARNED, found, "somebody is called", fix)
    target = settings.backups.target or "a folder beside the state"
    fix = "write `backups.target: s3://BUCKET/PREFIX`: a folder goes with its machine"
    kept = Check("backups", "where they are kept", Outcome.WARNED, target, "elsewhere than on one machine", fix)
    own = settings.database.embedded
    return (
        judged(alarms, fine=bool(called) or own, otherwise=Outcome.WARNED),
        judged(kept, fine=is_in_s3(target) or own, otherwise=Outcome.WARNED),
        Check("application", "cache (Redis)", Outcome.SKIPPED, "optional, and the application's own"),
        Check("application", "input validation and rate limits", Outcome.SKIPPED, "the application's own"),
    )
