"""Running the scripts as an operator does: plain psql, as the deployer, from a file."""

import re
import subprocess
from pathlib import Path
from typing import Any, Final

from psycopg import sql

from infra.ddl.deploy import deploy_script
from infra.models.access import Access
from infra.models.definition import Definition
from infra.pipeline.definition import define
from infra.pipeline.phases import rollout
from tests.clusters import DEPLOYER, Database

CATALOGS: Final = (
    "pg_class",
    "pg_attribute",
    "pg_policy",
    "pg_trigger",
    "pg_proc",
    "pg_namespace",
    "pg_constraint",
    "pg_index",
    "pg_rewrite",
    "pg_depend",
    "pg_authid",
    "pg_auth_members",
    "pg_db_role_setting",
)


def definition(access: Access = Access.SERVICE, phase: int = 1) -> Definition:
    """Return the pipeline's definition for the tests' deployer."""
    return define(rollout(phase), access=access, deployer=DEPLOYER)


def run_script(
    database: Database, text: str, folder: Path, *options: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run the text as a file, stopping at the first error only because the script itself says so."""
    path = folder / "script.sql"
    path.write_text(text, encoding="utf-8")
    return database.run("psql", "--no-psqlrc", *options, "--file", str(path), user="deployer", check=check)


def deploy(database: Database, folder: Path, access: Access = Access.SERVICE) -> None:
    """Bring the definition to the empty database by its script."""
    run_script(database, deploy_script(definition(access)), folder)


def plain(dump: str) -> str:
    """Return the dump with the roles of each policy sorted: pg_dump has them as they lie in the cluster's catalog.

    A role that was altered lies elsewhere afterwards, whatever a script does.
    """
    return re.sub(
        r" TO ([\w, ]+)(?= USING| WITH CHECK|;)", lambda m: " TO " + ", ".join(sorted(m[1].split(", "))), dump
    )


def catalog_marks(database: Database) -> list[tuple[Any, ...]]:
    """Return the version of every row of the catalogs that DDL writes: equal marks mean that nothing was written."""
    with database.connect(user="admin") as connection:
        found: list[tuple[Any, ...]] = []
        for name in CATALOGS:
            query = sql.SQL("SELECT {}, ctid::text, xmin::text FROM {} ORDER BY 2, 3")
            found += connection.execute(query.format(sql.Literal(name), sql.Identifier(name))).fetchall()
        return found
