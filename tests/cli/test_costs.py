"""What a command does without: imports that it has no use for, and a second look where nothing is to be done."""

import subprocess
import sys

import pytest

from tests.cli.commands import ROOT, Project

#: Each takes longer to import than a command may take to answer.
HEAVY = "{'pulumi', 'grpc', 'pydantic', 'psycopg', 'pglast', 'jinja2', 'boto3', 'httpx'}"
SENT = """
SELECT sum(s.calls) FROM extensions.pg_stat_statements AS s JOIN pg_roles AS r ON r.oid = s.userid
 WHERE r.rolname = 'deployer'
"""


@pytest.mark.parametrize("module", ["infra.cli.app", "infra.cli.embedded_plugins"])
def test_nothing_heavy_is_imported_before_it_is_needed(module: str) -> None:
    """Help comes at once, and the plugins start before the rest of a command is imported."""
    probe = f"import sys, {module}; print(*{HEAVY} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""


def test_where_nothing_is_to_be_done_everything_is_looked_at_once(deployed: Project) -> None:
    """Every object is read, and none of them twice: the plan that found nothing to change is the `up`."""
    deployed.psql("SELECT extensions.pg_stat_statements_reset()", "--admin")
    up = deployed.rollout("up", "--yes", "--json")
    assert up.code == 0, up.said
    document = up.document
    resources = document["summary"]["same"]
    assert (document["summary"], document["preview"]) == ({"same": resources}, False)
    sent = int(deployed.psql(SENT, "--admin"))
    assert resources * 0.8 < sent < resources * 1.5
