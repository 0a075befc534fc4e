"""What is asked of the server itself: its release, its room, its clock, its locale, and who is in the way."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from infra.database.deploy_lock import holders
from infra.database.server import check_server, version_warnings
from infra.database.session import Row, Session
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError, RolloutErrors
from infra.models.pool import Pooling
from infra.models.pool_server import Platform
from infra.pipeline.names import ANON, API, CREATOR, SERVICE_ROLE
from infra.preflight.report import Check, Outcome, joined, judged, passed

#: What Supabase gives its compute size Medium, which the guide recommends; each smaller one has fewer.
MEDIUM_CONNECTIONS: Final = 120
#: A transaction of this age, in seconds, keeps a change of its tables waiting.
LONG_SECONDS: Final = 300
#: A standby that is so far behind, in seconds, answers with yesterday's rights.
LAG_SECONDS: Final = 30
#: So much WAL kept for nobody, in bytes, is going to fill the disk.
KEPT_BYTES: Final = 1 << 30
#: Tokens are valid for so short a time that clocks must agree, in seconds.
CLOCK_WARNING: Final = 5
CLOCK_FAILURE: Final = 30
#: Transactions until the server refuses to write: some 2,100 million.
WRAPAROUND_WARNING: Final = 1_000_000_000
WRAPAROUND_FAILURE: Final = 1_800_000_000
_MEGABYTE: Final = 1 << 20
_SERVER: Final = "server"
_REFUSALS: Final = {
    "DB011": "takes changes",
    "SEC002": "the deployer is no superuser",
    "DB013": "room for a deploy",
    "DB014": "no blue/green deployment is running",
}


@dataclass(frozen=True)
class Wish:
    """What a stack asks of its server; without a pooling no sum is made."""

    pooling: Pooling | None = None
    extensions: tuple[str, ...] = ()
    sslmode: str = ""


def server_checks(session: Session, wish: Wish) -> Iterator[Check]:
    """Yield what the server is asked, in the order of the list. Nothing is changed."""
    facts = read_facts(session, wish)
    yield _release(session)
    yield from _refusals(session)
    yield from judge(facts, wish, datetime.now(UTC))
    yield _deploys(session)


def read_facts(session: Session, wish: Wish) -> Row:
    """Return what the server is like, as the query names it."""
    parameters = {
        "roles": [ANON, CREATOR, SERVICE_ROLE, API],
        "extensions": list(wish.extensions),
        "lag": LAG_SECONDS,
        "kept": KEPT_BYTES,
        "long": LONG_SECONDS,
    }
    return session.query(catalog_query("preflight.sql"), parameters)[0]


def judge(facts: Row, wish: Wish, now: datetime) -> Iterator[Check]:
    """Yield what these facts come to at this moment (UTC)."""
    yield _resources(facts, wish)
    yield from _sum(facts, wish)
    yield _encryption(facts, wish)
    yield _platform(facts)
    yield _deployer(facts)
    yield _extensions(facts, wish)
    yield _clock(facts, now)
    yield from _locale(facts)
    yield from _replication(facts)
    yield from _transactions(facts)


def _release(session: Session) -> Check:
    warnings = version_warnings(session.version)
    found = f"PostgreSQL {session.version // 10000}.{session.version % 10000}"
    check = Check(_SERVER, "version", Outcome.WARNED, "; ".join(warnings) or found, "15 to 18, the newest release")
    return judged(check, fine=not warnings, otherwise=Outcome.WARNED)


def _refusals(session: Session) -> Iterator[Check]:
    try:
        check_server(session)
        found: dict[str, RolloutError] = {}
    except RolloutErrors as errors:
        found = {error.code: error for error in errors.errors}
    for code, name in _REFUSALS.items():
        error = found.get(code)
        if error is None:
            yield passed(_SERVER, name, "yes")
        else:
            yield Check(_SERVER, name, Outcome.FAILED, f"{error.code} {error.problem}", "yes", error.fix)


def _resources(facts: Row, wish: Wish) -> Check:
    supabase = wish.pooling is not None and wish.pooling.platform is Platform.SUPABASE
    room, buffers = facts["max_connections"], facts["shared_buffers"] // _MEGABYTE
    check = Check(
        _SERVER,
        "plan",
        Outcome.WARNED,
        f"max_connections {room}, shared_buffers {buffers} MB",
        f"Supabase's Medium or more, which has {MEDIUM_CONNECTIONS} connections" if supabase else "",
        "choose a larger compute size, or be sure that this one will do",
    )
    return judged(check, fine=not supabase or room >= MEDIUM_CONNECTIONS, otherwise=Outcome.WARNED)


def _sum(facts: Row, wish: Wish) -> Iterator[Check]:
    if wish.pooling is not None:
        check = Check(
            "pooling",
            "the pools fit",
            Outcome.FAILED,
            wish.pooling.arithmetic(),
            f"max_connections {facts['max_connections']} at most",
            "lower the pools' sizes, or raise max_connections first",
        )
        yield judged(check, fine=wish.pooling.total <= facts["max_connections"])


def _encryption(facts: Row, wish: Wish) -> Check:
    local = wish.sslmode in {"", "disable"}
    found = "encrypted" if facts["encrypted"] else "not encrypted"
    wanted = "" if local else f"sslmode {wish.sslmode}"
    check = Check("connection", "encryption", Outcome.FAILED, found, wanted, "turn ssl on in the server")
    return judged(check, fine=facts["encrypted"] or local)


def _platform(facts: Row) -> Check:
    missing = [f"role {name}" for name in facts["roles_missing"]]
    if not facts["platform"]:
        missing.append("auth.users or auth.uid()")
    check = Check(
        _SERVER,
        "the platform's roles and its auth schema",
        Outcome.FAILED,
        f"missing: {', '.join(missing)}" if missing else "all there",
        "as Supabase has them",
        "deploy to a Supabase-style database: its roles are the API's, and are not made here",
    )
    return judged(check, fine=not missing)


def _deployer(facts: Row) -> Check:
    needs = {
        "CREATEROLE": "creates_roles",
        "BYPASSRLS": "passes_by",
        "schemas of its own (CREATE on the database)": "creates_schemas",
    }
    missing = [name for name, key in needs.items() if not facts[key]]
    check = Check(
        _SERVER,
        "the deployer's rights",
        Outcome.FAILED,
        f"missing: {', '.join(missing)}" if missing else ", ".join(needs),
        ", ".join(needs),
        "give them to the deployer (ALTER ROLE, GRANT), or deploy as the role that has them",
    )
    return judged(check, fine=not missing)


def _extensions(facts: Row, wish: Wish) -> Check:
    missing, absent = facts["extensions_missing"], set(facts["extensions_absent"])
    texts = [f"{name} ({'not installed on this server' if name in absent else 'not created'})" for name in missing]
    found = joined(texts, ", ".join(wish.extensions) or "none is asked for")
    fix = "have the platform create what is missing (CREATE EXTENSION; on Supabase: Database > Extensions)"
    check = Check(_SERVER, "extensions", Outcome.FAILED, found, ", ".join(wish.extensions), fix)
    return judged(check, fine=not missing)


def _clock(facts: Row, now: datetime) -> Check:
    apart = abs((facts["clock"] - now).total_seconds())
    check = Check(
        _SERVER,
        "clock",
        Outcome.WARNED,
        f"{apart:.1f} s apart from this machine's",
        f"{CLOCK_WARNING} s at most: tokens expire by it",
        "let NTP set both clocks",
    )
    return judged(
        check,
        fine=apart <= CLOCK_WARNING,
        otherwise=Outcome.FAILED if apart > CLOCK_FAILURE else Outcome.WARNED,
    )


def _locale(facts: Row) -> Iterator[Check]:
    check = Check(
        _SERVER,
        "encoding",
        Outcome.FAILED,
        facts["encoding"],
        "UTF8",
        "make a database with ENCODING 'UTF8' and move the data there",
    )
    yield judged(check, fine=facts["encoding"] == "UTF8")
    then, now = facts["collation_then"], facts["collation_now"]
    check = Check(
        _SERVER,
        "collation",
        Outcome.WARNED,
        f"{facts['collation']}, version {then or 'none'}" + (f", the system's is {now}" if then != now else ""),
        "the system's own version",
        "REINDEX DATABASE CONCURRENTLY, then ALTER DATABASE … REFRESH COLLATION VERSION: text may be sorted otherwise",
    )
    yield judged(check, fine=then == now or then is None, otherwise=Outcome.WARNED)


def _replication(facts: Row) -> Iterator[Check]:
    check = Check(
        "replication",
        "standbys keep up",
        Outcome.WARNED,
        joined(facts["replicas_behind"], f"{facts['replicas']} connected"),
        f"{LAG_SECONDS} s behind at most",
        "find out what holds them up: until then they answer with the rights of before",
    )
    yield judged(check, fine=not facts["replicas_behind"], otherwise=Outcome.WARNED)
    fix = "drop the slots that nobody reads (pg_drop_replication_slot), before the disk is full"
    check = Check("replication", "no slot is left", Outcome.WARNED, joined(facts["slots_left"]), "none", fix)
    yield judged(check, fine=not facts["slots_left"], otherwise=Outcome.WARNED)


def _transactions(facts: Row) -> Iterator[Check]:
    wanted = f"none that is open for more than {LONG_SECONDS // 60} minutes"
    for name, key, fix in (
        ("long transactions", "long_transactions", "let them end, or end them: a change of a table waits behind them"),
        ("prepared transactions", "prepared_left", "COMMIT PREPARED or ROLLBACK PREPARED: they keep their locks"),
    ):
        check = Check("transactions", name, Outcome.WARNED, joined(facts[key]), wanted, fix)
        yield judged(check, fine=not facts[key], otherwise=Outcome.WARNED)
    age = facts["oldest_transaction"]
    check = Check(
        "transactions",
        "wraparound",
        Outcome.WARNED,
        f"the oldest row is {age / 1e6:.0f} million transactions old",
        f"{WRAPAROUND_WARNING / 1e6:.0f} million at most",
        "let VACUUM (FREEZE) run, and find out what keeps autovacuum from it",
    )
    outcome = Outcome.FAILED if age > WRAPAROUND_FAILURE else Outcome.WARNED
    yield judged(check, fine=age <= WRAPAROUND_WARNING, otherwise=outcome)


def _deploys(session: Session) -> Check:
    found = [holder.text for holder in holders(session)]
    fix = "wait until it is done, or end what was left behind with `rollout up --take-over`"
    check = Check("deploys", "nobody else deploys", Outcome.WARNED, joined(found), "none", fix)
    return judged(check, fine=not found, otherwise=Outcome.WARNED)
