"""Settings of the system: what waits for a restart, lists, units, and the way back to the default."""

import pytest

from infra.models.setting import Scope, Setting
from infra.provider.handler import Properties
from tests.provider.kinds.bench import Bench, handler_of

CONNECTIONS = Setting(scope=Scope.SYSTEM, parameter="max_connections", value="77")
AUTO = "SELECT pg_read_file('postgresql.auto.conf')"


def _outputs(bench: Bench, setting: Setting) -> Properties:
    snapshot = bench.read(setting)
    assert snapshot is not None
    return snapshot.outputs


def test_a_value_that_waits_for_a_restart(bench: Bench) -> None:
    """The output says so; what was set counts as set, and another value than the one that waits does not."""
    before = bench.drift(CONNECTIONS)
    assert before == ["value"]
    bench.create(CONNECTIONS)
    assert _outputs(bench, CONNECTIONS)["pendingRestart"] is True
    assert bench.drift(CONNECTIONS) == []
    start = bench.mark()
    bench.create(CONNECTIONS)
    assert bench.logged(start) == []
    other = CONNECTIONS.model_copy(update={"value": "88"})
    assert bench.drift(other) == ["value"]
    bench.update(CONNECTIONS, other)
    assert "max_connections = '88'" in bench.rows(AUTO)[0][0]
    assert bench.drift(other) == []
    bench.delete(other)
    assert "max_connections" not in bench.rows(AUTO)[0][0]
    assert bench.drift(CONNECTIONS) == ["value"]
    assert _outputs(bench, CONNECTIONS)["pendingRestart"] is False


def test_a_setting_that_needs_no_restart(bench: Bench) -> None:
    setting = Setting(scope=Scope.SYSTEM, parameter="log_min_duration_statement", value="2s")
    bench.create(setting)
    assert _outputs(bench, setting)["pendingRestart"] is False
    assert bench.rows("SHOW log_min_duration_statement") == [("2s",)]
    bench.delete(setting)
    assert bench.rows("SHOW log_min_duration_statement") == [("-1",)]


def test_the_entries_of_a_list_stay_apart(bench: Bench) -> None:
    """As one text the server would look for a single library with a comma in its name, and not start again."""
    setting = Setting(
        scope=Scope.SYSTEM, parameter="shared_preload_libraries", value="pg_stat_statements, auto_explain"
    )
    bench.create(setting)
    assert "shared_preload_libraries = 'pg_stat_statements, auto_explain'" in bench.rows(AUTO)[0][0]
    assert bench.drift(setting) == []
    path = Setting(scope=Scope.DATABASE, target="eden_academy", parameter="search_path", value="public, extensions")
    bench.create(path)
    assert bench.drift(path) == []
    assert bench.rows("SHOW search_path") == [("public, extensions",)]


@pytest.mark.parametrize(
    ("parameter", "value", "same"),
    [("work_mem", "8192kB", "8MB"), ("work_mem", "1GB", "1024MB"), ("enable_seqscan", "off", "false")],
)
def test_values_are_compared_by_what_they_mean(bench18: Bench, parameter: str, value: str, same: str) -> None:
    setting = Setting(scope=Scope.DATABASE, target="eden_academy", parameter=parameter, value=value)
    bench18.create(setting)
    start = bench18.mark()
    bench18.create(setting.model_copy(update={"value": same}))
    assert bench18.logged(start) == []


def test_a_parameter_that_nobody_knows_is_a_named_error(bench18: Bench) -> None:
    (error,) = bench18.refusals(Setting(scope=Scope.SYSTEM, parameter="no_such_parameter", value="1"))
    assert error.code == "DB003"
    assert "no_such_parameter" in f"{error}"
    assert handler_of(CONNECTIONS).replaces == {"scope", "target", "database", "parameter"}
