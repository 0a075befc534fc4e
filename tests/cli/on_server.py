"""A project whose stack `mine` is a deployed database of the tests' own server: no engine has to run first."""

import json
from typing import Any

from tests.cli.commands import Ended, Project
from tests.clusters import Database
from tests.deploying import deploy

STACK = "mine"


def on_server(
    project: Project, database: Database, *, deployed: bool = True, stack: str = STACK, **config: Any
) -> Project:
    """Point the stack at the database, deployed unless said otherwise."""
    if deployed:
        deploy(database.deployer).close()
    target = database.deployer
    address = {"host": target.host, "port": target.port, "name": target.name, "user": target.user, "sslmode": "disable"}
    project.configure(stack, **({"phase": 1, "database": address} | config))
    project.environment |= {"PGPASSWORD": target.password or "", "ROLLOUT_ACTOR": "ada", "ROLLOUT_COMMIT": "c0ffee1234"}
    return project


def run(project: Project, *arguments: str) -> Ended:
    """Run a command on the stack."""
    return project.rollout(*arguments, "--stack", STACK)


def document(project: Project, *arguments: str) -> dict[str, Any]:
    """Run a command that succeeds and return the one document on stdout."""
    done = run(project, *arguments, "--json")
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found
