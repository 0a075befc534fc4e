"""Writers that insert, change, move, delete and erase while a table is converted, and know what must be there then."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, LiteralString

import psycopg

from infra.database.target import Target
from tests.clusters import connect

_NEW_CREATOR: Final[LiteralString] = """
    WITH person AS (INSERT INTO auth.users (id, aud, role)
                    VALUES (gen_random_uuid(), 'authenticated', 'authenticated') RETURNING id)
    SELECT id FROM person
"""
_PROFILE: Final[LiteralString] = "INSERT INTO public.creator_profiles (user_id) VALUES (%s) RETURNING id"
_INSERT: Final[LiteralString] = """
    INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value, recorded_at)
    VALUES (%(creator)s, 'performance', 'written', %(value)s, now() - %(days)s * interval '17 days')
    RETURNING id, metric_value, recorded_at
"""
_CHANGE: Final[LiteralString] = """
    UPDATE public.pipeline_metrics SET metric_value = %(value)s WHERE id = %(id)s
    RETURNING id, metric_value, recorded_at
"""
_MOVE: Final[LiteralString] = """
    UPDATE public.pipeline_metrics SET recorded_at = recorded_at - %(days)s * interval '17 days' WHERE id = %(id)s
    RETURNING id, metric_value, recorded_at
"""
_DELETE: Final[LiteralString] = """
    DELETE FROM public.pipeline_metrics WHERE id = %(id)s RETURNING id, metric_value, recorded_at
"""
_ERASE: Final[LiteralString] = "DELETE FROM auth.users WHERE id = %s"
_THERE: Final[LiteralString] = """
    SELECT id, metric_value, recorded_at FROM public.pipeline_metrics WHERE creator_profile_id = ANY (%s)
"""


class Undone(Exception):  # noqa: N818 - not an error: the writer thinks better of it
    """The writer takes its transaction back."""


@dataclass
class Writer(threading.Thread):
    """One connection that writes until it is over; `rows` is what it has committed and not taken away."""

    target: Target
    number: int
    over: threading.Event
    rows: dict[Any, tuple[Any, ...]] = field(default_factory=dict)
    creators: dict[Any, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    transactions: int = 0
    erased: int = 0

    def __post_init__(self) -> None:
        super().__init__(name=f"writer {self.number}", daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        """Write until it is over."""
        chance = random.Random(self.number)  # noqa: S311 - the same in each run
        with connect(self.target) as connection:
            while not self.over.is_set():
                try:
                    with connection.transaction():
                        changes = self._write(connection, chance)
                except Undone:
                    continue
                except psycopg.Error as error:
                    self.failures.append(f"{error.sqlstate} {error}")
                    continue
                self.transactions += 1
                for identity, row in changes:
                    self.rows.pop(identity, None) if row is None else self.rows.__setitem__(identity, row)
                self.over.wait(0.002)

    def _write(self, connection: psycopg.Connection[Any], chance: random.Random) -> list[tuple[Any, Any]]:
        """Do one transaction's work and return what becomes of each row."""
        kind = chance.choice(("insert", "insert", "insert", "undo", "change", "move", "delete", "erase"))
        values = {"value": chance.randrange(1000), "days": chance.randrange(1, 8)}
        if kind == "erase" and len(self.creators) > 2:
            return self._erase(connection, chance)
        if kind in {"insert", "undo", "erase"} or not self.rows:
            creator = self._creator(connection, chance)
            connection.execute("SET LOCAL ROLE service_role")
            found = [connection.execute(_INSERT, values | {"creator": creator}).fetchone() for _ in range(2)]
            if kind == "undo":
                self.creators.pop(creator) if not any(row[3] == creator for row in self.rows.values()) else None
                raise Undone
            return [(row[0], (*row, creator)) for row in found if row]
        identity = chance.choice(list(self.rows))
        text = {"change": _CHANGE, "move": _MOVE, "delete": _DELETE}[kind]
        row = connection.execute(text, values | {"id": identity}).fetchone()
        assert row is not None, f"{kind}: {identity} is not there"
        return [(identity, None if kind == "delete" else (*row, self.rows[identity][3]))]

    def _creator(self, connection: psycopg.Connection[Any], chance: random.Random) -> Any:
        kept = [creator for creator in self.creators if any(row[3] == creator for row in self.rows.values())]
        if len(kept) > 5:
            return chance.choice(kept)
        connection.execute("SET LOCAL session_replication_role = replica")  # whatever the phase says of sign-ups
        (user,) = connection.execute(_NEW_CREATOR).fetchone() or (None,)
        (creator,) = connection.execute(_PROFILE, [user]).fetchone() or (None,)
        connection.execute("SET LOCAL session_replication_role = origin")
        self.creators[creator] = user
        return creator

    def _erase(self, connection: psycopg.Connection[Any], chance: random.Random) -> list[tuple[Any, Any]]:
        kept = [creator for creator in self.creators if any(row[3] == creator for row in self.rows.values())]
        if not kept:
            raise Undone
        creator = chance.choice(kept)
        connection.execute(_ERASE, [self.creators[creator]])
        self.erased += 1
        return [(identity, None) for identity, row in self.rows.items() if row[3] == creator]

    def mistakes(self, connection: psycopg.Connection[Any]) -> list[str]:
        """Return what was lost, what came back, and what is there twice or other than it was committed."""
        found: dict[Any, list[tuple[Any, ...]]] = {}
        for row in connection.execute(_THERE, [list(self.creators)]):
            found.setdefault(row[0], []).append(tuple(row))
        wanted = {identity: [row[:3]] for identity, row in self.rows.items()}
        return [
            f"{self.name}: {identity} is {found.get(identity)}, and should be {wanted.get(identity)}"
            for identity in {*found, *wanted}
            if found.get(identity) != wanted.get(identity)
        ]


@contextmanager
def writing(target: Target, count: int = 2) -> Iterator[list[Writer]]:
    """Have so many writers at work over what is inside; they are under way when it begins and have ended after it."""
    over = threading.Event()
    writers = [Writer(target, number, over) for number in range(count)]
    for writer in writers:
        writer.start()
    try:
        while not all(writer.transactions > 20 or writer.failures for writer in writers) and not over.wait(0.01):
            pass
        yield writers
    finally:
        over.set()
        for writer in writers:
            writer.join(30)
