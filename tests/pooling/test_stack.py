"""The key `pgbouncer` of a stack file: what it comes to, and what must stand beside it."""

from typing import Any

from infra.pooling.scram import scram_verifier
from tests.test_config import GOOD, read, refused

SECRETS = ("databasePassword", "consolePassword", "lookupPassword", "verifiers")
PGBOUNCER: dict[str, Any] = {"folder": "deploy/pgbouncer", "home": "/etc/pgbouncer", "version": "1.25.2"}


def test_the_stack_s_pools_are_in_it_and_its_secrets_in_no_repr() -> None:
    verifier = scram_verifier("hello")
    values = {"pgbouncer": PGBOUNCER, "consolePassword": "works-the-console", "verifiers": {"app": verifier}}
    config = read(GOOD | values, secrets=SECRETS)
    assert config.pgbouncer is not None
    assert config.pgbouncer.databases[0].host == "db.example.org"
    assert config.pgbouncer.place == "/etc/pgbouncer"
    assert {role.name for role in config.pgbouncer.roles} == set(config.pooling.pools)
    assert config.pgbouncer.query_wait_timeout == 10
    assert verifier not in str(config.warnings)


def test_without_the_key_there_is_none() -> None:
    assert read(GOOD).pgbouncer is None


def test_what_is_missing_beside_it_is_told_with_the_command() -> None:
    asked = PGBOUNCER | {"lookupRole": "pooler_lookup"}
    told = refused(GOOD | {"pgbouncer": asked}, secrets=SECRETS)
    assert [line.split(":")[0] for line in told] == ["CFG004 consolePassword", "CFG004 lookupPassword"]
    assert "--secret consolePassword" in told[0]
    nobody = refused(GOOD | {"pgbouncer": PGBOUNCER, "consolePassword": "works-the-console"}, secrets=SECRETS)
    assert "nobody could log in" in nobody[0]


def test_a_version_that_lacks_what_the_pools_need_is_told() -> None:
    values = {
        "pgbouncer": PGBOUNCER | {"version": "1.18.0", "lookupRole": "pooler_lookup"},
        "consolePassword": "works-the-console",
        "lookupPassword": "looks-up",
        "pooling": {"pools": {"pipeline_monitor": {"size": 2, "clients": 10, "mode": "session"}}},
    }
    assert refused(GOOD | values, secrets=SECRETS)[0].startswith("PGB002 roles")
