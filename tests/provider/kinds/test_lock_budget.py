"""Every kind of statement, run for real: it takes the locks that its budget declares, on what it declares, and no more.

What may stand in a transaction is looked at from within it; what may not, from another session while it is stopped, or
while everything is locked.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from infra.database.session import open_session
from infra.ddl.budget import BUDGETS
from infra.ddl.function import plan_function
from infra.ddl.index import IndexState, plan_index, plan_index_drop
from infra.ddl.setting import plan_setting, plan_setting_drop
from infra.ddl.statement import LIMITS, Lock, Plan, Statement, Step, Waits, strongest
from infra.ddl.table import plan_table_creation
from infra.ddl.templates import SQL_ROOT
from tests.clusters import connect
from tests.provider.kinds import lock_cases
from tests.provider.kinds.bench import Bench
from tests.provider.kinds.lock_case_forms import a_table_in_both_forms
from tests.provider.kinds.lock_watch import Watch, locks_of
from tests.provider.kinds.samples import NOTES, PEOPLE, SYSTEM_SETTING, VIEW
from tests.provider.kinds.test_index_states import BUILDING, GATED, _gate_shut, _prepare, _until
from tests.provider.kinds.test_partitions import METRICS

#: Templates of the plans, each with what in it is text of a script and no statement of a plan.
TEXTS = {"phase": {"about members", "over the places"}, "partitions": {"late"}}
#: What only a server with pg_cron can run: it writes to pg_cron's own table.
TIMED = {"partitions: schedule", "partitions: unschedule"}
#: Templates that no plan is made of: what a script says or asks, a query of what stands, or of the two engines' own.
OTHERS = {
    "backup_sum", "condition", "conflict", "conversion_functions", "conversion_query", "guard", "mutant",
    "script", "stand_in_extension", "stand_in_membership",
    "stand_in_schema", "switch", "verify", "watch_orphans",
}  # fmt: skip
#: Templates of one statement alone, which names no action.
ALONE = {"extension": "create", "membership": "grant", "schema": "create"}
#: What shares no transaction is watched by the tests below.
ALONE_ONLY = {"index: create", "index: drop", "setting: set system", "setting: reset system"}
#: What is repeated does something else each time: it may take what it declares, and less.
REPEATED = {"conversion: copy"}
DROPPING = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'DROP INDEX CONC%' AND wait_event_type = 'Lock'"
SHUT = ((Lock.ACCESS_EXCLUSIVE, "public.notes"),)
_ACTION = re.compile(r'action == "([^"]+)"')
#: It fails while anybody else has a lock of whatever strength: so whoever gets through meanwhile takes none.
EVERYTHING = (
    "DO $$ DECLARE r regclass; BEGIN"
    " FOR r IN SELECT oid FROM pg_class WHERE relkind IN ('r', 'p', 'v')"
    "   AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pg_toast') LOOP"
    " EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', r); END LOOP; END $$"
)


@pytest.fixture
def watch(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Whatever the handlers of the bench plan is run by the watch, in place of the ladder."""
    watch = Watch(bench.workspace.session)

    def change(plan: Plan, *_told: Callable[[str], None]) -> None:
        bench.workspace.lock()
        watch.run(plan)

    monkeypatch.setattr(bench.workspace, "change", change)
    return watch


def test_every_kind_of_statement_keeps_to_its_budget(bench: Bench, watch: Watch) -> None:
    for case in (a_table_in_both_forms, *lock_cases.CASES):
        case(bench, watch)
    assert watch.mistakes == []
    assert set(BUDGETS) - watch.seen == ALONE_ONLY | TIMED | REPEATED, "give the new kind of statement a case"


def test_every_kind_has_a_budget() -> None:
    """An action that is added to a template is no statement before it has one."""
    found = set()
    for path in (SQL_ROOT / "templates").glob("*.sql.j2"):
        name = path.name.removesuffix(".sql.j2")
        if name in OTHERS:
            continue
        actions = {ALONE[name]} if name in ALONE else set(_ACTION.findall(path.read_text(encoding="utf-8")))
        found |= {f"{name}: {action}" for action in actions - TEXTS.get(name, set())}
    assert found == set(BUDGETS)


def test_no_statement_is_made_without_a_budget() -> None:
    makers = [path for path in (SQL_ROOT.parent / "infra").rglob("*.py") if "Statement(" in path.read_text("utf-8")]
    assert [path.name for path in makers] == ["budget.py"]
    assert {kind for kind, budget in BUDGETS.items() if not budget.shares_transaction} == ALONE_ONLY


def test_nothing_waits_longer_than_a_second_for_one_object() -> None:
    assert sum(LIMITS[Waits.INSTANT].lock_timeouts) <= 1000
    assert all(budget.waits is Waits.INSTANT for budget in BUDGETS.values() if _blocks(budget.locks))


