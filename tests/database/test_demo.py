"""The simulated population: it passes its gates' figures, obeys cap and phase, and goes without a trace."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from infra.database.demo import People, Seeded, read_people, remove_demo, seed_demo, sign_ups_closed
from infra.database.ledger import read_ledger
from infra.database.rollout import State, engage_latch, read_state
from infra.database.session import Session, open_session
from infra.errors import RolloutError
from infra.gates.queries import query_figures
from infra.models.criterion import Criterion, SqlSource
from infra.models.flag import FlagName
from infra.models.gate import CriterionName
from infra.pipeline.gates import criteria
from infra.pipeline.gates import criterion as criterion_of
from tests.behaviour.test_removal import destroy
from tests.clusters import Database
from tests.database.entering import enter
from tests.deploying import deploy

FULL: Final = {2: 10, 3: 30, 4: 120}
TABLES: Final = (
    "creator_profiles",
    "assessment_scores",
    "pipeline_sessions",
    "agent_potential_mappings",
    "creator_economics",
    "pipeline_metrics",
)
_COUNT: Final = "SELECT count(*) FROM public.{table}"
_UNMARKED: Final = """SELECT count(*) FROM public.{table} WHERE NOT {column} @> '{"simulated": true}'"""
#: Identity and every figure, but no time.
_DIGEST: Final = """
    SELECT md5(string_agg(md5((to_jsonb(t) - '{created_at,updated_at,started_at,completed_at,assessed_at,
      validation_date,recorded_at,last_activity_at}'::text[])::text), '' ORDER BY t.id)) FROM public.{table} AS t
"""


@pytest.fixture
def deployed(database18: Database) -> Database:
    deploy(database18.deployer).close()
    return database18


@pytest.fixture
def admin(deployed: Database) -> Iterator[Session]:
    with open_session(deployed.admin, application_name="test demo") as session:
        yield session


def seed(session: Session, creators: int, *, team: int = 3, number: int = 1) -> Seeded:
    return seed_demo(session, state_of(session), team=team, creators=creators, seed=number)


def state_of(session: Session) -> State:
    state = read_state(session)
    assert state is not None
    return state


def value(session: Session, query: str) -> Any:
    return next(iter(session.execute(query)[0].values()))


def counts(session: Session) -> dict[str, int]:
    return {table: value(session, _COUNT.replace("{table}", table)) for table in TABLES}


def digests(session: Session) -> dict[str, str]:
    return {table: value(session, _DIGEST.replace("{table}", table)) for table in TABLES}


def figure_of(session: Session, criterion: Criterion) -> float:
    """Return what the gate itself measures, of enough samples."""
    assert isinstance(criterion.source, SqlSource)
    figures = query_figures(session, criterion, criterion.source, datetime.now(UTC))
    assert figures.samples >= criterion.min_samples, criterion.name
    return figures.finite[0]


def test_walking_up_each_gate_finds_what_it_asks_for(deployed: Database, admin: Session) -> None:
    """Every criterion that is measured in the tables holds, in each phase as it is left."""
    for phase, creators in FULL.items():
        enter(deployed, phase)
        seeded = seed(admin, creators)
        assert not seeded.waiting
        assert read_people(admin) == People(creators + 3, creators + 3, 0, 0, 0)
        asked = [criterion for criterion in criteria(phase) if isinstance(criterion.source, SqlSource)]
        assert asked
        for criterion in asked:
            assert criterion.success.holds(figure_of(admin, criterion)), criterion.name
    enter(deployed, 5)
    seed(admin, 250)
    for name in (
        CriterionName.PRODUCTION_ERRORS,
        CriterionName.PRODUCTION_COMPLETION,
        CriterionName.PRODUCTION_ALIGNMENT,
    ):
        assert criterion_of(name).success.holds(figure_of(admin, criterion_of(name)))


def test_the_same_seed_gives_the_same_figures_and_another_one_others(deployed: Database, admin: Session) -> None:
    enter(deployed, 3)
    seed(admin, 20, number=7)
    first = digests(admin)
    remove_demo(admin)
    seed(admin, 20, number=7)
    assert digests(admin) == first
    remove_demo(admin)
    seed(admin, 20, number=8)
    assert all(digests(admin)[table] != first[table] for table in TABLES)


def test_a_second_run_adds_nothing_and_a_larger_one_only_the_rest(deployed: Database, admin: Session) -> None:
    enter(deployed, 3)
    seed(admin, 10)
    before = digests(admin)
    again = seed(admin, 10, number=99)
    assert (again.users, again.members, again.creators, again.rows) == (0, 0, 0, {})
    assert digests(admin) == before
    more = seed(admin, 12)
    assert (more.users, more.members, more.creators) == (2, 2, 2)
    assert [entry.to_value for entry in read_ledger(admin, event="cohort")] == [
        "13 simulated users",
        "15 simulated users",
    ]


def test_nobody_gets_past_the_cap_and_whoever_waits_gets_in_later(deployed: Database, admin: Session) -> None:
    """The sign-up trigger admits as many as there are places; the next phase lets the rest in."""
    enter(deployed, 2)
    first = seed(admin, 30)
    assert (first.creators, first.people.waiting_beta) == (13, 20)
    assert first.waiting == "phase 2 has 10 places for beta creators"
    enter(deployed, 3)
    second = seed(admin, 30)
    assert (second.users, second.creators, second.waiting) == (0, 20, "")
    assert counts(admin)["creator_profiles"] == 33


def test_places_of_real_creators_are_not_taken(deployed: Database, admin: Session) -> None:
    enter(deployed, 2, cap=3)
    for number in range(2):
        user = deployed.sign_up(f"real{number}@example.org")
        admin.execute(
            "INSERT INTO pipeline_private.cohort_members (user_id, kind, source, added_by)"
            " VALUES (%s, 'beta', 'stack', 'ada')",
            [user],
        )
        admin.execute("INSERT INTO public.creator_profiles (user_id) VALUES (%s)", [user])
    assert seed(admin, 10).people == People(13, 4, 9, 0, 2)


@pytest.mark.parametrize("case", ["phase 1", "latched", "off"])
def test_a_closed_door_is_told_and_stays_closed(deployed: Database, admin: Session, case: str) -> None:
    enter(deployed, 1 if case == "phase 1" else 3, off=(FlagName.ENABLE_CREATIVE_PIPELINE,) if case == "off" else ())
    if case == "latched":
        engage_latch(admin, "ada", "a test")
    seeded = seed(admin, 5)
    assert (seeded.users, seeded.members, seeded.creators, seeded.rows) == (8, 8, 0, {})
    assert seeded.waiting == sign_ups_closed(state_of(admin)) != ""


def test_in_production_everybody_gets_in(deployed: Database, admin: Session) -> None:
    enter(deployed, 5)
    assert seed(admin, 250).people == People(253, 253, 0, 0, 0)


def test_removal_takes_the_simulated_alone(deployed: Database, admin: Session) -> None:
    enter(deployed, 5)
    real = deployed.sign_up("ada@example.org")
    admin.execute("INSERT INTO public.creator_profiles (user_id) VALUES (%s)", [real])
    before = counts(admin)
    seed(admin, 30)
    assert value(admin, "SELECT count(*) FROM auth.users WHERE email LIKE '%@demo.invalid'") == 33
    assert remove_demo(admin) == 33
    assert counts(admin) == before
    assert value(admin, "SELECT count(*) FROM auth.users") == 1
    assert value(admin, "SELECT count(*) FROM pipeline_private.cohort_members") == 0
    assert remove_demo(admin) == 0
    assert [entry.reason for entry in read_ledger(admin, event="cohort")] == [
        "simulated population added",
        "simulated population removed",
    ]


def test_removal_reaches_parked_rows_and_needs_no_deployment(deployed: Database, admin: Session) -> None:
    enter(deployed, 5)
    seed(admin, 5)
    destroy(deploy(deployed.deployer))
    assert value(admin, "SELECT count(*) FROM pipeline_archive.pipeline_metrics") > 100
    assert remove_demo(admin) == 8
    assert value(admin, "SELECT count(*) FROM pipeline_archive.pipeline_metrics") == 0


def test_all_or_nothing(deployed: Database, admin: Session) -> None:
    """What the database refuses in the middle leaves nobody behind, and is told as an error of ours."""
    enter(deployed, 3)
    refuse = "ALTER TABLE public.pipeline_metrics ADD CONSTRAINT refuse CHECK (metric_name <> 'readiness_score')"
    admin.execute(refuse)
    with pytest.raises(RolloutError, match="DB003 rollout demo"):
        seed(admin, 5)
    assert read_people(admin) == People(0, 0, 0, 0, 0)


def test_what_is_simulated_says_so(deployed: Database, admin: Session) -> None:
    """Whoever looks at a row alone can tell."""
    enter(deployed, 3)
    seed(admin, 5)
    marks = {
        "creator_profiles": "metrics",
        "assessment_scores": "evidence",
        "pipeline_sessions": "session_data",
        "creator_economics": "contract_terms",
        "pipeline_metrics": "metadata",
    }
    for table, column in marks.items():
        unmarked = _UNMARKED.replace("{table}", table).replace("{column}", column)
        assert value(admin, unmarked) == 0, table
