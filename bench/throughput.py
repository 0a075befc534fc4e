"""Transactions a second, direct and through the pooler, from 10 clients to 2,000.

Run with ``python -m bench.throughput``. It makes a PostgreSQL with the pipeline in phase 5 and a PgBouncer of rendered
files beside it, and takes both away. The load is pgbench's: every client sends the next transaction once the last one
is done. One in ten changes the creator's own answer, the others read the creator's own scores through row security;
each takes role and claims for itself, as PostgREST does, in four messages. Every run is the same number of
transactions, shared among its clients, so that with more clients each waits longer: 2,000 clients at 1,000
transactions a second wait 2 s each, whoever serves them. Direct and pooled runs take turns.
"""

import math
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, LiteralString

import psycopg

from bench.ground import pooler_before, server
from bench.sections import Mark, Row, Section, Spread, alone
from infra.database.target import Target
from infra.embedded.pg_binaries import wheel_binaries
from infra.embedded.postgres import EmbeddedDatabase
from infra.models.pool import Pool, Pooling
from infra.pipeline.pooling import API_LOGIN, DEFAULTS
from infra.pooling.versions import installed_version, spell
from tests.deploying import deploy

_CREATORS: Final = 1000
_SCORES: Final = 20
#: What the guide gives the application: PgBouncer's connections to the server.
_SIZE: Final = 20
#: Kept free among the server's connections, beside what it reserves: for the pool, and for what is not gone yet.
_ROOM: Final = _SIZE + 8
_SECONDS: Final = 120
#: Clients of a thread of pgbench: one that looks after a thousand of them is slower than what is measured.
_PER_THREAD: Final = 40
_LEAST_THREADS: Final = 2
_LEAST_EACH: Final = 2
_ID: Final = "lpad(to_hex(:n), 32, '0')::uuid"
_WHO: Final = (
    "SELECT set_config('role', 'authenticated', true), set_config('request.jwt.claims',"
    f" json_build_object('sub', {_ID}, 'role', 'authenticated')::text, true);"
)
_READ: Final = "SELECT dimension, score, max_score, assessed_at FROM public.assessment_scores"
_WRITE: Final = "UPDATE public.creator_profiles SET cultural_motivation = 'a work of light', updated_at = now()"
#: A client's script, and how often it is taken.
_SCRIPTS: Final = {
    "read": (f"{_READ} ORDER BY assessed_at DESC LIMIT {_SCORES};", 9),
    "write": (f"{_WRITE} WHERE user_id = {_ID};", 1),
}
_FILL: Final[tuple[LiteralString, ...]] = (
    "SET session_replication_role = replica",
    """INSERT INTO auth.users (id, aud, role, created_at, updated_at)
       SELECT lpad(to_hex(n), 32, '0')::uuid, 'authenticated', 'authenticated', now(), now()
         FROM generate_series(1, %(creators)s) AS n""",
    """INSERT INTO public.creator_profiles (user_id)
       SELECT lpad(to_hex(n), 32, '0')::uuid FROM generate_series(1, %(creators)s) AS n""",
    """INSERT INTO public.assessment_scores (creator_profile_id, dimension, score)
       SELECT p.id, 'dimension ' || n %% 10, n %% 101
         FROM public.creator_profiles AS p, generate_series(1, %(scores)s) AS n""",
    "VACUUM (ANALYZE)",
)
_OWN_ROWS: Final = "SELECT count(*) FROM public.assessment_scores"
_FREE: Final = """
    SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         - current_setting('reserved_connections')::int
"""
_SLOWER: Final = "each of the four messages passes PgBouncer, one process beside server and clients on the same cores"
_TEXT: Final = """\
Role and claims set per transaction, the creator's own scores read through row security, one in ten a change of an own
answer; every client sends the next once the last is done. Through PgBouncer with {size} connections and the files that
a stack renders, and direct, in turns, {count:,} transactions a run. A client waits for its turn: clients over
transactions a second is what p50 comes to, pooled or not."""


@dataclass(frozen=True)
class Plan:
    """With how many clients, how often each, and how many transactions a run has."""

    direct: tuple[int, ...]
    pooled: tuple[int, ...]
    base: int
    most: int
    runs: int
    transactions: int
    doubt: str = ""
    """Why a mark of many clients may be missed."""


