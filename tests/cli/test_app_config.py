"""`rollout app-config` and `rollout pool settings`: of the stack file alone, and nothing secret among it."""

import json
from pathlib import Path
from urllib.parse import urlsplit

from infra.pooling.versions import installed_version
from tests.cli.commands import Project


def test_the_examples_tell_the_application_and_keep_the_password(project: Project) -> None:
    """A stack whose password stands encrypted in its file needs no passphrase for it."""
    file = project.folder / "Pulumi.staging.yaml"
    secret = "v1:c2VjcmV0:Zm9yIG5vYm9keQ=="
    text = file.read_text(encoding="utf-8") + f"  creative-pipeline:databasePassword:\n    secure: {secret}\n"
    file.write_text(text, encoding="utf-8")
    shown = project.rollout("app-config", "--stack", "staging", "--format", "json")
    assert (shown.code, shown.err) == (0, "")
    document = shown.document
    assert document["database"]["host"] == "aws-0-your-region.pooler.supabase.com"
    assert document["pool"] == {"poolSize": 20, "idleTimeout": 60000, "acquireTimeout": 60000}
    assert document["flags"]["ENABLE_CREATIVE_PIPELINE"] is False
    lines = project.rollout("app-config", "-s", "staging").out
    assert "PGPORT=6543\n" in lines
    assert secret not in shown.said + lines
    settings = project.rollout("pool", "settings", "-s", "staging", "--json").document
    assert (settings["platform"], settings["sum"]) == ("supabase", 73)
    assert settings["arithmetic"].endswith("deployer 3 + others 40 + reserved 3 = 73")


def test_a_file_is_written_once_and_a_format_is_one_of_two(project: Project, tmp_path: Path) -> None:
    out = tmp_path / "app.json"
    written = project.rollout("app-config", "-s", "prod", "-f", "json", "--out", str(out))
    assert (written.code, written.err.split(": ")[-1].strip()) == (0, "written")
    again = project.rollout("app-config", "-s", "prod", "-f", "json", "--out", str(out))
    assert again.err.split(": ")[-1].strip() == "says so already"
    assert json.loads(out.read_text(encoding="utf-8"))["cache"] == {"ttl": 300, "maxSize": 1000}
    refused = project.rollout("app-config", "-s", "prod", "--format", "toml")
    assert refused.code == 2
    assert refused.err.startswith("CLI001 --format: 'toml' is no format. Allowed: env, json.")


def test_a_database_that_does_not_run_has_no_port_to_tell(project: Project) -> None:
    refused = project.rollout("app-config")
    assert (refused.code, refused.err.split()[0]) == (1, "EMB002")


def test_the_embedded_databases_pooler_is_where_the_application_goes(served: Project) -> None:
    """Where PgBouncer is installed it is its port, and otherwise, said so, the database's own."""
    assert served.rollout("db", "start").code == 0
    pooled = installed_version() is not None
    url = served.rollout("db", "url", *(["--pooled"] if pooled else []), open_secret=True)
    shown = served.rollout("app-config", "--format", "json")
    assert shown.code == 0, shown.err
    database = shown.document["database"]
    assert (database["port"], database["sslmode"]) == (urlsplit(url.out.strip()).port, "disable")
    assert database["mode"] == ("transaction" if pooled else "session")
