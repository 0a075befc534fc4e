"""What the server's facts come to: each line on either side of its limit."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.database.session import open_session
from infra.models.pool import Pooling
from infra.models.pool_server import Platform
from infra.pipeline.pooling import DEFAULTS
from infra.preflight.report import Outcome
from infra.preflight.server import Wish, judge, read_facts
from tests.clusters import Database

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "clock": NOW,
    "max_connections": 200,
    "shared_buffers": 1 << 30,
    "encrypted": True,
    "encoding": "UTF8",
    "collation": "C.UTF-8",
    "collation_then": "1",
    "collation_now": "1",
    "oldest_transaction": 1000,
    "platform": True,
    "roles_missing": [],
    "creates_roles": True,
    "passes_by": True,
    "creates_schemas": True,
    "extensions_missing": [],
    "extensions_absent": [],
    "replicas": 1,
    "replicas_behind": [],
    "slots_left": [],
    "long_transactions": [],
    "prepared_left": [],
}
SUPABASE: Pooling = DEFAULTS.model_copy(update={"platform": Platform.SUPABASE})
WISH = Wish(SUPABASE, ("pgcrypto",), "require")
PASSED, WARNED, FAILED = Outcome.PASSED, Outcome.WARNED, Outcome.FAILED


def outcomes(wish: Wish = WISH, **changes: Any) -> dict[str, Outcome]:
    return {check.name: check.outcome for check in judge(GOOD | changes, wish, NOW)}


def test_the_facts_are_those_that_a_server_tells(database: Database) -> None:
    with open_session(database.deployer, application_name="facts") as session:
        assert read_facts(session, WISH).keys() == GOOD.keys()


def test_all_is_well() -> None:
    found = outcomes()
    assert set(found.values()) == {PASSED}
    assert len(found) == 14


@pytest.mark.parametrize(
    ("name", "changes", "outcome"),
    [
        ("plan", {"max_connections": 120}, PASSED),
        ("plan", {"max_connections": 119}, WARNED),
        ("encryption", {"encrypted": False}, FAILED),
        ("the platform's roles and its auth schema", {"roles_missing": ["anon"]}, FAILED),
        ("the platform's roles and its auth schema", {"platform": False}, FAILED),
        ("the deployer's rights", {"creates_roles": False}, FAILED),
        ("the deployer's rights", {"passes_by": False}, FAILED),
        ("the deployer's rights", {"creates_schemas": False}, FAILED),
        ("extensions", {"extensions_missing": ["pgcrypto"]}, FAILED),
        ("clock", {"clock": NOW + timedelta(seconds=5)}, PASSED),
        ("clock", {"clock": NOW - timedelta(seconds=6)}, WARNED),
        ("clock", {"clock": NOW - timedelta(seconds=31)}, FAILED),
        ("encoding", {"encoding": "LATIN1"}, FAILED),
        ("collation", {"collation_now": "2"}, WARNED),
        ("collation", {"collation_then": None, "collation_now": None}, PASSED),
        ("standbys keep up", {"replicas_behind": ["a streaming, 31 s behind"]}, WARNED),
        ("no slot is left", {"slots_left": ["old lost, 2 GB kept"]}, WARNED),
        ("long transactions", {"long_transactions": ["pid 1 (a, b, active): 301 s"]}, WARNED),
        ("prepared transactions", {"prepared_left": ["x (a)"]}, WARNED),
        ("wraparound", {"oldest_transaction": 1_000_000_000}, PASSED),
        ("wraparound", {"oldest_transaction": 1_000_000_001}, WARNED),
        ("wraparound", {"oldest_transaction": 1_800_000_001}, FAILED),
    ],
)
def test_one_thing_is_otherwise(name: str, changes: dict[str, Any], outcome: Outcome) -> None:
    """Nothing else is told of it, and whoever is told is told what to do."""
    found = outcomes(**changes)
    assert found.pop(name) is outcome
    assert set(found.values()) == {PASSED}
    check = next(check for check in judge(GOOD | changes, WISH, NOW) if check.name == name)
    assert bool(check.fix) is (outcome is not PASSED)


def test_the_pools_must_fit_into_what_the_server_has() -> None:
    plain = Wish(DEFAULTS)
    assert outcomes(plain, max_connections=DEFAULTS.total)["the pools fit"] is PASSED
    assert outcomes(plain, max_connections=DEFAULTS.total - 1)["the pools fit"] is FAILED


def test_what_nobody_asks_for_is_not_held_against_the_server() -> None:
    found = outcomes(Wish(), encrypted=False, max_connections=20)
    assert set(found.values()) == {PASSED}
    assert "the pools fit" not in found
