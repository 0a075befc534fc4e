"""PgBouncer beside the embedded PostgreSQL, where it is installed: one call renders, starts and reloads it."""

import json
import secrets
import subprocess
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from infra.database.console import CONSOLE_DATABASE
from infra.database.lookup import check_lookup
from infra.database.session import open_session
from infra.database.target import Target
from infra.embedded.pg_account import plain_environment, server_account
from infra.embedded.pg_binaries import reachable_binaries
from infra.embedded.pg_cluster import HOST, comes_free, free_port
from infra.embedded.pg_folder import locked, named_failures, write_private
from infra.embedded.pooler_process import PoolerPlace
from infra.embedded.postgres import EmbeddedDatabase, folder_of, pooler_place
from infra.errors import RolloutError
from infra.models.pgbouncer import PgBouncer, ServerTls
from infra.models.pool import Pooling
from infra.pipeline.pooling import DEFAULTS
from infra.pooling.applying import Say, apply_config
from infra.pooling.files import Folder
from infra.pooling.planning import Logins, pgbouncer_of
from infra.pooling.scram import scram_verifier
from infra.pooling.versions import installed_version

LOOKUP_ROLE: Final = "pooler_lookup"
CONSOLE_ROLE: Final = "rollout_console"
SCRIPT: Final = Path(__file__).resolve().parents[2] / "sql" / "bootstrap" / "pooler.sql"
NOT_INSTALLED: Final = "PgBouncer is not installed, so no pooler runs beside the database (`make deps` installs it)"
_SCRIPT_SECONDS: Final = 60


@dataclass(frozen=True)
class Kept:
    """What the pooler keeps from one start to the next. No password shows in a repr."""

    port: int
    lookup_password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    console_password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)


@dataclass(frozen=True)
class EmbeddedPooler:
    """A running PgBouncer: the API's login through it, and what it was told to be."""

    application: Target
    config: PgBouncer


def ensure_pooler(
    database: EmbeddedDatabase, pooling: Pooling | None = None, say: Say = lambda _text: None
) -> EmbeddedPooler | None:
    """Start PgBouncer unless it runs, bring it to the pools, and return the way through it. Safe to call at any time.

    Args:
        database: The running embedded PostgreSQL.
        pooling: The pools; left out, those of the last time, or the pipeline's own.
        say: Where to say what was done.

    Returns:
        None where PgBouncer is not installed.

    Raises:
        RolloutError: EMB003, PGB001 when it does not start or does not take its files.
    """
    version = installed_version()
    if version is None:
        return None
    account = server_account()
    place = pooler_place(database.folder, account)
    with named_failures(database.folder), locked(database.folder):
        place.make()
        kept = _kept(place)
        _ensure_lookup(database, kept)
        pools = (pooling or _pools(place)).at(database.deployer.name)
        config = pgbouncer_of(
            pools,
            (HOST, database.deployer.port),
            version,
            Logins(LOOKUP_ROLE, kept.lookup_password, kept.console_password),
            folder=str(place.folder),
            address=HOST,
            port=kept.port,
            console_role=CONSOLE_ROLE,
            server_tls=ServerTls.DISABLE,
            group=group_of(account.gid) if account else None,
            log_file=str(place.log),
            pid_file=str(place.pid_file),
        )
        _bring(place, config, pools, say)
        write_private(place.folder / "pools.json", pools.model_dump_json(by_alias=True) + "\n")
    target = database.authenticator.model_copy(update={"port": kept.port})
    return EmbeddedPooler(target, config)


def running_console(home: Path) -> Target:
    """Return the console of the pooler beside the embedded database.

    Raises:
        RolloutError: EMB003 when it does not run.
    """
    account = server_account()
    place = pooler_place(folder_of(home, account), account)
    if place.pid() is None:
        problem = "no pooler runs beside the embedded PostgreSQL"
        fix = "run `rollout db start`" if installed_version() else "install it (`make deps`), then `rollout db start`"
        raise RolloutError("EMB003", "embedded PgBouncer", problem, fix=fix)
    kept = _kept(place)
    return Target(
        host=HOST,
        port=kept.port,
        name=CONSOLE_DATABASE,
        user=CONSOLE_ROLE,
        password=kept.console_password,
        sslmode="disable",
    )


def _bring(place: PoolerPlace, config: PgBouncer, pools: Pooling, say: Say) -> None:
    """Bring the files to what is wanted; the process too, which is started anew for what it only reads at its start."""
    folder = Folder(place.folder, config.group)
    pending = apply_config(config, folder, say, place=str(place.folder))
    if pending:
        place.stop()
    if place.pid() is None:
        place.start(pools.files)


def _kept(place: PoolerPlace) -> Kept:
    """Return what is kept; while the pooler does not run, a port that somebody else has taken is given up."""
    path = place.folder / "kept.json"
    kept = Kept(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else Kept(free_port())
    if place.pid() is None and not comes_free(kept.port):
        kept = Kept(free_port(), kept.lookup_password, kept.console_password)
    write_private(path, json.dumps(asdict(kept)) + "\n")
    return kept


def _pools(place: PoolerPlace) -> Pooling:
    try:
        return Pooling.model_validate_json((place.folder / "pools.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return DEFAULTS


def _ensure_lookup(database: EmbeddedDatabase, kept: Kept) -> None:
    """See that PgBouncer may look logins up, and make it so otherwise: the superuser here is our own."""
    login = database.admin.model_copy(update={"user": LOOKUP_ROLE, "password": kept.lookup_password})
    try:
        with open_session(login, application_name="rollout pooler") as session:
            check_lookup(session, LOOKUP_ROLE)
    except RolloutError:
        _run_script(database, kept)


def _run_script(database: EmbeddedDatabase, kept: Kept) -> None:
    admin = database.admin
    login = {"PGHOST": admin.host, "PGPORT": str(admin.port), "PGUSER": admin.user, "PGDATABASE": admin.name}
    values = {"ROLLOUT_POOLER_ROLE": LOOKUP_ROLE, "ROLLOUT_POOLER_VERIFIER": scram_verifier(kept.lookup_password)}
    psql = reachable_binaries(server_account(), database.folder) / "psql"
    result = subprocess.run(  # noqa: S603 - our own psql with our own script, no shell
        [str(psql), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={SCRIPT}"],
        env=plain_environment() | login | {"PGPASSWORD": admin.password or "", "PGSSLMODE": "disable"} | values,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SCRIPT_SECONDS,
        check=False,
    )
    if result.returncode != 0:
        problem = f"PgBouncer could not be given its function: {result.stderr.strip()[-300:]}"
        raise RolloutError("EMB003", "embedded PgBouncer", problem, fix="mend what it names, then try again")


def group_of(gid: int) -> str:
    """Return the name of a group, by which PgBouncer reads its files."""
    import grp  # noqa: PLC0415 - for root alone

    return grp.getgrgid(gid).gr_name
