"""Settings of the whole server: what a deployer may not change, lists that others share, and the way back."""

import pytest

from infra.models.setting import Scope, Setting
from tests.provider.kinds.bench import MISSING, Bench
from tests.provider.kinds.samples import ROLE, ROLE_IN_DATABASE_SETTING

AUTO = "SELECT pg_read_file('postgresql.auto.conf')"
SLOW = Setting(scope=Scope.SYSTEM, parameter="log_min_duration_statement", value="2s")


def system(parameter: str, value: str) -> Setting:
    return Setting(scope=Scope.SYSTEM, parameter=parameter, value=value)


def libraries(value: str) -> Setting:
    return system("shared_preload_libraries", value)


def shown(bench: Bench, parameter: str) -> str:
    return str(bench.rows(f"SHOW {parameter}")[0][0])


def set_by_hand(bench: Bench, statement: str) -> None:
    bench.admin(f"ALTER SYSTEM {statement}", "SELECT pg_reload_conf()")


@pytest.mark.parametrize("sees_files", [True, False])
def test_what_somebody_had_set_comes_back(bench: Bench, *, sees_files: bool) -> None:
    """Apply, check, roll back, check, apply again: what ALTER SYSTEM had said before us is not lost.

    Whether it was said there or in the server's own file only some deployers may see.
    """
    if not sees_files:
        bench.admin("REVOKE pg_monitor FROM deployer")
    set_by_hand(bench, "SET log_min_duration_statement = '7s'")
    for _ in range(2):
        bench.reopen()
        bench.create(SLOW)
        assert shown(bench, SLOW.parameter) == "2s"
        assert bench.drift(SLOW) == []
        bench.update(SLOW, SLOW.model_copy(update={"value": "3s"}))
        bench.update(SLOW.model_copy(update={"value": "3s"}), SLOW)
        bench.delete(SLOW)
        assert shown(bench, SLOW.parameter) == "7s"


def test_what_was_so_already_stays_so(bench18: Bench) -> None:
    """Nothing was changed by us, so nothing is taken away with us."""
    set_by_hand(bench18, "SET log_min_duration_statement = '2s'")
    bench18.reopen()
    start = bench18.mark()
    bench18.create(SLOW)
    bench18.delete(SLOW)
    assert not any("ALTER SYSTEM" in text for text in bench18.logged(start))
    assert shown(bench18, SLOW.parameter) == "2s"


@pytest.mark.parametrize("sees_files", [True, False])
def test_a_restart_that_is_due_is_told_with_the_parameters_name(bench18: Bench, *, sees_files: bool) -> None:
    """When it is set, and whenever it is looked at, until the server starts again; the plan is empty meanwhile.

    The way back leads to what the server's file says: by a reset, or by the same value where it cannot be seen.
    """
    if not sees_files:
        bench18.admin("REVOKE pg_monitor FROM deployer")
    bench18.reopen()
    wanted = system("max_connections", "77")
    bench18.create(wanted, preview=True)
    said = "setting system:max_connections: set max_connections to 77 (was 200), from the server's next start on"
    assert ("info", said) in bench18.lines
    ahead = "max_connections: 77 will hold from the server's next start on; until then it is 200"
    assert bench18.lines[-1] == ("warning", ahead)
    bench18.create(wanted)
    told = (
        "warning",
        "max_connections: 77 waits for the server's next start. Fix: restart the server when it suits",
    )
    assert bench18.lines[-1] == told
    bench18.lines.clear()
    assert bench18.drift(wanted) == []
    assert bench18.lines == [told]
    server = bench18.database.server.cluster
    bench18.close()
    server.stop()
    server.start()
    bench18.reopen()
    bench18.lines.clear()
    assert bench18.drift(wanted) == []
    assert (shown(bench18, "max_connections"), bench18.lines) == ("77", [])
    bench18.delete(wanted)
    assert ("max_connections = '200'" in bench18.rows(AUTO)[0][0]) is not sees_files
    assert "77" not in bench18.rows(AUTO)[0][0]