def _blocks(locks: tuple[tuple[Lock, object], ...]) -> bool:
    """Whether a writer has to wait for one of them."""
    return any(lock.covers(Lock.SHARE) for lock, _ in locks)


@contextmanager
def _running(bench: Bench, statement: Statement, until: str) -> Iterator[int]:
    """Run it in a session of its own, and yield that session's pid once it stands still."""
    with open_session(bench.database.deployer, application_name="stopped") as session:
        thread = threading.Thread(target=lambda: session.execute(statement.text))
        thread.start()
        _until(bench, until)
        yield session.connection.info.backend_pid
        thread.join(timeout=20)
        assert not thread.is_alive()


def test_a_concurrent_build_blocks_neither_readers_nor_writers(bench: Bench, watch: Watch) -> None:
    _prepare(bench)
    (step,) = plan_index(IndexState(), GATED)
    (build,) = step.statements
    before = watch.relations()
    with _gate_shut(bench) as gate, _running(bench, build, BUILDING) as pid:
        watch.judge(build, before, locks_of(watch.session, pid))
        gate.execute("SELECT pg_advisory_unlock(4711)")
    assert watch.mistakes == []
    assert "index: create" in watch.seen


def test_a_concurrent_drop_blocks_neither_readers_nor_writers(bench: Bench, watch: Watch) -> None:
    """It waits for whoever may still use the index."""
    _prepare(bench)
    bench.run(f"CREATE INDEX notes_gated_idx ON public.notes (score) WHERE ({GATED.where})")
    (step,) = plan_index_drop(GATED)
    (drop,) = step.statements
    before = watch.relations()
    with connect(bench.database.admin) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM public.notes")
        with _running(bench, drop, DROPPING) as pid:
            watch.judge(drop, before, locks_of(watch.session, pid))
            reader.execute("COMMIT")
    assert watch.mistakes == []
    assert "index: drop" in watch.seen


def test_settings_of_the_system_wait_for_nobody(bench: Bench) -> None:
    """ALTER SYSTEM stands in no transaction; it is done while another session locks all there is."""
    _prepare(bench)
    plan = (*plan_setting(None, SYSTEM_SETTING), *plan_setting_drop(SYSTEM_SETTING))
    alters = [statement for step in plan for statement in step.statements if not statement.shares_transaction]
    assert {statement.kind for statement in alters} == {"setting: set system", "setting: reset system"}
    with connect(bench.database.admin) as everybody, bench.database.connect(user="deployer") as session:
        everybody.execute("BEGIN")
        everybody.execute(EVERYTHING)
        session.execute("SET lock_timeout = '2s'")
        for statement in alters:
            assert statement.locks == ()
            session.execute(statement.text.encode())


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (Statement("CREATE INDEX ON public.notes (kind)", SHUT), "takes ['ShareLock on public.notes']"),
        (Statement("TRUNCATE public.notes"), "takes ['AccessExclusiveLock on public.notes']"),
        (
            Statement("ALTER TABLE public.notes ALTER kind TYPE char(20)", SHUT),
            "rewrites ['public.notes'], and declares False",
        ),
    ],
)
def test_whoever_does_not_keep_to_a_budget_is_found(bench18: Bench, statement: Statement, said: str) -> None:
    _prepare(bench18)
    watch = Watch(bench18.workspace.session)
    kind = Statement(statement.text, statement.locks, "table: set type")
    watch.run((Step("table public.notes", "mistake it", (kind,)),))
    assert any(said in mistake for mistake in watch.mistakes), watch.mistakes


def test_what_no_plan_can_know_is_all_that_is_missing(bench18: Bench) -> None:
    """As docs/locks.md says: what stands behind a view, and the partitions of the table that a key refers to."""
    bench18.create(PEOPLE, NOTES, VIEW, METRICS)
    watch = Watch(bench18.workspace.session)
    watch.run(plan_function(None, lock_cases.BEHIND_A_VIEW), plan_table_creation(lock_cases.OF_A_DIVIDED_TABLE))
    assert [mistake.partition("]: ")[2] for mistake in watch.mistakes] == [
        "takes ['AccessShareLock on public.notes'], declares in vain []",
        "takes ['ShareRowExclusiveLock on pipeline_private.metrics_q2'], declares in vain []",
    ]


def test_a_lock_that_another_covers_is_not_declared() -> None:
    both = ((Lock.ACCESS_SHARE, "t"), (Lock.SHARE, "t"), (Lock.ROW_EXCLUSIVE, "t"), (Lock.ACCESS_SHARE, "u"))
    assert strongest(both) == (both[1], both[2], both[3])
    assert Lock.ACCESS_EXCLUSIVE.covers(Lock.EXCLUSIVE)
    assert not Lock.SHARE.covers(Lock.ROW_EXCLUSIVE)
