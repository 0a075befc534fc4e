"""Runs statements one by one and compares the locks that the server shows with those that are declared."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql

from infra.database.session import Session
from infra.ddl.budget import BUDGETS
from infra.ddl.statement import DONE, Lock, Plan, Statement, Step, strongest

#: User relations with the table that each belongs to: an index, a TOAST table and its index to their own.
RELATIONS: LiteralString = """
    SELECT c.oid, n.nspname || '.' || c.relname AS name, c.relkind IN ('r', 'p') AS is_table, c.relfilenode AS file,
           on_.nspname || '.' || o.relname AS owner
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      LEFT JOIN pg_index AS i ON i.indexrelid = c.oid
      LEFT JOIN pg_class AS t ON t.reltoastrelid = COALESCE(i.indrelid, c.oid)
      LEFT JOIN pg_class AS o ON o.oid = COALESCE(t.oid, i.indrelid)
      LEFT JOIN pg_namespace AS on_ ON on_.oid = o.relnamespace
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND COALESCE(on_.nspname, '') NOT IN ('pg_catalog', 'information_schema')
"""
LOCKS: LiteralString = """
    SELECT relation, mode FROM pg_locks
     WHERE locktype = 'relation' AND granted AND pid = %s
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
Taken = frozenset[tuple[Lock, str]]


@dataclass(frozen=True)
class Relation:
    """A relation that stands before a statement runs."""

    name: str
    is_table: bool
    file: int
    owner: str | None


class Watch:
    """What was seen so far: each kind of statement that ran, and each that does not keep to its budget."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.seen: set[str] = set()
        self.mistakes: list[str] = []

    def run(self, *plans: Plan, **variables: str) -> None:
        """Run every step; what psql would put in for a variable comes from `variables`."""
        for plan in plans:
            for step in plan:
                try:
                    self._step(step, step.statements, variables)
                except psycopg.Error as error:
                    if error.sqlstate not in step.fallback_on:
                        raise
                    if step.fallback:
                        self._step(step, step.fallback, variables)

    def _step(self, step: Step, statements: tuple[Statement, ...], variables: dict[str, str]) -> None:
        assert statements, step.summary
        self._limits(step, statements)
        if step.repeats:
            self._repeated(statements[0])
            return
        if any("act as owner" in statement.kind for statement in statements):
            self._together(statements)
            return
        for statement in statements:
            if statement.shares_transaction:
                self._alone(statement, _filled(statement.text, variables))
            else:
                self.session.execute(statement.text)

    def _repeated(self, statement: Statement) -> None:
        """Run it until it is done: each time it takes some of what it may, or something weaker."""
        state = ""
        while state != DONE:
            before = self.relations()
            with self.session.transaction():
                state = self.session.execute(statement.text)[0]["state"]
                found = _taken(before, locks_of(self.session, self.session.connection.info.backend_pid), set())
            self.mistakes += [
                f"{statement.kind}: takes {_say((lock, name))}"
                for lock, name in found
                if not any(name == other and declared.covers(lock) for declared, other in statement.locks)
            ]

    def _limits(self, step: Step, statements: tuple[Statement, ...]) -> None:
        """A step is as its statements are."""
        waits = {statement.waits for statement in statements}
        if {step.waits} != waits or step.transactional != all(item.shares_transaction for item in statements):
            self.mistakes.append(f"{step.summary}: declared other than its statements")

    def _alone(self, statement: Statement, text: str) -> None:
        before = self.relations()
        with self.session.transaction():
            self.session.execute(text)
            self.judge(statement, before, locks_of(self.session, self.session.connection.info.backend_pid))
        self._look_for_a_rewrite(statement, before)

    def _together(self, statements: tuple[Statement, ...]) -> None:
        before = self.relations()
        declared: list[tuple[Lock, str]] = []
        with self.session.transaction():
            for statement in statements:
                self.session.execute(statement.text)
                declared += self.declared(statement)
                found = locks_of(self.session, self.session.connection.info.backend_pid)
                self.judge(statement, before, found, declared)

    def judge(
        self,
        statement: Statement,
        before: dict[int, Relation],
        found: Iterable[tuple[int, Lock]],
        declared: Iterable[tuple[Lock, str]] | None = None,
    ) -> None:
        """Compare what is held with what is declared, on the relations that stood before."""
        self.seen.add(statement.kind)
        standing = {relation.name for relation in before.values()}
        locks = self.declared(statement) if declared is None else declared
        wanted = {(lock, name) for lock, name in strongest(locks) if name in standing}
        taken = _taken(before, found, {name for _, name in wanted})
        if taken != wanted:
            missing, extra = sorted(map(_say, taken - wanted)), sorted(map(_say, wanted - taken))
            text = " ".join(statement.text.split())[:100]
            self.mistakes.append(f"{statement.kind} [{text}]: takes {missing}, declares in vain {extra}")

    def declared(self, statement: Statement) -> tuple[tuple[Lock, str], ...]:
        """Return the locks of the statement, where this server takes them."""
        return statement.locks if BUDGETS[statement.kind].since <= self.session.version // 10000 else ()

    def _look_for_a_rewrite(self, statement: Statement, before: dict[int, Relation]) -> None:
        after = self.relations()
        rewritten = [
            was.name for oid, was in before.items() if was.is_table and oid in after and after[oid].file != was.file
        ]
        if bool(rewritten) != statement.rewrites:
            self.mistakes.append(f"{statement.kind}: rewrites {rewritten}, and declares {statement.rewrites}")

    def relations(self) -> dict[int, Relation]:
        """Return every relation of ours by its number."""
        rows = self.session.execute(RELATIONS)
        return {row["oid"]: Relation(row["name"], row["is_table"], row["file"], row["owner"]) for row in rows}


def locks_of(session: Session, pid: int) -> list[tuple[int, Lock]]:
    """Return the locks on relations that a backend holds."""
    return [(row["relation"], Lock(row["mode"])) for row in session.execute(LOCKS, [pid])]


def _taken(before: dict[int, Relation], found: Iterable[tuple[int, Lock]], declared: set[str]) -> set[tuple[Lock, str]]:
    """Return the locks by name; what belongs to a table that is locked as strongly goes without saying."""
    known = [(lock, before[oid]) for oid, lock in found if oid in before]
    taken = set(strongest((lock, relation.name) for lock, relation in known))
    return {
        (lock, relation.name)
        for lock, relation in known
        if (lock, relation.name) in taken
        and (relation.name in declared or not _goes_without_saying(lock, relation, taken))
    }


def _goes_without_saying(lock: Lock, relation: Relation, taken: set[tuple[Lock, str]]) -> bool:
    return any(name == relation.owner and other.covers(lock) for other, name in taken)


def _filled(text: str, variables: dict[str, str]) -> str:
    for name, value in variables.items():
        text = text.replace(f":'{name}'", sql.Literal(value).as_string())
    return text


def _say(lock: tuple[Lock, str]) -> str:
    return f"{lock[0].value} on {lock[1]}"