def test_anothers_library_stays_in_the_list(bench18: Bench) -> None:
    """Ours is added behind it, and goes alone; a list that waits for a restart and is not ours is not touched."""
    set_by_hand(bench18, "SET shared_preload_libraries = 'auto_explain'")
    (error,) = bench18.refusals(libraries("pg_stat_statements, pg_prewarm"), preview=True)
    assert (error.code, error.path) == ("SET002", "setting system:shared_preload_libraries")
    server = bench18.database.server.cluster
    bench18.close()
    server.stop()
    server.start()
    bench18.reopen()
    assert shown(bench18, "shared_preload_libraries") == "auto_explain"
    ours, less = libraries("pg_stat_statements, pg_prewarm"), libraries("pg_stat_statements")
    bench18.create(ours)
    assert "'auto_explain, pg_stat_statements, pg_prewarm'" in bench18.rows(AUTO)[0][0]
    assert bench18.drift(ours) == []
    bench18.update(ours, less)
    assert "'auto_explain, pg_stat_statements'" in bench18.rows(AUTO)[0][0]
    bench18.delete(less)
    assert "shared_preload_libraries = 'auto_explain'" in bench18.rows(AUTO)[0][0]


def test_a_parameter_of_a_library_that_is_not_loaded_waits_for_it(bench18: Bench) -> None:
    wanted = system("auto_explain.log_min_duration", "250ms")
    bench18.admin("GRANT ALTER SYSTEM ON PARAMETER auto_explain.log_min_duration TO deployer")
    bench18.reopen()
    bench18.create(wanted)
    assert bench18.lines[-1][0] == "warning"
    assert bench18.drift(wanted) == []
    bench18.delete(wanted)
    assert "auto_explain" not in bench18.rows(AUTO)[0][0]


@pytest.mark.parametrize("preview", [True, False])
def test_what_the_deployer_may_not_set_is_refused_with_the_place_where_it_is_set(
    bench18: Bench, *, preview: bool
) -> None:
    (error,) = bench18.refusals(system("max_wal_senders", "20"), preview=preview)
    assert (error.code, error.path) == ("SET001", "setting system:max_wal_senders")
    assert "may not set max_wal_senders to 20; it is 10 there" in error.problem
    assert "supabase --experimental postgres-config update --config max_wal_senders=20" in error.fix
    assert bench18.refusals(system("max_wal_senders", "10"), preview=preview) == []


def test_a_setting_of_superusers_and_anothers_database_are_refused(bench18: Bench) -> None:
    bench18.admin("CREATE DATABASE somebody_elses")
    own = Setting(scope=Scope.DATABASE, target="eden_academy", parameter="zero_damaged_pages", value="on")
    other = Setting(scope=Scope.DATABASE, target="somebody_elses", parameter="work_mem", value="8MB")
    (error,) = bench18.refusals(own, preview=True)
    assert (error.code, "GRANT SET ON PARAMETER zero_damaged_pages" in error.fix) == ("SET001", True)
    (error,) = bench18.refusals(other, preview=True)
    assert (error.code, "belongs to somebody else" in error.problem) == ("SET001", True)


def test_what_a_role_has_everywhere_it_has_not_in_one_database(bench18: Bench) -> None:
    """The same value stands there, and would win only as long as nothing else is said for the database."""
    bench18.create(ROLE)
    bench18.admin("ALTER ROLE bench_role SET work_mem = '16MB'")
    assert bench18.drift(ROLE_IN_DATABASE_SETTING) == MISSING
    bench18.create(ROLE_IN_DATABASE_SETTING)
    assert bench18.drift(ROLE_IN_DATABASE_SETTING) == []
    bench18.delete(ROLE_IN_DATABASE_SETTING)
    assert bench18.rows(
        "SELECT setconfig FROM pg_db_role_setting WHERE setdatabase = 0 AND setrole = 'bench_role'::regrole"
    ) == [(["work_mem=16MB"],)]
