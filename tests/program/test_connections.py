"""What a whole run opens: three connections at most, each with the stack and the phase in its name."""

import threading
from pathlib import Path

from infra.embedded.engine.events import Op
from tests.clusters import Database
from tests.program.test_on_postgres import done, engine

SEEN = "SELECT application_name FROM pg_stat_activity WHERE usename = 'deployer'"


def test_three_connections_do(database18: Database, tmp_path: Path) -> None:
    """With a limit of three the server refuses none of ours, from nothing to a deploy and back."""
    with database18.connect(user="admin") as admin:
        admin.execute("ALTER ROLE deployer CONNECTION LIMIT 3")
    names: set[str] = set()
    over = threading.Event()

    def watch() -> None:
        with database18.connect(user="admin") as connection:
            while not over.wait(0.02):
                names.update(row[0] for row in connection.execute(SEEN.encode()).fetchall())

    watcher, start = threading.Thread(target=watch), len(database18.log())
    watcher.start()
    try:
        assert done(engine(database18, tmp_path).up()) == {Op.CREATE}
        assert done(engine(database18, tmp_path).destroy()) == {Op.DELETE}
    finally:
        over.set()
        watcher.join()
    assert "too many connections" not in database18.log()[start:]
    assert names >= {"rollout dev phase 1", "rollout dev phase 1 lock", "rollout pulumi-postgresql"}
    assert {name for name in names if name} <= {
        "rollout dev phase 1",
        "rollout dev phase 1 lock",
        "rollout pulumi-postgresql",
    }
