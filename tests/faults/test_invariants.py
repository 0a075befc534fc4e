"""The checks themselves: they must see each thing that may be broken."""

from collections.abc import Callable

import pytest

from infra.errors import RolloutError
from tests.cli.commands import Ended
from tests.cluster_state import Connection
from tests.clusters import Database
from tests.deploying import deploy
from tests.faults.invariants import Invariants, errors_in, fingerprint
from tests.seeding import seed

ADDS = """
    INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value, metric_unit)
    SELECT creator_profile_id, metric_type, metric_name, 1000, 'x' FROM public.pipeline_metrics LIMIT 1
"""
BREAKS = {
    "creator_profiles_pkey": "UPDATE pg_index SET indisvalid = indexrelid <> 'creator_profiles_pkey'::regclass",
    "ExclusiveLock": "SELECT pg_advisory_lock(1919904876, 7304564)",
    "rollout dev": "SET application_name = 'rollout dev'",
    "foreign_one": "ALTER TABLE public.creator_profiles ADD COLUMN foreign_one int",
    "stranger": "CREATE ROLE stranger",
    "pipeline_metrics: 2 of 60": "DELETE FROM public.pipeline_metrics WHERE metric_value < 3",
    "creator_profiles: 1 of 1": "UPDATE public.creator_profiles SET referral_source = 'another'",
}
MENDS = {
    "creator_profiles_pkey": "UPDATE pg_index SET indisvalid = true",
    "ExclusiveLock": "SELECT pg_advisory_unlock_all()",
    "rollout dev": "RESET application_name",
    "foreign_one": "ALTER TABLE public.creator_profiles DROP COLUMN foreign_one",
    "stranger": "DROP ROLE stranger",
}


def test_they_hold_where_nothing_was_broken_and_see_what_was(database18: Database) -> None:
    """An invalid index, a lock, a session, another catalog, rows that went or changed; more rows are fine."""
    deploy(database18.deployer).close()
    seed(database18, creators=1)
    invariants = Invariants.before(database18, undisturbed=fingerprint(database18))
    invariants.hold(plan=lambda: Ended(0, "Nothing to change"))
    with database18.connect(user="admin") as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(ADDS)
        for seen, breaks in BREAKS.items():
            _is_seen(connection, breaks, lambda: invariants.hold(patience=0.1), seen)
            if seen in MENDS:
                connection.execute(MENDS[seen].encode())
                invariants.hold()


def _is_seen(connection: Connection, breaks: str, check: Callable[[], None], seen: str) -> None:
    connection.execute(breaks.encode())
    with pytest.raises(AssertionError, match=seen):
        check()


def test_they_see_what_was_said_and_what_was_left_to_do(database18: Database) -> None:
    """A traceback, a password, a failure without a code, an error of another code, a plan that is not empty."""
    invariants = Invariants.before(database18)
    error = str(RolloutError("DB001", "database x", "cannot be reached", fix="start it"))
    invariants.refused(Ended(1, "", error), "DB001")
    invariants.converged(Ended(0, "Nothing to change"))
    password = database18.deployer.password or ""
    mistakes: tuple[Callable[[], None], ...] = (
        lambda: invariants.said("Traceback (most recent call last):"),
        lambda: invariants.said(f"postgresql://deployer:{password}@127.0.0.1"),
        lambda: invariants.refused(Ended(1, "", "it did not work")),
        lambda: invariants.refused(Ended(1, "", error), "DB002"),
        lambda: invariants.refused(Ended(0, error)),
        lambda: invariants.converged(Ended(1, "", error)),
        lambda: invariants.hold(plan=lambda: Ended(3, "1 to change")),
    )
    for wrong in mistakes:
        with pytest.raises(AssertionError):
            wrong()


def test_an_error_is_known_by_its_code_its_object_and_its_next_step() -> None:
    """What has no code of ours, or says no next step, counts as nothing said."""
    assert errors_in(str(RolloutError("DB005", "database x", "is it held?", allowed="one", fix="wait"))) == ["DB005"]
    assert errors_in(str(RolloutError("PRV004", "", "the operation was cancelled", fix="again"))) == ["PRV004"]
    assert errors_in("XYZ123 database x: it broke. Fix: mend it.") == []
    assert errors_in(str(RolloutError("DB001", "database x", "cannot be reached"))) == []
