"""The rendered files as texts: each value stands where it belongs alone, and what a version lacks is told."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from infra.errors import RolloutErrors
from infra.models.base import faults_of
from infra.models.pgbouncer import PgBouncer
from infra.models.pool import Mode, Pooling
from infra.pipeline.pooling import DEFAULTS
from infra.pooling.planning import Logins, pgbouncer_of
from infra.pooling.reading import parse_conninfo, parse_ini, parse_users
from infra.pooling.rendering import Files, render_files
from infra.pooling.scram import belongs_to, scram_verifier

VERIFIER = scram_verifier("hello")
CONSOLE = scram_verifier("works-the-console")
MINIMAL: dict[str, Any] = {
    "folder": "deploy/pgbouncer",
    "version": "1.18.0",
    "databases": [{"name": "eden", "host": "db.example.org"}],
    "consolePassword": "works-the-console",
    "verifiers": {"app": VERIFIER},
}


def _render(**values: Any) -> Files:
    return render_files(PgBouncer.load(MINIMAL | values), CONSOLE, "/etc/pgbouncer")


def _refused(**values: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        PgBouncer.load(MINIMAL | values)
    return "\n".join(map(str, faults_of(caught.value, "config", PgBouncer)))


def test_scram_alone_lets_anybody_in_and_the_last_line_witnesses_the_rest() -> None:
    files = _render()
    options = parse_ini(files.ini)["pgbouncer"]
    assert options["auth_type"] == "hba"
    assert options["auth_hba_file"] == "/etc/pgbouncer/hba.conf"
    rules = [line for line in files.hba.splitlines() if not line.startswith("#")]
    assert rules == [
        'host "pgbouncer" "rollout_console" 127.0.0.1/32 scram-sha-256',
        'host "eden" all 127.0.0.1/32 scram-sha-256',
    ]
    assert list(options)[-1] == "syslog_ident"
    assert files.ini.splitlines()[-1] == f"syslog_ident = {files.witness}"
    assert _render(maxClients=300).witness != files.witness
    assert _render(clients=["10.0.0.0/8"]).witness != files.witness


def test_with_a_certificate_nobody_comes_without_tls() -> None:
    files = _render(clientTls={"certificate": "/tls/server.crt", "key": "/tls/server.key"})
    assert parse_ini(files.ini)["pgbouncer"]["client_tls_sslmode"] == "require"
    assert not re.search(r"^host ", files.hba, re.MULTILINE)


def test_no_secret_shows_in_a_repr() -> None:
    files = _render(lookupRole="lookup", lookupPassword="s3cret-lookup")
    assert "s3cret-lookup" in files.users
    assert VERIFIER in files.users
    assert "s3cret-lookup" not in repr(files)
    assert "SCRAM-SHA-256$" not in repr(files)
    assert "s3cret-lookup" not in files.ini + files.hba


TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


@given(name=TEXTS, password=TEXTS, database=TEXTS, file=TEXTS)
def test_no_value_brings_an_option_or_a_line_of_its_own(name: str, password: str, database: str, file: str) -> None:
    """Whatever is let through is read back as it was given, and the files have as many lines as without it."""
    values = MINIMAL | {
        "databases": [{"name": "eden", "host": "db.example.org", "database": database}],
        "verifiers": {name: VERIFIER},
        "lookupRole": "lookup",
        "lookupPassword": password,
        "logFile": file,
    }
    try:
        config = PgBouncer.load(values)
    except ValidationError:
        return
    files = render_files(config, CONSOLE, "/etc/pgbouncer")
    plain = _render(lookupRole="lookup", lookupPassword="x", logFile="/x")
    assert len(files.ini.splitlines()) == len(plain.ini.splitlines())
    assert len(files.users.splitlines()) == len(plain.users.splitlines())
    ini = parse_ini(files.ini)
    assert parse_conninfo(ini["databases"]["eden"])["dbname"] == database
    assert ini["pgbouncer"]["logfile"] == file
    assert parse_users(files.users) == {"rollout_console": CONSOLE, "lookup": password, name: VERIFIER}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"databases": [{"name": "a b", "host": "h"}]}, "databases.0.name"),
        ({"databases": [{"name": "x = host=evil", "host": "h"}]}, "databases.0.name"),
        ({"databases": [{"name": "pgbouncer", "host": "h"}]}, "console's own name"),
        ({"databases": [{"name": "a", "host": "h port=1"}]}, "databases.0.host"),
        ({"databases": [{"name": "a", "host": "h"}, {"name": "a", "host": "i"}]}, "has a twice"),
        ({"consoleRole": "x, everybody"}, "consoleRole"),
        ({"consoleRole": "app"}, "the console's and a role's"),
        ({"logFile": "/x\nauth_type = any"}, "cannot stand in PgBouncer's file"),
        ({"clients": ["10.0.0.1/8"]}, "is no network"),
        ({"verifiers": {"app": "md5aaaabbbbccccdddd"}}, "neither passwords nor MD5"),
        ({"verifiers": {"app": "in-the-clear"}}, "neither passwords nor MD5"),
        ({"verifiers": {}}, "nobody could log in"),
        ({"lookupRole": "lookup"}, "go together"),
        ({"serverTls": "verify-full"}, "there is no serverCa"),
        ({"maxClients": 0}, "maxClients"),
    ],
)
def test_what_is_refused_says_where_and_why(values: dict[str, Any], told: str) -> None:
    refusal = _refused(**values)
    assert told in refusal
    assert "in-the-clear" not in refusal


@pytest.mark.parametrize(
    ("values", "needed"),
    [
        ({"preparedStatements": 100}, "1.21.0 and later"),
        ({"roles": [{"name": "app", "size": 5}]}, "1.23.0 and later"),
        (
            {"roles": [{"name": "api", "maxConnections": 5}], "lookupRole": "l", "lookupPassword": "p"},
            "1.23.0 and later",
        ),
        ({"version": "1.12"}, "1.18.0 and later"),
    ],
)
def test_an_option_that_the_version_lacks_is_told_with_the_one_that_has_it(values: dict[str, Any], needed: str) -> None:
    with pytest.raises(RolloutErrors, match=f"PGB002 .*{needed}"):
        _render(**values)
    if "version" not in values:
        _render(**values, version="1.25.2")


def test_names_that_changed_are_written_as_the_version_knows_them() -> None:
    databases = [{"name": "eden", "host": "h", "reserve": 3}]
    old, new = (parse_ini(_render(databases=databases, version=v).ini) for v in ("1.18.0", "1.25.2"))
    assert "reserve_pool=3" in old["databases"]["eden"]
    assert "reserve_pool_size=3" in new["databases"]["eden"]
    assert "max_prepared_statements" not in old["pgbouncer"]
    assert new["pgbouncer"]["max_prepared_statements"] == "0"


def test_a_verifier_is_of_its_password_alone() -> None:
    assert belongs_to(VERIFIER, "hello")
    assert not belongs_to(VERIFIER, "hello ")
    assert not belongs_to("md5whatever", "hello")


def _planned(pooling: Pooling, version: tuple[int, int, int]) -> PgBouncer:
    logins = Logins("lookup", "looks-up", "works-the-console")
    return pgbouncer_of(pooling.at("eden"), ("db", 5432), version, logins, folder="x")


def test_the_pools_of_a_stack_come_to_no_more_connections_than_their_sum() -> None:
    """On a version that cannot hold a role that it looks up to a size, the database's limit is the sum."""
    old, new = _planned(DEFAULTS, (1, 18, 0)), _planned(DEFAULTS, (1, 25, 2))
    assert old.databases[0].max_connections == DEFAULTS.at("eden").server_connections
    assert [role.name for role in old.roles] == ["lookup"]
    limits = {role.name: role.max_connections for role in new.roles}
    assert limits == {"authenticator": 25, "lookup": 1, "pipeline_monitor": 2, "pipeline_service": 25}
    assert new.prepared_statements == DEFAULTS.pooler.prepared_statements
    assert old.query_wait_timeout == 10
    render_files(old, CONSOLE, "/x")
    render_files(new, CONSOLE, "/x")


def test_a_mode_that_a_version_cannot_give_a_role_is_told() -> None:
    session = DEFAULTS.pools["pipeline_monitor"].model_copy(update={"mode": Mode.SESSION})
    pooling = DEFAULTS.model_copy(update={"pools": DEFAULTS.pools | {"pipeline_monitor": session}})
    with pytest.raises(RolloutErrors, match="PGB002 roles"):
        render_files(_planned(pooling, (1, 18, 0)), CONSOLE, "/x")
