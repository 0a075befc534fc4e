"""The flags told to files: each a resource with a real diff, on a real server through the embedded engine."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from infra.database.rollout import engage_latch, lift_latch
from infra.delivery.env_text import parse_env
from infra.delivery.flagd_text import FlagdContent, parse_flagd
from infra.embedded.engine.engine import Engine, Result
from infra.embedded.engine.events import Op
from infra.models.flag import FlagName
from infra.pipeline.phases import rollout
from tests.clusters import Database
from tests.program.graph import ROOT
from tests.program.test_drift import changed
from tests.program.test_on_postgres import done
from tests.program.walking import Walk

ANN: Final = "00000000-0000-4000-8000-00000000000a"
BOTH: Final = {"EnvFile::env file", "FlagdFile::flagd file"}
#: What every change of the phase touches besides.
#: The last is the provider: what the server's views show of it has the phase in it.
PHASE: Final = {"Gate::gate", "Rollout::rollout", "rollout::rollout"}
MONITORING: Final = {"PIPELINE_MONITORING_ENABLED", "PIPELINE_PERFORMANCE_ALERTS"}
GRANT: Final = "Grant::relation:public.creator_profiles"


@dataclass
class Told:
    """A project in a folder of its own, of which the checkout has the program, and the files below it."""

    database: Database
    project: Path
    state: Path

    def engine(self, phase: int, delivery: dict[str, Any]) -> Engine:
        """Return the engine, gates overridden: it is not they that are tried here."""
        target = self.database.deployer
        address = {"host": target.host, "port": target.port, "name": target.name, "user": target.user}
        values = {
            "database": address | {"sslmode": "disable"},
            "phase": phase,
            "delivery": delivery,
            "cohort": {"team": [{"user": ANN, "addedBy": "Ada"}]},
            "overrides": [{"gate": gate, "by": "Ada", "why": "no gate here", "until": "2999-12-31"} for gate in (1, 2)],
        }
        texts = {key: json.dumps(value) for key, value in values.items()}
        secrets = {"databasePassword": target.password or ""}
        return Engine(self.project, "dev", self.state, extra_config=texts, extra_secrets=secrets)

    def up(self, phase: int, delivery: dict[str, Any]) -> set[str]:
        """Bring it there, and return what was touched."""
        result = self.engine(phase, delivery).up()
        done(result)
        return changed(result)

    def refused(self, phase: int, delivery: dict[str, Any], code: str) -> Result:
        """Try to bring it there, and return what came of it."""
        result = self.engine(phase, delivery).up()
        assert not result.ok
        assert all(text.startswith(code) for text in result.errors), result.errors
        return result

    @property
    def env(self) -> dict[str, bool | str]:
        found = parse_env((self.project / "deploy/flags.env").read_text(encoding="utf-8"))
        assert found is not None
        return found

    @property
    def flagd(self) -> FlagdContent:
        found = parse_flagd((self.project / "deploy/flags.json").read_text(encoding="utf-8"))
        assert found is not None
        return found

    def says(self, phase: int) -> None:
        """Both files say what the phase does; what is on before phase 5 is on in flagd for the member alone."""
        wanted = rollout(phase).values
        assert self.env == wanted
        assert self.flagd.flags == wanted
        assert self.flagd.members == (ANN,)
        on = {name for name, enabled in wanted.items() if enabled}
        assert on - set(self.flagd.cohort_only) == MONITORING

    @contextmanager
    def kill_switch(self) -> Iterator[None]:
        with Walk(self.database).session() as session:
            engage_latch(session, "Ada", "smoke")
        yield
        with Walk(self.database).session() as session:
            lift_latch(session, "Ada", "no smoke")


EVERYWHERE: Final = {"envFile": "deploy/flags.env", "flagd": "deploy/flags.json"}


@pytest.fixture
def told(database18: Database, tmp_path: Path) -> Told:
    with database18.connect(user="admin") as admin:
        admin.execute("INSERT INTO auth.users (id) VALUES (%s)", [ANN])
    project = tmp_path / "project"
    project.mkdir()
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "__main__.py", "infra", "venv"):
        if (ROOT / name).exists():
            (project / name).symlink_to(ROOT / name)
    return Told(database18, project, tmp_path / "state")


def test_files_follow_the_phase_up_and_down(told: Told) -> None:
    """Made with the stack, changed with the phase, and nothing to do in between: each time those two, and the phase."""
    assert told.up(1, EVERYWHERE) >= BOTH
    told.says(1)
    assert told.up(2, EVERYWHERE) == BOTH | PHASE | {GRANT}
    told.says(2)
    assert done(told.engine(2, EVERYWHERE).preview()) == {Op.SAME}
    assert told.up(1, EVERYWHERE) == BOTH | PHASE | {GRANT}
    told.says(1)


@pytest.mark.full
def test_what_is_changed_by_hand_shows_and_is_repaired(told: Told) -> None:
    """One flag, a file that is gone, and one that flagd would read as another."""
    told.up(2, EVERYWHERE)
    env, flagd = told.project / "deploy/flags.env", told.project / "deploy/flags.json"
    before = env.read_text(), flagd.read_text()
    env.write_text(before[0].replace("CREATOR_AGENT_LAUNCH=false", "CREATOR_AGENT_LAUNCH=true"))
    flagd.write_text(before[1].replace('"defaultVariant": "off"', '"defaultVariant": "on"', 1))
    preview = told.engine(2, EVERYWHERE).preview()
    assert changed(preview) == BOTH
    paths = {line.path for event in preview.events for line in event.differences if "file" in event.urn}
    assert {path for path in paths if path.startswith("flags.")} == {
        "flags.CREATOR_AGENT_LAUNCH",
        "flags.ENABLE_CREATIVE_PIPELINE",
    }
    told.up(2, EVERYWHERE)
    assert (env.read_text(), flagd.read_text()) == before
    env.unlink()
    assert told.up(2, EVERYWHERE) == {"EnvFile::env file"}
    assert env.read_text() == before[0]


@pytest.mark.full
def test_under_the_kill_switch_nobody_is_told_on(told: Told) -> None:
    """An `up` of the old stack file is refused at the flags, before anything is told; phase 1 tells them off."""
    told.up(1, EVERYWHERE)
    with told.kill_switch():
        told.refused(2, EVERYWHERE, "FLAG005")
        told.says(1)
    told.up(2, EVERYWHERE)
    with told.kill_switch():
        assert told.up(1, EVERYWHERE) >= BOTH
        told.says(1)


@pytest.mark.full
def test_a_target_that_fails_leaves_the_others_and_the_database_alone(told: Told) -> None:
    """The flags go off in the database and in the other file; the next `up` repairs the one that failed."""
    told.up(2, EVERYWHERE)
    env = told.project / "deploy/flags.env"
    env.unlink()
    env.mkdir()
    assert told.engine(1, EVERYWHERE).preview().ok, "nobody applies what a preview refuses"
    told.refused(1, EVERYWHERE, "DLV001")
    assert not any(Walk(told.database).state().flags[name] for name in rollout(3).values if name not in MONITORING)
    assert not any(told.flagd.flags[name] for name in FlagName if name not in MONITORING)
    env.rmdir()
    assert told.up(1, EVERYWHERE) == {"EnvFile::env file"}
    told.says(1)


@pytest.mark.full
def test_a_file_moves_is_told_no_more_and_goes_with_the_stack(told: Told) -> None:
    """The old name goes once the new one is there; somebody else's file is never touched."""
    told.up(1, EVERYWHERE)
    moved = EVERYWHERE | {"envFile": "other.env"}
    (told.project / "other.env").write_text("THEIRS=1\n")
    assert told.engine(1, moved).preview().ok
    told.refused(1, moved, "DLV001")
    assert (told.project / "other.env").read_text() == "THEIRS=1\n"
    told.says(1)
    (told.project / "other.env").unlink()
    told.up(1, moved)
    assert [file.name for file in (told.project / "deploy").iterdir()] == ["flags.json"]
    told.up(1, {"envFile": "other.env"})
    assert list((told.project / "deploy").iterdir()) == []
    done(told.engine(1, {"envFile": "other.env"}).destroy())
    assert not (told.project / "other.env").exists()
