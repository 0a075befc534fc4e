"""What a server must be before the first change: one that takes changes, has room, and is not about to be switched."""

from typing import Final

import psycopg

from infra.database.releases import behind
from infra.database.session import Row, Session
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError, RolloutErrors

#: The newest major version that this project was tested with.
NEWEST_MAJOR: Final = 18
#: What a deploy opens beside the connection that asks: the deploy lock's, and pulumi-postgresql's one.
FURTHER_CONNECTIONS: Final = 2
_SWITCHED: Final = "SWITCHOVER_COMPLETED"
_DIRECT: Final = "set database.host and database.port in the stack file to the primary"


def check_server(session: Session) -> list[str]:
    """Look at the server before anything is sent that changes it; return what to warn of.

    Raises:
        RolloutErrors: everything that stands in the way at once: DB011 for a standby or a read-only database, DB013
            where there is no room for the connections, DB014 for a running blue/green deployment, SEC002 for a
            superuser.
    """
    row = _look(session)
    faults = [*_unwritable(session, row), *_superuser(row), *_no_room(session, row), *_blue_green(session, row)]
    if faults:
        raise RolloutErrors(faults)
    return version_warnings(session.version)


def require_writable(session: Session) -> None:
    """Refuse a server that takes no changes.

    Raises:
        RolloutError: DB011.
    """
    for fault in _unwritable(session, _look(session)):
        raise fault


def _look(session: Session) -> Row:
    return session.query(catalog_query("server.sql"))[0]


def version_warnings(version: int) -> list[str]:
    """Return what to say of a server's version, such as 150018: newer than what was tested, or behind in mends."""
    return [*_too_new(version), *_behind(version)]


def _unwritable(session: Session, row: Row) -> list[RolloutError]:
    where = _where(session)
    if row["standby"]:
        return [RolloutError("DB011", where, "this server is a standby: it takes no changes", fix=_DIRECT)]
    if row["read_only"]:
        fix = (
            "find out who made it so, and why; then ALTER DATABASE or ALTER ROLE … RESET default_transaction_read_only,"
            " or the same in the server's configuration"
        )
        return [
            RolloutError("DB011", where, "transactions are read-only here (default_transaction_read_only)", fix=fix)
        ]
    return []


def _superuser(row: Row) -> list[RolloutError]:
    if not row["superuser"]:
        return []
    fix = "deploy as a role of its own that is none (on Supabase: postgres); database.user in the stack file names it"
    return [RolloutError("SEC002", "database.user", f"{row['login']} is a superuser, whom no policy holds", fix=fix)]


def _no_room(session: Session, row: Row) -> list[RolloutError]:
    """Return the tightest of the limits that the further connections do not fit into, with its arithmetic."""
    limits = (
        (row["max_connections"] - row["reserved"], row["used"], f"max_connections less {row['reserved']} reserved"),
        (row["role_limit"], row["role_used"], f"the connection limit of role {row['login']}"),
        (row["database_limit"], row["database_used"], "the connection limit of the database"),
    )
    needed = max(1, FURTHER_CONNECTIONS - row["beside_us"])  # pulumi-postgresql's may be open already
    tight = [(most, used, name) for most, used, name in limits if 0 <= most < used + needed]
    if not tight:
        return []
    most, used, name = min(tight, key=lambda limit: limit[0] - limit[1])
    return [
        RolloutError(
            "DB013",
            _where(session),
            f"there is no room for a deploy: {used} connections of {most} ({name}) are in use, most of them by"
            f" {row['top']}, and it needs {needed} more",
            fix="end idle connections, let the application use a pooler, or raise the limit",
        )
    ]


def _blue_green(session: Session, row: Row) -> list[RolloutError]:
    members = [
        *(_members(session, "blue_green_rds.sql") if row["rds_topology"] else ()),
        *(_members(session, "blue_green_aurora.sql") if row["aurora_topology"] else ()),
    ]
    running = [member for member in members if member["role"] and member["status"] != _SWITCHED]
    if not running:
        return []
    states = ", ".join(f"{member['role']} {member['status']}" for member in running)
    problem = f"a blue/green deployment is running ({states}): changes to the blue side do not reach the green one"
    fix = "switch over, or delete the blue/green deployment, and run the same command again"
    return [RolloutError("DB014", _where(session), problem, fix=fix)]


def _members(session: Session, query: str) -> list[Row]:
    try:
        return session.execute(catalog_query(query))
    except psycopg.Error:
        # Whoever may not ask cannot be told: on RDS itself the function is for everybody.
        return []


def _too_new(version: int) -> list[str]:
    major = version // 10000
    if major <= NEWEST_MAJOR:
        return []
    return [
        f"DB006 the server is PostgreSQL {major}; tested are 15 to {NEWEST_MAJOR}. Try a copy of the database first."
    ]


def _behind(version: int) -> list[str]:
    newest, mended = behind(version)
    if not newest:
        return []
    now = f"{version // 10000}.{version % 10000}"
    return [f"DB006 the server is PostgreSQL {now}; {newest} mends: {'; '.join(mended)}. Update it when you can."]


def _where(session: Session) -> str:
    target = session.target
    return f"database {target.host}:{target.port}/{target.name}"
