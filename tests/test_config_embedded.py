"""The embedded database is found by the program itself, without a word about it in the stack file."""

import json
from pathlib import Path

import psycopg
import pytest

from infra.config.stack import Refusal, Source, StackConfig, resolve
from infra.embedded.postgres import HOME_VARIABLE, ensure_running, stop

VALUES = {"p:phase": "1", "p:database": '{"embedded": true}', "p:databasePassword": "", "p:protect": "false"}


def read(folder: Path) -> StackConfig:
    return resolve(Source("p", "dev", folder, VALUES))


def test_its_port_and_password_are_read_from_its_folder(home: Path) -> None:
    """The connection that the program gets is one with which the deployer can log in; stopped, it is refused."""
    database = ensure_running(home)
    connection = read(Path("/nowhere")).connection
    assert connection.address == f"127.0.0.1:{database.deployer.port}/eden_academy"
    assert (connection.user, connection.sslmode) == ("deployer", "disable")
    assert connection.password not in repr(connection)
    with psycopg.connect(
        host=connection.host,
        port=connection.port,
        dbname=connection.name,
        user=connection.user,
        password=connection.password,
    ) as session:
        assert session.execute("SELECT current_user").fetchone() == ("deployer",)
    stop(home)
    with pytest.raises(Refusal, match=r"EMB002 .* does not run\. Fix: run `rollout db start` first, or `venv/bin/py"):
        read(Path("/nowhere"))


def test_it_lies_in_the_project_unless_told_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ROLLOUT_HOME the folder is the project's own; nothing is made by asking."""
    monkeypatch.delenv(HOME_VARIABLE, raising=False)
    with pytest.raises(Refusal, match=r"EMB002 database\.embedded: the embedded PostgreSQL of .* does not run"):
        read(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["not json", json.dumps({"admin": "a", "stranger": "b"}), "[]"])
def test_damaged_passwords_are_named_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    """A file that somebody has changed is an error with a way out, not a traceback."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    (tmp_path / "db" / "data").mkdir(parents=True)
    (tmp_path / "db" / "passwords.json").write_text(content)
    with pytest.raises(Refusal, match=r"EMB002 database\.embedded: what is kept in .* cannot be read"):
        read(Path("/nowhere"))
