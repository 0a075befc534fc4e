"""A deployed pipeline with rows, to be backed up, and a scratch database to restore it into."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from infra.backups.manifest import Backup
from infra.backups.take import take
from infra.database.target import Target
from infra.ddl.deploy import deploy_script
from infra.embedded.pg_binaries import wheel_binaries
from infra.pipeline.definition import define
from infra.pipeline.phases import rollout
from tests.cluster_state import run
from tests.clusters import Database
from tests.seeding import seed

PG_DUMP: Final = wheel_binaries() / "pg_dump"
PG_RESTORE: Final = wheel_binaries() / "pg_restore"
NOW: Final = datetime(2026, 3, 4, 5, 6, 7, 890000, tzinfo=UTC)
NAME: Final = "eden_academy-20260304T050607.890Z.dump"

Program = Callable[..., Path]


def deployed(database: Database, folder: Path, phase: int = 3) -> Database:
    """Deploy the pipeline, ledger and all, and fill its tables."""
    script = folder / "deploy.sql"
    script.write_text(deploy_script(define(rollout(phase), deployer=database.deployer.user)), encoding="utf-8")
    said = ("--set=by=test", "--set=why=a test", "--set=until=2099-12-31")
    database.psql("--quiet", *said, f"--file={script}")
    with database.connect(user="admin") as connection:
        # Rows as years leave them, whoever may sign up in this phase.
        run(connection, "ALTER DATABASE {} SET session_replication_role = 'replica'", database.name)
        seed(database)
        run(connection, "ALTER DATABASE {} RESET session_replication_role", database.name)
    return database


@pytest.fixture
def source(database18: Database, tmp_path: Path) -> Database:
    return deployed(database18, tmp_path)


@pytest.fixture
def scratch(source: Database) -> Target:
    """An empty database of the deployer's, who is no superuser."""
    return source.server.create_database("scratch").deployer


@pytest.fixture
def backup(source: Database, tmp_path: Path) -> Backup:
    return take(source.deployer, tmp_path / "backups", pg_dump=PG_DUMP, now=NOW)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Make a program of shell that does something and goes on, or ends, as pg_dump would; it tells a version."""

    def make(body: str, version: str = "18.1") -> Path:
        path = tmp_path / "program"
        path.write_text(
            f'#!/bin/sh\nif [ "$1" = --version ]; then echo "pg_dump (PostgreSQL) {version}"; exit; fi\n{body}\n'
        )
        path.chmod(0o755)
        return path

    return make
