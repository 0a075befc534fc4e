"""What a preview and an `up` say of an object: nothing of one that is simply made, each step of one taken over."""

from infra.models.access import Access
from infra.pipeline.definition import define
from infra.pipeline.phases import rollout
from tests.clusters import Database
from tests.deploying import Deployer


def told(deployer: Deployer) -> list[str]:
    """Return what a person is shown, and begin anew."""
    lines = [text for severity, text in deployer.lines if severity != "debug"]
    deployer.lines.clear()
    return lines


def test_a_fresh_database_is_made_in_silence(database18: Database) -> None:
    """Neither preview nor deploy speaks of adoption where nothing stands, absent indexes and grants included."""
    deployer = Deployer(database18.deployer)
    deployer.up()
    assert told(deployer) == []
    deployer.close()


def test_what_is_taken_over_is_said(database18: Database) -> None:
    """Over a deployed database every object but the indexes that must be absent is said to be adopted as it is."""
    deployer = Deployer(database18.deployer)
    deployer.up()
    deployer.lines.clear()
    deployer.up(preview=True)
    lines = told(deployer)
    assert set(lines) == {"adopts what is there: nothing to change"}
    absent = sum(index.absent for index in deployer.definition.indexes)
    closed = sum(not grant.entries for grant in deployer.definition.grants)
    assert len(lines) == len(list(deployer.objects())) - absent - closed
    deployer.close()


def test_what_changes_on_the_way_is_said(database18: Database) -> None:
    """Another kind of access over a deployed database: the grants' preview tells who may do what from now on."""
    first = Deployer(database18.deployer)
    first.up()
    first.close()
    definition = define(rollout(5), deployer=database18.deployer.user, access=Access.LEGACY)
    deployer = Deployer(database18.deployer, definition)
    deployer.up(preview=True)
    assert any("+ authenticated: insert" in line and "ACCESS_WIDENED" in line for line in told(deployer))
    deployer.close()