FULL: Final = Plan((10, 50, 100), (500, 1000), 100, 2000, 2, 1500)
QUICK: Final = Plan((10, 100), (), 100, 1000, 1, 1000, "one short run, most of it the start of 1,000 clients at once")


@dataclass(frozen=True)
class Figures:
    """One run: transactions a second without the logins, the latencies in ms, and how many transactions failed."""

    rate: float
    latencies: tuple[float, ...]
    failed: int

    def percentile(self, share: float) -> float:
        """Return the latency within which this share of the transactions was done."""
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))]


class RefusedError(Exception):
    """A client was not let in: in the server's own words."""


class Load:
    """Runs pgbench against a target, with its scripts and logs in a folder."""

    def __init__(self, folder: Path, transactions: int) -> None:
        self._folder, self._transactions = folder, transactions
        for name, (statement, _) in _SCRIPTS.items():
            lines = (f"\\set n random(1, {_CREATORS})", "BEGIN;", _WHO, statement, "COMMIT;")
            (folder / f"{name}.sql").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def run(self, target: Target, clients: int) -> Figures:
        """Let so many clients share the transactions, once all of them are connected.

        Raises:
            RefusedError: one of them was not let in.
        """
        each = max(_LEAST_EACH, math.ceil(self._transactions / clients))
        threads = max(_LEAST_THREADS, clients // _PER_THREAD)
        done = subprocess.run(  # noqa: S603 - our own command
            [
                *(str(wheel_binaries() / "pgbench"), "-n", "-h", target.host, "-p", str(target.port)),
                *("-U", target.user, "-c", str(clients), "-j", str(threads), "-t", str(each), "-l"),
                *(word for name, (_, weight) in _SCRIPTS.items() for word in ("-f", f"{name}.sql@{weight}")),
                target.name,
            ],
            cwd=self._folder,
            env={"PGPASSWORD": target.password or "", "PGSSLMODE": "disable"},
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        latencies = sorted(self._logged())
        if done.returncode or len(latencies) < clients * each:
            raise RefusedError((done.stderr.rpartition("FATAL:")[2].strip() or done.stdout).partition("\n")[0])
        return Figures(_figure(done.stdout, "tps = "), tuple(latencies), int(_figure(done.stdout, "failed trans")))

    def _logged(self) -> Iterator[float]:
        """Yield the latency of each transaction in ms, and take the logs away."""
        for log in self._folder.glob("pgbench_log.*"):
            yield from (int(line.split()[2]) / 1000 for line in log.read_text(encoding="utf-8").splitlines())
            log.unlink()


def _figure(said: str, name: str) -> float:
    line = next(line for line in said.splitlines() if line.strip().startswith(("tps = ", "number of")) and name in line)
    return float(line.replace(":", " = ").split(" = ")[1].split()[0])


def measure(*, quick: bool) -> Section:
    """Return how many transactions a second, and how soon each."""
    plan = QUICK if quick else FULL
    with _pooled() as (database, pooled):
        limit = _prepare(database, pooled) - _ROOM
        with tempfile.TemporaryDirectory(prefix="rollout-bench-") as folder:
            load = Load(Path(folder), plan.transactions)
            load.run(pooled, _SIZE)  # opens the pool's connections
            rows = tuple(_rows(load, plan, limit, database.authenticator, pooled))
        versions = {"PostgreSQL": _version(database.deployer), "PgBouncer": _pooler_version()}
    text = " ".join(_TEXT.format(size=_SIZE, count=plan.transactions).split())
    return Section("Throughput", text, rows, "python -m bench.throughput", versions)


@contextmanager
def _pooled() -> Iterator[tuple[EmbeddedDatabase, Target]]:
    """Yield a database with the pipeline, and the way to it through the pooler."""
    pool = Pool(size=_SIZE, minimum=_SIZE, clients=FULL.most + _SIZE)
    application = DEFAULTS.application.model_copy(update={"role": API_LOGIN})
    pooling = Pooling(pools={API_LOGIN: pool}, application=application, server=DEFAULTS.server)
    with server() as database:
        yield database, pooler_before(database, pooling).application


def _prepare(database: EmbeddedDatabase, pooled: Target) -> int:
    """Deploy, add creators with scores, see that each way shows a creator's own alone; return the server's places."""
    deploy(database.deployer).close()
    with psycopg.connect(database.admin.dsn(), autocommit=True) as connection:
        for statement in _FILL:
            values = {"creators": _CREATORS, "scores": _SCORES} if "%(" in statement else None
            connection.execute(statement, values)
        found = connection.execute(_FREE).fetchone()
    for target in (database.authenticator, pooled):
        with psycopg.connect(target.dsn(), prepare_threshold=None) as connection:
            connection.execute(_WHO.replace(":n", "7").encode())
            assert connection.execute(_OWN_ROWS).fetchone() == (_SCORES,), "not the creator's own rows"
            changed = connection.execute(f"{_WRITE} WHERE user_id = {_ID.replace(':n', '7')}".encode())
            assert changed.rowcount == 1, "the creator's own answer was not changed"
            connection.rollback()
    assert found
    return int(found[0])


def _rows(load: Load, plan: Plan, limit: int, direct: Target, pooled: Target) -> Iterator[Row]:
    """Yield rate, p50 and p99 of each number of clients: both ways up to the server's limit, pooled beyond it."""
    runs: list[Figures] = []
    for clients in (*plan.direct, limit):
        ours, theirs = _in_turns(load, plan, (pooled, clients), (direct, clients))
        runs += ours
        mark = Mark.ratio_at_least(0.5 if clients < plan.base else 0.7)
        yield from _compared(clients, ours, "direct", theirs, mark, _SLOWER)
    refused = _refusal(load, direct, plan.most)
    for clients in (*plan.pooled, plan.most):
        ours, theirs = _in_turns(load, plan, (pooled, clients), (pooled, plan.base))
        runs += [*ours, *theirs]
        yield Row(f"{clients:,} clients", _rate(ours), "direct", None, why=refused)
        yield from _compared(
            clients, ours, f"pooled, {plan.base} clients", theirs, Mark.ratio_at_least(0.8), plan.doubt
        )
    yield _failed(runs)


def _in_turns(load: Load, plan: Plan, *ways: tuple[Target, int]) -> list[list[Figures]]:
    """Return the runs of each way, a target with so many clients; what disturbs one disturbs the other too."""
    turns = [[load.run(*way) for way in ways] for _ in range(plan.runs)]
    return [list(runs) for runs in zip(*turns, strict=True)]


def _compared(
    clients: int, ours: list[Figures], against: str, theirs: list[Figures], mark: Mark, why: str
) -> Iterator[Row]:
    name = f"{clients:,} clients"
    yield Row(name, _rate(ours), against, _rate(theirs), mark, why=why)
    for share in (0.5, 0.99):
        yield Row(f"{name}, p{share * 100:.0f}", _latency(ours, share), against, _latency(theirs, share))


def _failed(runs: list[Figures]) -> Row:
    """Return the row that says that no transaction failed: pgbench ends at once where a client is sent away."""
    count = sum(len(one.latencies) for one in runs)
    failed = Spread.of([sum(one.failed for one in runs)], "failed")
    return Row(
        "transactions that failed, pooled",
        failed,
        "none",
        Spread.of([0], "failed"),
        Mark.at_most(0),
        note=f"of {count:,}",
    )


def _rate(runs: list[Figures]) -> Spread:
    return Spread.of([one.rate for one in runs], "a second")


def _latency(runs: list[Figures], share: float) -> Spread:
    return Spread.of([one.percentile(share) for one in runs], "ms")


def _refusal(load: Load, direct: Target, clients: int) -> str:
    """Return in what words the server refuses so many clients."""
    try:
        load.run(direct, clients)
    except RefusedError as error:
        return f"refused: {error}"
    raise AssertionError(f"the server let {clients} clients in")


def _version(target: Target) -> str:
    with psycopg.connect(target.dsn()) as connection:
        return str(connection.info.parameter_status("server_version"))


def _pooler_version() -> str:
    version = installed_version()
    return spell(version) if version else ""


if __name__ == "__main__":
    sys.exit(alone(measure))
