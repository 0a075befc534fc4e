"""New tables are closed from their first moment; a table in use keeps its access until the grants are switched."""

import time

import pytest

from infra.models.grant import Entry, Grant
from infra.models.policy import Command, Policy
from tests.polling import Poller
from tests.provider.kinds.bench import Bench
from tests.provider.kinds.samples import NOTES, PEOPLE

OWN = Policy(
    table="people", name="own", command=Command.SELECT, roles=("authenticated",), using="id = (SELECT auth.uid())"
)
GRANT = Grant(
    object_name="public.people", entries=(Entry(role="authenticated", privilege="select"),), policies=("own",)
)


def asking(bench: Bench, role: str = "authenticated", query: str = "SELECT count(*) FROM public.people") -> Poller:
    """Ask for the rows as an ordinary user."""
    return Poller(bench.database.authenticator, query, role)


@pytest.mark.attack("T33")
@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
def test_a_new_table_is_closed_from_its_first_moment(bench: Bench, role: str) -> None:
    """The platform's default privileges would open it to everybody: nobody ever sees that."""
    with asking(bench, role) as poller:
        for _ in range(5):
            bench.create(PEOPLE)
            bench.admin("DROP TABLE public.people")
        bench.create(PEOPLE, NOTES, OWN)
    assert set(poller.answers()) <= {"42P01", "42501"}
    assert len(poller.seen) > 30


@pytest.mark.attack("T34")
def test_a_table_in_use_keeps_its_access_until_the_switch(bench: Bench) -> None:
    """Row security goes on, owner and policies change, and a user sees all rows; then, at once, only their own."""
    bench.run(
        "CREATE TABLE public.people (id uuid NOT NULL DEFAULT gen_random_uuid(), name text,"
        " CONSTRAINT people_pkey PRIMARY KEY (id))",
        "INSERT INTO public.people VALUES ('00000000-0000-0000-0000-000000000001', 'me'), (gen_random_uuid(), 'other')",
    )
    with asking(bench) as poller, asking(bench, "anon") as stranger:
        bench.create(PEOPLE)
        bench.create(OWN)
        time.sleep(0.2)
        assert poller.answers() == ["2"]
        before = time.monotonic()
        bench.create(GRANT)
        after = time.monotonic()
    assert poller.answers() == ["2", "1"]
    assert stranger.answers() == ["2", "42501"]
    switched = [answer for moment, answer in poller.seen if moment > after]
    assert set(switched) == {"1"}
    assert {answer for (_, answer), told in zip(poller.seen, poller.told, strict=True) if told < before} == {"2"}
    assert bench.rows("SELECT polname::text FROM pg_policy") == [("own",)]
    assert [bench.drift(model) for model in (PEOPLE, OWN, GRANT)] == [[], [], []]


def test_who_may_read_one_column_keeps_it_until_the_switch(bench18: Bench) -> None:
    """A grant on columns alone is access too."""
    bench18.run(
        "CREATE TABLE public.people (id uuid NOT NULL DEFAULT gen_random_uuid(), name text,"
        " CONSTRAINT people_pkey PRIMARY KEY (id))",
        "REVOKE ALL ON public.people FROM anon, authenticated, service_role",
        "GRANT SELECT (name) ON public.people TO anon",
        "INSERT INTO public.people (name) VALUES ('one')",
    )
    with asking(bench18, "anon", "SELECT count(name) FROM public.people") as poller:
        bench18.create(PEOPLE)
    assert poller.answers() == ["1"]
