"""Whatever phase, flags and cohort are declared: made twice they are as made once, and read back equal."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.database.ledger import Entry, append
from infra.models.base import Model
from tests.clusters import Servers
from tests.deploying import Deployer
from tests.provider.kinds.bench import Bench
from tests.provider.kinds.generated import rollouts
from tests.provider.kinds.twice import FEW, MANY, SETTINGS, Recorded

USERS = [f"8b3f7f1e-0000-4000-8000-00000000000{number}" for number in range(4)]
ROLLOUTS = rollouts(st.sampled_from(USERS))


@pytest.fixture(scope="module")
def deployed(servers: Servers) -> Iterator[Recorded]:
    """The whole pipeline, with some users to let in."""
    server = servers.get("18")
    bench = Bench(server.create_database())
    deployer = Deployer(bench.database.deployer)
    deployer.up()
    deployer.close()
    for number, user in enumerate(USERS):
        made = bench.database.sign_up(f"{number}@example.com")
        bench.admin(f"UPDATE auth.users SET id = '{user}' WHERE id = '{made}'")  # noqa: S608 - both are UUIDs
    yield Recorded(bench)
    bench.close()
    server.reset()


@settings(SETTINGS, max_examples=FEW)
@given(models=ROLLOUTS)
def test_a_rollout_made_twice_is_made_once(deployed: Recorded, models: list[Model]) -> None:
    _roll_out(deployed, models)


@pytest.mark.full
@settings(SETTINGS, max_examples=MANY)
@given(models=ROLLOUTS)
def test_a_rollout_made_twice_is_made_once_often(deployed: Recorded, models: list[Model]) -> None:
    _roll_out(deployed, models)


def _roll_out(deployed: Recorded, models: list[Model]) -> None:
    """Whatever stood before: each example goes on from the one before it, through an open gate."""
    session = deployed.bench.workspace.session
    for phase in range(2, 6):
        append(session, Entry("gate", "test", to_value=str(phase), reason="a test", details={"allowed": True}))
    deployed.made_twice_is_made_once(models)
