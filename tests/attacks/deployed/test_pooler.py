"""The pooler as a way in: its logins, its console, what a client says at its start, and its version."""

import re
from typing import Any, Final

import psycopg
import pytest

from infra.database.target import Target
from infra.models.access import Access
from infra.pipeline.names import ANON, CREATOR, MONITOR, SERVICE, SERVICE_ROLE
from infra.pooling.versions import FIXES, missing_fixes, parse_version
from tests.attacks.doors import NO_PRIVILEGE, Door, Site, attempt
from tests.cluster_state import connect

#: What a client may ask for at the start of a connection, to change how names are found for whoever comes next.
STARTUP: Final = ("-c search_path=pg_temp,public", "-c role=service_role", "-c session_replication_role=replica")


@pytest.fixture
def pooled(site: Site) -> Door:
    """The way in through the pooler."""
    return site.door(Access.SERVICE, "pooled")


def refusal(target: Target, **options: Any) -> str:
    """Return how a login is refused."""
    with pytest.raises(psycopg.OperationalError) as refused:
        psycopg.connect(target.dsn(), **({"connect_timeout": 5} | options)).close()
    return str(refused.value)


@pytest.mark.attack("T40")
@pytest.mark.parametrize("user", ["supabase_admin", "pipeline_owner", "authenticated", "anon", "pgbouncer", "nobody"])
def test_logins_that_the_pooler_does_not_have(pooled: Door, user: str) -> None:
    """No superuser and no role of the API's comes in through it, whatever the password."""
    for password in ("throw-away", pooled.database.server.passwords.admin):
        target = pooled.database.authenticator.model_copy(update={"user": user, "password": password})
        assert re.search("authentication failed|no such user", refusal(target)), user


@pytest.mark.attack("T40")
def test_a_wrong_password(pooled: Door) -> None:
    """The pooler checks it itself, by SCRAM, also where a server connection of that login stands open already."""
    with connect(pooled.database.authenticator):
        wrong = pooled.database.authenticator.model_copy(update={"password": "throw-away"})
        assert "authentication failed" in refusal(wrong)


@pytest.mark.attack("T40")
@pytest.mark.parametrize("options", STARTUP)
def test_settings_in_the_first_message(pooled: Door, options: str) -> None:
    """What is said at the start (CVE-2025-12819) is refused, and reaches no server connection."""
    assert "unsupported startup parameter" in refusal(pooled.database.authenticator, options=options)
    with connect(pooled.database.authenticator) as connection:
        found = connection.execute("SELECT current_user::text, current_setting('search_path')").fetchall()
    assert found == [("authenticator", '"$user", public')]


@pytest.mark.attack("T40")
def test_the_console(pooled: Door) -> None:
    """Logins of the database are no administrators of the pooler."""
    # Whom the file does not name 1.18 leaves waiting there until its time for logging in is over.
    said = refusal(pooled.database.authenticator.model_copy(update={"name": "pgbouncer"}), connect_timeout=2)
    assert re.search("not allowed|reject|timeout expired", said)
    forged = pooled.database.authenticator.model_copy(
        update={"name": "pgbouncer", "user": pooled.pooler.config.console_role}
    )
    assert "authentication failed" in refusal(forged)


@pytest.mark.attack("T40")
@pytest.mark.parametrize("role", [ANON, CREATOR, SERVICE, SERVICE_ROLE, MONITOR, "deployer"])
def test_the_function_that_looks_logins_up(pooled: Door, role: str) -> None:
    """It tells verifiers, and is for the pooler's own role alone: not even who deploys may ask it."""
    asked = "SELECT FROM pooler.login_of('authenticator')"
    with pooled.deploying() if role == "deployer" else pooled.pipeline.acting(role) as session:
        assert attempt(session, asked) == NO_PRIVILEGE
        assert attempt(session, "SET LOCAL ROLE pooler_lookup") == NO_PRIVILEGE
        assert attempt(session, "SELECT rolpassword FROM pg_catalog.pg_authid") == NO_PRIVILEGE


@pytest.mark.attack("T40")
def test_the_pooler_s_version(pooled: Door) -> None:
    """What a version has open still is told by its number, and the rendered files close what they can by themselves."""
    version = parse_version(pooled.pooler.config.version)
    told = {fix.name: fix for fix in missing_fixes(version)}
    assert {"CVE-2025-2291", "CVE-2025-12819", "CVE-2026-6664"} <= {fix.name for fix in missing_fixes((1, 18, 0))}
    assert all(fix.since > version for fix in told.values())
    assert {fix.name for fix in FIXES if fix.covered} == {"CVE-2025-2291", "CVE-2025-12819"}
    with pooled.pooler.console() as console:
        settings = {row["key"]: row["value"] for row in console.show("CONFIG")}
    assert settings["auth_query"].startswith("SELECT ")
    assert "pooler.login_of(" in settings["auth_query"]
    assert "search_path" not in settings.get("track_extra_parameters", "")
