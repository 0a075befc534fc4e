"""Turns a new cluster into a Supabase-like one: the scripts of `sql/bootstrap`, run by psql."""

import subprocess
from pathlib import Path
from typing import Final

from infra.embedded.pg_account import plain_environment
from infra.embedded.pg_cluster import HOST, SUPERUSER, Cluster
from infra.embedded.pg_passwords import Passwords
from infra.errors import RolloutError
from infra.pooling.scram import scram_verifier

SCRIPT: Final = Path(__file__).resolve().parents[2] / "sql" / "bootstrap" / "main.sql"
DATABASE: Final = "eden_academy"
DEPLOYER: Final = "deployer"
AUTHENTICATOR: Final = "authenticator"
TIMEOUT_SECONDS: Final = 120


def build(cluster: Cluster, passwords: Passwords) -> None:
    """Make a cluster, start it and bootstrap it; it is left running."""
    cluster.initialise(passwords.admin)
    cluster.start()
    bootstrap(cluster, passwords)


def bootstrap(cluster: Cluster, passwords: Passwords) -> None:
    """Make the roles, the application's database and the schemas of a new cluster that runs.

    Raises:
        RolloutError: EMB001 with the statement that failed.
    """
    result = subprocess.run(  # noqa: S603 - our own psql with our own script, no shell
        [str(cluster.binaries / "psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={SCRIPT}"],
        env=plain_environment() | _login(cluster, passwords) | _values(passwords),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    if result.returncode != 0:
        raise RolloutError(
            "EMB001",
            "embedded PostgreSQL",
            f"its database could not be set up: {result.stderr.strip()[-500:]}",
            fix=f"read {cluster.log}, then try again: what was begun is thrown away",
        )


def _login(cluster: Cluster, passwords: Passwords) -> dict[str, str]:
    return {
        "PGHOST": HOST,
        "PGPORT": str(cluster.port),
        "PGUSER": SUPERUSER,
        "PGPASSWORD": passwords.admin,
        "PGDATABASE": "postgres",
        "PGSSLMODE": "disable",
        "PGCONNECT_TIMEOUT": "10",
    }


def _values(passwords: Passwords) -> dict[str, str]:
    """Return what the scripts read with `getenv`: an argument would show in the list of processes."""
    return {
        "ROLLOUT_DATABASE": DATABASE,
        "ROLLOUT_DEPLOYER_VERIFIER": scram_verifier(passwords.deployer),
        "ROLLOUT_AUTHENTICATOR_VERIFIER": scram_verifier(passwords.authenticator),
    }
