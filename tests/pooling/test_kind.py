"""The resource of PgBouncer's files: adopted, seen when somebody edits them, mended, and taken back."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from infra.database.workspace import open_workspace
from infra.errors import RolloutError
from infra.pooling.names import HBA, INI, USERS
from infra.pooling.restarts import RESTART_ONLY
from infra.provider.handler import UNKNOWN, Call, Properties
from infra.provider.kinds.pgbouncer import PgBouncerKind
from infra.provider.schema import package_schema
from tests.clusters import Database
from tests.pooler import Pooler, start_pooler, start_with_lookup

KIND = PgBouncerKind()
FOREIGN = "[databases]\n* = host=elsewhere\n[pgbouncer]\nauth_type = any\n"


@dataclass
class World:
    """A PgBouncer, and the database whose function it asks."""

    pooler: Pooler
    lines: list[str] = field(default_factory=list)

    def call(self, *, preview: bool = False) -> Call:
        return Call("urn", self._workspace, preview, lambda severity, text: self.lines.append(f"{severity} {text}"))

    def _workspace(self) -> object:
        return self.workspace

    def __post_init__(self) -> None:
        self.workspace = open_workspace(self.pooler.database.deployer, application_name="test")

    def inputs(self, **changes: object) -> Properties:
        return self.pooler.config.dump() | changes

    def drift(self, inputs: Properties) -> list[str]:
        found = KIND.read(self.call(), self.pooler.config.folder, inputs)
        assert found is not None
        return [change.path for change in KIND.diff(found.inputs, inputs)]


@pytest.fixture
def world(database18: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    (tmp_path / "Pulumi.yaml").touch()
    monkeypatch.chdir(tmp_path)
    pooler = start_with_lookup(database18)
    world = World(pooler)
    with closing(world.workspace):
        yield world
    pooler.stop()


def test_files_are_adopted_changed_seen_and_mended(world: World) -> None:
    inputs = world.inputs()
    made = KIND.create(world.call(), inputs)
    assert made.id == world.pooler.config.folder
    assert world.drift(inputs) == []
    assert not any("reload" in line or "taken" in line for line in world.lines), "nothing differs: nothing is done"
    bigger = world.inputs(maxClients=300, queryWaitTimeout=7)
    assert [change.path for change in KIND.diff(inputs, bigger)] == ["maxClients", "queryWaitTimeout"]
    changed = KIND.update(world.call(), made.id, inputs, bigger)
    assert changed.outputs["pendingRestart"] == "listen_backlog"
    with world.pooler.console() as console:
        assert console.fixed() <= RESTART_ONLY
    with world.pooler.console() as console:
        assert console.config()["query_wait_timeout"] == "7"
    assert world.drift(bigger) == []
    _edit(world.pooler.home)
    found = world.drift(bigger)
    assert {"maxClients", "altered", "databases[0].size"} <= set(found)
    KIND.update(world.call(), made.id, bigger, bigger)
    assert world.drift(bigger) == []
    with world.pooler.console() as console:
        assert console.config()["max_client_conn"] == "300"


def _edit(folder: Path) -> None:
    """Let everybody in, and more of them; let everybody read the passwords."""
    for name, old, new in (
        (INI, "max_client_conn = 300", "max_client_conn = 9000"),
        (INI, "pool_size=4", "pool_size=99"),
        (INI, "auth_type = hba", "auth_type = any"),
        (HBA, "scram-sha-256", "trust"),
    ):
        file = folder / name
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")
    (folder / USERS).chmod(0o644)


def test_what_was_altered_is_named_and_no_secret_is(world: World) -> None:
    KIND.create(world.call(), world.inputs())
    file = world.pooler.home / INI
    file.write_text(file.read_text(encoding="utf-8").replace("auth_type = hba", "auth_type = any"), encoding="utf-8")
    (world.pooler.home / USERS).chmod(0o644)
    found = KIND.read(world.call(), world.pooler.config.folder, world.inputs())
    assert found is not None
    assert found.inputs["altered"] == {"auth_type": "any", USERS: "0644"}
    assert {"consolePassword", "lookupPassword", "verifiers"} == KIND.secrets


def test_an_import_takes_over_what_the_files_say_but_for_what_they_do_not_give_away(world: World) -> None:
    found = KIND.read(world.call(), world.pooler.config.folder, None)
    assert found is not None
    differing = {change.path for change in KIND.diff(found.inputs, world.inputs())}
    assert differing <= {"consolePassword", "group"}, differing
    assert KIND.read(world.call(), "nowhere", None) is None


def test_a_deletion_puts_back_what_stood_there(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / INI).write_text(FOREIGN, encoding="utf-8")
    inputs = world.inputs(folder="etc", port=1, logFile=None, pidFile=None)
    inputs = {key: value for key, value in inputs.items() if value is not None}
    KIND.create(world.call(preview=True), inputs)
    assert any("has not written: they are kept beside ours" in line for line in world.lines)
    assert (folder / INI).read_text(encoding="utf-8") == FOREIGN
    made = KIND.create(world.call(), inputs)
    assert any("no PgBouncer runs at 127.0.0.1:1" in line for line in world.lines)
    assert (folder / INI).read_text(encoding="utf-8") != FOREIGN
    KIND.delete(world.call(), made.id, inputs)
    assert [file.name for file in folder.iterdir()] == [INI]
    assert (folder / INI).read_text(encoding="utf-8") == FOREIGN
    assert KIND.read(world.call(), made.id, inputs) is None
    KIND.delete(world.call(), made.id, inputs)


def test_without_the_function_nothing_is_written(database18: Database, tmp_path: Path) -> None:
    pooler = start_pooler(database18, "transaction")
    world = World(pooler)
    inputs = world.inputs(folder=str(tmp_path / "new"), lookupRole="pooler_lookup", lookupPassword="x")
    try:
        KIND.create(world.call(preview=True), inputs)
        assert any(line.startswith("warning PGB005") for line in world.lines)
        with pytest.raises(RolloutError, match="PGB005"):
            KIND.create(world.call(), inputs)
        assert not (tmp_path / "new").exists()
    finally:
        world.workspace.close()
        pooler.stop()


def test_faults_are_told_at_the_check_and_unknowns_passed_over() -> None:
    inputs: Properties = {
        "folder": "x",
        "version": "1.18.0",
        "databases": [{"name": "eden", "host": "h"}],
        "consolePassword": "works-the-console",
        "verifiers": UNKNOWN,
    }
    assert KIND.check(inputs) == []
    wrong = inputs | {"verifiers": {"app": "clear-text"}, "preparedStatements": 9}
    assert "clear-text" not in str(KIND.check(wrong))
    assert [problem.path for problem in KIND.check(inputs | {"maxClients": 0})] == ["maxClients"]
    named = package_schema([KIND], "0")["resources"]["rollout:pgbouncer:Config"]
    assert {"consolePassword", "databases", "folder", "version"} <= set(named["requiredInputs"])
