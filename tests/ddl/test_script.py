"""A plan as psql text: what is asked for stands in it, and nothing in a name or summary becomes a command."""

from infra.database import deploy_lock
from infra.ddl.script import (
    INSTANT_STATEMENT,
    LOCK_CLASS,
    LOCK_OBJECT,
    PATIENT_LOCK,
    PATIENT_STATEMENT,
    Part,
    Script,
    quote_argument,
    render_script,
)
from infra.ddl.statement import LIMITS, Hazard, Lock, Statement, Step, Waits


def rendered(*parts: Part, guards: tuple[str, ...] = ()) -> str:
    return render_script(Script("Title.", ("About.",), guards, parts, "Done."))


def body(*parts: Part) -> list[str]:
    return rendered(*parts).partition("SET statement_timeout = '60s';\n")[2].strip().splitlines()


def test_a_step_is_one_transaction_with_its_comment() -> None:
    """Subject, summary, locks and what is kept stand above the statements, and are told while it runs."""
    locks = ((Lock.ACCESS_EXCLUSIVE, "public.t"), (Lock.ACCESS_EXCLUSIVE, "public.t"))
    step = Step("table public.t", "alter it", (Statement("ALTER 1", locks), Statement("ALTER 2")), keeps="every row")
    assert body(Part(step)) == [
        "-- table public.t: alter it.",
        "-- Locks: AccessExclusiveLock on public.t.",
        "-- Keeps: every row.",
        "\\echo 'table public.t: alter it (keeps every row)'",
        "BEGIN;",
        "ALTER 1;",
        "ALTER 2;",
        "COMMIT;",
        "",
        "\\echo 'Done.'",
    ]


def test_a_condition_decides_whether_the_step_runs() -> None:
    lines = body(Part(Step("s", "do", (Statement("X"),)), "1 = 1"))
    assert lines[3:5] == ["SELECT 1 = 1 AS needed \\gset", "\\if :needed"]
    assert lines[-3:] == ["\\endif", "", "\\echo 'Done.'"]


def test_a_concurrent_build_stands_outside_of_transactions_with_long_limits_of_its_own() -> None:
    """The limits are long for it alone: the next step has the short ones again."""
    step = Step("index i", "build", (Statement("CREATE INDEX"),), transactional=False, waits=Waits.PATIENT)
    assert body(Part(step))[4:9] == [
        "SET lock_timeout = '10min';",
        "SET statement_timeout = '1h';",
        "CREATE INDEX;",
        "SET lock_timeout = :'lock_timeout';",
        "SET statement_timeout = '60s';",
    ]


def test_a_script_is_as_patient_as_a_deploy() -> None:
    limits = LIMITS[Waits.PATIENT]
    assert (PATIENT_LOCK, PATIENT_STATEMENT) == ("10min", "1h")
    assert (limits.lock_timeouts[0], limits.statement_timeout) == (10 * 60_000, 60 * 60_000)
    assert (INSTANT_STATEMENT, LIMITS[Waits.INSTANT].statement_timeout) == ("60s", 60_000)


def test_what_is_destroyed_is_not_called_kept() -> None:
    step = Step("table t", "drop", (Statement("DROP"),), hazards=(Hazard.DELETES_DATA,))
    assert "-- Keeps: nothing of it." in body(Part(step))


def test_no_line_break_or_quote_leaves_its_comment_or_argument() -> None:
    """A second line of a comment, or what follows a closed quote, would be run."""
    step = Step("t\n\\! touch /tmp/x", "it's\r\nDROP TABLE t;", (Statement("X"),), keeps="a\nb")
    lines = body(Part(step))
    assert lines[0] == "-- t \\! touch /tmp/x: it's DROP TABLE t;."
    assert lines[3] == "\\echo 't \\\\! touch /tmp/x: it''s DROP TABLE t; (keeps a b)'"
    assert sum(line.startswith(("\\!", "DROP")) for line in lines) == 0


def test_an_argument_is_quoted_for_psql() -> None:
    assert quote_argument("it's a \\path :var") == "'it''s a \\\\path :var'"


def test_guards_come_before_anything_else() -> None:
    text = rendered(Part(Step("s", "do", (Statement("X"),))), guards=("GUARD;",))
    assert text.index("ON_ERROR_STOP on") < text.index("GUARD;") < text.index("BEGIN;")


def test_the_lock_is_the_one_that_deploys_take() -> None:
    assert (LOCK_CLASS, LOCK_OBJECT) == (deploy_lock.CLASS, deploy_lock.OBJECT)
