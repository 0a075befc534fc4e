"""The server while it works: who runs for long, who waits for whom, and what its statistics tell."""

from collections.abc import Iterator
from typing import Final

from infra.database.session import Row, Session
from infra.ddl.templates import catalog_query
from infra.preflight.report import Check, Outcome, joined, judged

TOPIC: Final = "server"
#: A statement or an idle transaction of this age, in seconds, is worth a look.
LONG_SECONDS: Final = 60
#: Of the server's connections, in per cent.
CONNECTIONS_WARNING: Final = 80
CONNECTIONS_FAILURE: Final = 95
#: Of all blocks, in per cent, those found in memory; with fewer blocks than these nothing can be said.
CACHE_WARNING: Final = 99.0
LEAST_BLOCKS: Final = 100_000
#: Sorts and hashes on disk since the last reset, in bytes.
TEMPORARY_WARNING: Final = 1 << 30
_GIGABYTE: Final = 1 << 30


def read_server(session: Session) -> Row:
    """Return what the server's statistics tell, as the query names it."""
    return session.query(catalog_query("doctor_server.sql"))[0]


def server_checks(session: Session, server: Row) -> Iterator[Check]:
    """Yield how the server fares, with the statistics that were read. Nothing is changed."""
    yield from judge_sessions(session.query(catalog_query("doctor_sessions.sql"), {"seconds": LONG_SECONDS}))
    yield from judge_server(server)


def judge_sessions(rows: list[Row]) -> Iterator[Check]:
    """Yield what is said of sessions that are at it for long: those that run, those that idle, those that wait."""
    wanted = f"none for more than {LONG_SECONDS} s"
    blocked = [f"pid {row['pid']} waits for {_pids(row['blockers'])}" for row in rows if row["blockers"]]
    groups = (
        (
            "long statements",
            [_words(row) for row in rows if row["state"] == "active" and not row["blockers"]],
            "see what they do (pg_stat_activity), and their plans; end them with pg_cancel_backend",
        ),
        (
            "idle transactions",
            [_words(row) for row in rows if row["state"].startswith("idle")],
            "mend what leaves them open; set idle_in_transaction_session_timeout for the role (`pooling.server.roles`)",
        ),
        ("blocked sessions", blocked, "let the one in the way end, or end it with pg_terminate_backend"),
    )
    for name, found, fix in groups:
        check = Check(TOPIC, name, Outcome.WARNED, joined(found), wanted, fix)
        yield judged(check, fine=not found, otherwise=Outcome.WARNED)


def judge_server(row: Row) -> Iterator[Check]:
    """Yield what the server's statistics come to."""
    yield _connections(row)
    yield _cache(row)
    yield _temporary(row)
    fix = "have every transaction lock rows in one order; the server's log has both statements"
    check = Check(TOPIC, "deadlocks", Outcome.WARNED, f"{row['deadlocks']}{_since(row)}", "none", fix)
    yield judged(check, fine=not row["deadlocks"], otherwise=Outcome.WARNED)
    logged = row["logged_from"] >= 0
    found = f"statements from {row['logged_from']:g} s on are logged" if logged else "no slow statement is logged"
    fix = "set log_min_duration_statement to a second (ALTER SYSTEM; on Supabase: Database > Settings)"
    check = Check(TOPIC, "slow query log", Outcome.WARNED, found, "a limit of a second or so", fix)
    yield judged(check, fine=logged, otherwise=Outcome.WARNED)


def _connections(row: Row) -> Check:
    share = 100 * row["used"] / row["room"]
    fix = "see who has them (pg_stat_activity by usename), let the application use its pool, or enlarge the server"
    found = f"{row['used']} of {row['room']} in use"
    check = Check(TOPIC, "connections", Outcome.FAILED, found, f"{CONNECTIONS_WARNING} % at most", fix)
    otherwise = Outcome.FAILED if share > CONNECTIONS_FAILURE else Outcome.WARNED
    return judged(check, fine=share <= CONNECTIONS_WARNING, otherwise=otherwise)


def _cache(row: Row) -> Check:
    blocks = row["blks_hit"] + row["blks_read"]
    share = 100 * row["blks_hit"] / blocks if blocks else 100.0
    found = f"{share:.1f} % of {blocks} blocks were in memory{_since(row)}"
    fix = "raise shared_buffers, or the server's memory; see which statement reads the most blocks"
    check = Check(TOPIC, "cache", Outcome.WARNED, found, f"{CACHE_WARNING:g} % and more", fix)
    return judged(check, fine=share >= CACHE_WARNING or blocks < LEAST_BLOCKS, otherwise=Outcome.WARNED)


def _temporary(row: Row) -> Check:
    found = f"{row['temp_bytes'] / _GIGABYTE:.1f} GB{_since(row)}"
    fix = "raise work_mem for the role that sorts so much, or see its statements"
    check = Check(TOPIC, "sorts on disk", Outcome.WARNED, found, f"{TEMPORARY_WARNING / _GIGABYTE:g} GB at most", fix)
    return judged(check, fine=row["temp_bytes"] <= TEMPORARY_WARNING, otherwise=Outcome.WARNED)


def _since(row: Row) -> str:
    return f" since {row['stats_reset']:%Y-%m-%d}" if row["stats_reset"] else ""


def _words(row: Row) -> str:
    return f"pid {row['pid']} ({row['login']}, {row['application_name']}, {row['state']}) for {row['seconds']:.0f} s"


def _pids(pids: list[int]) -> str:
    return ", ".join(f"pid {pid}" for pid in pids)
