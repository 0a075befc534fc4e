"""A password reaches the server as a SCRAM verifier alone, and is told to nobody."""

import psycopg
import pytest

from infra.models.role import Role
from infra.models.setting import Scope, Setting
from tests.clusters import connect
from tests.provider.kinds.bench import Bench, handler_of

FIRST, SECOND = "Gr\u00fcn-'S\\ecret$1", "an-Other Secret@2"
ROLE = Role(name="bench_login", login=True, password=FIRST)


def _may_log_in(bench: Bench, password: str) -> bool:
    target = bench.database.deployer.model_copy(update={"user": "bench_login", "password": password})
    try:
        with connect(target):
            return True
    except psycopg.OperationalError:
        return False


def test_a_password_works_and_is_rotated(bench: Bench) -> None:
    bench.create(ROLE)
    assert _may_log_in(bench, FIRST)
    rotated = ROLE.model_copy(update={"password": SECOND})
    assert [change.path for change in handler_of(ROLE).diff(ROLE.dump(), rotated.dump())] == ["password"]
    bench.update(ROLE, rotated)
    assert not _may_log_in(bench, FIRST)
    assert _may_log_in(bench, SECOND)
    start = bench.mark()
    bench.update(rotated, rotated.model_copy(update={"connection_limit": 5}))
    assert [text.partition(" WITH")[0] for text in bench.logged(start)] == ['ALTER ROLE "bench_login"']


@pytest.mark.attack("T39")
def test_a_password_is_told_to_nobody(bench: Bench) -> None:
    """Neither by the server's log, with every statement in it, nor by an error, a line of ours or a repr."""
    bench.admin("ALTER DATABASE eden_academy SET log_statement = 'all'")
    bench.reopen()
    start = bench.mark()
    bench.create(ROLE)
    bench.update(ROLE, ROLE.model_copy(update={"password": SECOND}))
    bench.admin("ALTER ROLE bench_login SUPERUSER")
    (error,) = bench.refusals(ROLE)
    log = bench.database.log()[start:]
    told = f"{log}{error}{error!r}{bench.lines}{ROLE!r}"
    assert "PASSWORD 'SCRAM-SHA-256$" in log
    for secret in (FIRST, SECOND):
        assert secret not in told
        assert secret.replace("'", "''") not in told
    assert "SCRAM-SHA-256" not in f"{error}{bench.lines}"


def test_a_verifier_is_taken_as_it_is(bench18: Bench) -> None:
    verifier = bench18.workspace.session.encrypt_password(SECOND, "bench_login")
    bench18.create(ROLE.model_copy(update={"password": verifier}))
    assert _may_log_in(bench18, SECOND)


def test_a_role_that_owns_something_stays_as_it_is(bench: Bench) -> None:
    """Deleting it keeps what it owns, which may be in another database whose application logs in as it."""
    bench.create(ROLE)
    bench.admin("CREATE SCHEMA theirs AUTHORIZATION bench_login")
    bench.delete(ROLE)
    assert bench.rows("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'bench_login'") == [(True,)]
    assert bench.rows("SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'theirs'") == [
        ("bench_login",)
    ]
    assert _may_log_in(bench, FIRST)
    bench.create(ROLE)
    assert _may_log_in(bench, FIRST)


@pytest.mark.parametrize("value", ["5", "500us", "0.5s", "-1s", "5 s", "1e3ms", "", "NaN", "5S"])
def test_a_duration_without_a_whole_unit_is_refused(value: str) -> None:
    """A bare number would be read in the parameter's own unit, and a fraction be rounded."""
    inputs = {"scope": "role", "target": "bench_login", "parameter": "statement_timeout", "value": value}
    (problem,) = handler_of(ROLE_SETTING).check(inputs)
    assert problem.error.code in {"DEF002", "DEF005"}


ROLE_SETTING = Setting(scope=Scope.ROLE, target="bench_login", parameter="statement_timeout", value="5s")
