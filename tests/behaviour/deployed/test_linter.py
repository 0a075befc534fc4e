"""The rules of Supabase's database linter find nothing in what is deployed, in queries of our own."""

import pytest

from infra.models.access import Access
from tests.behaviour.lints import LEFT, LINTS, SCOPE, Lint
from tests.behaviour.phased import Phased
from tests.behaviour.pipelines import Pipeline
from tests.cluster_state import Connection
from tests.clusters import Database


def findings(connection: Connection, lint: Lint) -> set[str]:
    return {name for (name,) in connection.execute(lint.query, SCOPE)}


@pytest.mark.parametrize("lint", LINTS, ids=str)
def test_rule(pipeline: Pipeline, lint: Lint) -> None:
    """Nothing of ours breaks the rule; and the rule sees the mistake when somebody makes it."""
    left = LEFT.get(lint.name, set()) if pipeline.origin == "adopted" else set()
    with pipeline.admin() as admin:
        assert findings(admin, lint) == left
        with admin.transaction(force_rollback=True):
            admin.execute("SET LOCAL ROLE deployer" if needs_defaults(lint) else "SELECT")
            admin.execute(lint.mistake)
            admin.execute("RESET ROLE")
            assert len(findings(admin, lint)) == len(left) + 1
        assert findings(admin, lint) == left


def test_no_rule_is_broken_in_any_phase(database18: Database) -> None:
    """A phase opens a grant and sets flags: nothing that the rules warn of."""
    phased = Phased(database18, Access.SERVICE)
    for number in range(1, 6):
        with phased.enter(number).admin() as admin:
            assert {str(lint): findings(admin, lint) for lint in LINTS if findings(admin, lint)} == {}


def needs_defaults(lint: Lint) -> bool:
    """Whether the mistake lies in what the platform grants on whatever the deployer makes."""
    return lint.name in {"auth_users_exposed", "materialized_view_in_api"}
