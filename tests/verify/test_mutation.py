"""Every mutant is noticed: a part of them here, all of them in the long round."""

from typing import Final

import pytest

from infra.database.session import open_session
from infra.errors import RolloutError
from infra.models.access import Access
from infra.verify.mutants import Mutant, mutants
from infra.verify.mutation import Mutation, mutate
from tests.clusters import Database
from tests.deploying import Deployer
from tests.verify.ground import definition_of, run

#: One of so many in the short round: a number that shares no factor with how the mutants repeat.
STEP: Final = 97
UNTRIED: Final = {
    "public.creator_profiles.creator_update without WITH CHECK",
    "select on public.creator_economics for pipeline_monitor to grant on",
    "pipeline_private.admit_creator() with another body",
    "pipeline_private.touch_creator_activity(): LEAKPROOF",
    "public.feature_enabled(text) with the path public",
    "pipeline_owner with LOGIN",
    "authenticator with INHERIT",
}
#: It keeps to every rule, and shows rows that no attempt meets with.
_OPENED: Final = "user_id = (SELECT auth.uid()) OR referral_source = 'open sesame'"
BACK_DOOR: Final = Mutant(
    "a back door for some rows", (f"ALTER POLICY creator_select ON public.creator_profiles USING ({_OPENED})",)
)
NOTHING: Final = Mutant("nothing at all", ("SELECT 1",))


def broken(database: Database, phase: int, access: Access, found: tuple[Mutant, ...]) -> Mutation:
    """Deploy, and break one thing after the other."""
    definition = definition_of(database, phase, access)
    deployer = Deployer(database.deployer, definition)
    deployer.up()
    deployer.close()
    with open_session(database.admin, application_name="verify") as administrator:
        return mutate(administrator, definition, access, found, deployer=database.deployer.user)


def test_mutants_are_noticed(database: Database) -> None:
    """Every so many of them, of every kind of object."""
    found = mutants(definition_of(database, 1))
    mutation = broken(database, 1, Access.SERVICE, found[::STEP])
    assert mutation.survivors == ()
    assert mutation.share == 100
    assert mutation.by_cells > len(mutation.caught) / 2


def test_what_nobody_could_try_is_read_from_the_catalog(database18: Database) -> None:
    """No attempt meets with these, and each is noticed by the catalog alone, kind of object by kind."""
    found = tuple(mutant for mutant in mutants(definition_of(database18, 1)) if mutant.name in UNTRIED)
    assert {mutant.name for mutant in found} == UNTRIED
    mutation = broken(database18, 1, Access.SERVICE, (*found, BACK_DOOR))
    assert mutation.survivors == ()
    assert mutation.by_cells == 0


@pytest.mark.full
@pytest.mark.parametrize(("phase", "access"), [(1, Access.SERVICE), (5, Access.LEGACY)], ids=["service-1", "legacy-5"])
def test_all_mutants_are_noticed(database: Database, phase: int, access: Access) -> None:
    """All of them, where nobody may sign up and where creators write their own results."""
    found = mutants(definition_of(database, phase, access))
    mutation = broken(database, phase, access, found)
    assert len(mutation.caught) == len(found)
    assert mutation.survivors == ()


def test_one_that_changes_nothing_survives(database18: Database) -> None:
    """The share is a figure that can be less than 100."""
    harmful = Mutant("row security off", ("ALTER TABLE public.pipeline_metrics DISABLE ROW LEVEL SECURITY",))
    mutation = broken(database18, 1, Access.SERVICE, (harmful, NOTHING))
    assert mutation.survivors == ("nothing at all",)
    assert mutation.share == 50


def test_a_mutant_that_cannot_be_made_is_an_error(database18: Database) -> None:
    """A broken mutant is not counted as noticed."""
    with pytest.raises(RolloutError, match="cannot be made") as caught:
        broken(database18, 1, Access.SERVICE, (Mutant("a typing error", ("ALTER TABLE nowhere.x OWNER TO anon",)),))
    assert caught.value.code == "VER003"


def test_a_copy_that_is_not_sound_is_an_error(database18: Database) -> None:
    """On a copy that is broken already, everything would be noticed."""
    definition = definition_of(database18, 1)
    deployer = Deployer(database18.deployer, definition)
    deployer.up()
    deployer.close()
    run(database18, "GRANT SELECT ON public.creator_profiles TO anon")
    with (
        open_session(database18.admin, application_name="verify") as administrator,
        pytest.raises(RolloutError, match="not proven before anything is broken"),
    ):
        mutate(administrator, definition, Access.SERVICE, (NOTHING,), deployer=database18.deployer.user)
