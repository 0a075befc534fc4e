"""New tables are closed from their first moment; a table in use keeps its access until the grants are switched."""

import threading
import time
from dataclasses import dataclass, field
from typing import Self

import psycopg
import pytest

from infra.models.grant import Entry, Grant
from infra.models.policy import Command, Policy
from tests.clusters import connect
from tests.provider.kinds.bench import Bench
from tests.provider.kinds.samples import NOTES, PEOPLE

OWN = Policy(
    table="people", name="own", command=Command.SELECT, roles=("authenticated",), using="id = (SELECT auth.uid())"
)
GRANT = Grant(
    object_name="public.people", entries=(Entry(role="authenticated", privilege="select"),), policies=("own",)
)
LOGIN = "SELECT set_config('request.jwt.claims', '{\"sub\": \"00000000-0000-0000-0000-000000000001\"}', true)"


@dataclass
class Poller:
    """Asks for the rows as an ordinary user, about a thousand times a second, and keeps what it is told."""

    bench: Bench
    role: str = "authenticated"
    query: str = "SELECT count(*) FROM public.people"
    seen: list[tuple[float, str]] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self.thread = threading.Thread(target=self._poll)
        self.thread.start()
        while not self.seen:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        time.sleep(0.1)
        self.done.set()
        self.thread.join()

    def _poll(self) -> None:
        with connect(self.bench.database.authenticator) as connection:
            while not self.done.wait(0.0005):
                self.seen.append((time.monotonic(), self._ask(connection)))

    def _ask(self, connection: psycopg.Connection[tuple[object, ...]]) -> str:
        try:
            with connection.transaction():
                connection.execute(f"SET LOCAL ROLE {self.role}")
                connection.execute(LOGIN)
                return str(connection.execute(self.query).fetchall()[0][0])
        except psycopg.Error as error:
            return str(error.sqlstate)

    def answers(self) -> list[str]:
        """Return the different answers in the order in which they first came."""
        return list(dict.fromkeys(answer for _, answer in self.seen))


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
def test_a_new_table_is_closed_from_its_first_moment(bench: Bench, role: str) -> None:
    """The platform's default privileges would open it to everybody: nobody ever sees that."""
    with Poller(bench, role) as poller:
        for _ in range(5):
            bench.create(PEOPLE)
            bench.admin("DROP TABLE public.people")
        bench.create(PEOPLE, NOTES, OWN)
    assert set(poller.answers()) <= {"42P01", "42501"}
    assert len(poller.seen) > 100


def test_a_table_in_use_keeps_its_access_until_the_switch(bench: Bench) -> None:
    """Row security goes on, owner and policies change, and a user sees all rows; then, at once, only their own."""
    bench.run(
        "CREATE TABLE public.people (id uuid NOT NULL DEFAULT gen_random_uuid(), name text,"
        " CONSTRAINT people_pkey PRIMARY KEY (id))",
        "INSERT INTO public.people VALUES ('00000000-0000-0000-0000-000000000001', 'me'), (gen_random_uuid(), 'other')",
    )
    with Poller(bench) as poller, Poller(bench, "anon") as stranger:
        bench.create(PEOPLE)
        bench.create(OWN)
        time.sleep(0.2)
        assert poller.answers() == ["2"]
        before = time.monotonic()
        bench.create(GRANT)
        after = time.monotonic()
    assert poller.answers() == ["2", "1"]
    assert stranger.answers() == ["2", "42501"]
    switched = [answer for moment, answer in poller.seen if moment > after + 0.05]
    assert set(switched) == {"1"}
    assert {answer for moment, answer in poller.seen if moment < before} == {"2"}
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
    with Poller(bench18, "anon", "SELECT count(name) FROM public.people") as poller:
        bench18.create(PEOPLE)
    assert poller.answers() == ["1"]
