"""A real PgBouncer before a test's database."""

import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.database.target import Target
from infra.embedded.pg_account import server_account
from infra.embedded.pg_binaries import wheel_binaries
from tests.clusters import Database, open_folder


@dataclass(frozen=True)
class Pooler:
    """A running PgBouncer."""

    process: subprocess.Popen[bytes]
    target: Target
    mode: str
    home: Path

    def psql(self, statement: str) -> str:
        """Return what psql prints for one statement through the pooler."""
        done = subprocess.run(
            [wheel_binaries() / "psql", "-XAtq", "-c", statement, self.target.dsn()],
            check=True,
            capture_output=True,
            text=True,
            timeout=30,
        )
        return done.stdout.strip()

    def stop(self) -> None:
        """Stop it."""
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.home, ignore_errors=True)


def start_pooler(database: Database, mode: str, pool_size: int = 4) -> Pooler:
    """Start PgBouncer on a free port; where it is not installed the test fails, or is skipped outside CI."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("PgBouncer is not installed; with CI set it must be (make deps)")
        pytest.skip("PgBouncer is not installed (make deps)")
    target = database.deployer
    home = open_folder()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (home / "users.txt").write_text(f'"{target.user}" "{target.password}"\n', encoding="utf-8")
    (home / "pgbouncer.ini").write_text(
        f"[databases]\n{target.name} = host={target.host} port={target.port}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = scram-sha-256\nauth_file = {home / 'users.txt'}\n"
        f"pool_mode = {mode}\ndefault_pool_size = {pool_size}\n",
        encoding="utf-8",
    )
    process = _run(program, home)
    _await_port(process, port)
    return Pooler(process, target.model_copy(update={"host": "127.0.0.1", "port": port}), mode, home)


def _run(program: str, home: Path) -> subprocess.Popen[bytes]:
    account = server_account()
    if account is None:
        return subprocess.Popen([program, "-q", str(home / "pgbouncer.ini")], stderr=subprocess.DEVNULL)
    # PgBouncer refuses to run as root.
    for path in (home, *home.iterdir()):
        os.chown(path, account.uid, account.gid)
    return subprocess.Popen(
        [program, "-q", str(home / "pgbouncer.ini")],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        stderr=subprocess.DEVNULL,
    )


def _await_port(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("PgBouncer did not start")
