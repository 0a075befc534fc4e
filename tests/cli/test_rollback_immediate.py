"""The kill switch as a command: at once, whatever else goes on, again after a kill, and not undone by an old file."""

import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from infra.cli import rollback_immediate
from infra.cli.rollback_commands import rollback
from infra.cli.rollback_connection import Place, find_place, find_target, read_values
from infra.cli.rollback_immediate import Actor, turn_off
from infra.database import insisting
from infra.errors import RolloutError
from infra.models.flag import FlagName
from infra.pipeline.flags import FLAGS
from tests.cli import commands
from tests.cli.commands import Project
from tests.cli.places import STACK, make_place
from tests.clusters import Database
from tests.phases.rollouts import Stage, staged

PIPELINE = {flag.name.value for flag in FLAGS if flag.obeys_latch}
LATCHED = "SELECT latched, latched_by, latched_reason FROM pipeline_private.rollout_state"
LATCHES = "SELECT actor, reason FROM pipeline_private.rollout_ledger WHERE event = 'latch'"
MORE = """\
  creative-pipeline:flags: {CREATIVE_PIPELINE_ASSESSMENT: true, CREATIVE_PIPELINE_FULL: false}
"""


@pytest.fixture
def production(database18: Database) -> Iterator[Stage]:
    with staged(database18, 5, ready=set(FlagName)) as made:
        yield made


@pytest.fixture
def place(production: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PGPASSWORD", production.database.deployer.password or "")
    return make_place(tmp_path, production.database.deployer, 5, MORE)


def _on(production: Stage) -> set[str]:
    return {name for name, on in production.flags().items() if on} & PIPELINE


def _switch(**options: str) -> int:
    return rollback(immediate=True, stack=STACK, yes=True, **options)  # type: ignore[arg-type] # texts alone


def test_the_five_flags_go_off_and_the_stack_file_follows(
    production: Stage, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its comments stay, and so does what it turns off; what would be ahead of phase 1 goes."""
    assert _on(production) == PIPELINE
    before = place.file.read_text(encoding="utf-8")
    assert _switch(by="dba@example.org", why="errors at 30 %") == 0
    assert _on(production) == set()
    assert production.flags()["PIPELINE_MONITORING_ENABLED"]
    assert production.run(LATCHED) == [(True, "dba@example.org", "errors at 30 %")]
    after = place.file.read_text(encoding="utf-8")
    changed = [line for line in before.splitlines() if line not in after.splitlines()]
    assert changed == ["  creative-pipeline:phase: 5", MORE.rstrip("\n")]
    assert "  creative-pipeline:phase: 1" in after
    assert "# This comment stays." in after
    assert "CREATIVE_PIPELINE_ASSESSMENT" not in after
    assert "CREATIVE_PIPELINE_FULL: false" in after
    told = capsys.readouterr().out
    assert " ms with the connection, " in told
    assert "`rollout up --stack mine`" in told


def test_done_again_it_says_since_when_and_completes_the_rest(
    production: Stage, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """As after a kill between the statement and the file."""
    turn_off(find_target(place), Actor("first@example.org"), "errors")
    assert "phase: 5" in place.file.read_text(encoding="utf-8")
    capsys.readouterr()
    assert _switch(by="second@example.org") == 0
    assert "phase: 1" in place.file.read_text(encoding="utf-8")
    told = capsys.readouterr().out
    assert "the kill switch was set already, 20" in told
    assert " UTC by first@example.org (errors)" in told
    assert production.run(LATCHES) == [("first@example.org", "errors")]


class Killed(BaseException):
    """As a SIGKILL: nothing of ours runs any more."""


def _kill(*_arguments: object) -> Iterator[str]:
    raise Killed


@pytest.mark.parametrize("point", ["engage_latch", "require_state", "_lower_phase", "_deliver"])
def test_killed_at_any_point_it_is_completed_by_the_next_run(
    production: Stage, place: Place, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(rollback_immediate, point, _kill)
        with pytest.raises(Killed):
            _switch(by="first@example.org")
    assert (_on(production) == set()) is (point != "engage_latch")
    assert _switch(by="second@example.org") == 0
    assert _on(production) == set()
    assert "phase: 1" in place.file.read_text(encoding="utf-8")
    assert len(production.run(LATCHES)) == 1


@dataclass
class Writer:
    """An application's connection that writes a row after another, each in a transaction of its own."""

    production: Stage
    profile: uuid.UUID
    written: int = 0
    problems: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        with self.production.database.connect(user="admin") as connection:
            connection.execute("SET ROLE service_role")
            while not self.stop.is_set():
                try:
                    with connection.transaction():
                        connection.execute(
                            "INSERT INTO public.pipeline_sessions (creator_profile_id, stage)"
                            " VALUES (%s, 'skill-assessment')",
                            [self.profile],
                        )
                        connection.execute("UPDATE public.creator_profiles SET last_activity_at = clock_timestamp()")
                except psycopg.Error as error:
                    self.problems.append(str(error))
                else:
                    self.written += 1


@contextmanager
def _writing(production: Stage, number: int) -> Iterator[list[Writer]]:
    profile = production.sign_up(production.user("team"))
    writers = [Writer(production, profile) for _ in range(number)]
    threads = [threading.Thread(target=writer.run) for writer in writers]
    for thread in threads:
        thread.start()
    try:
        yield writers
    finally:
        for writer in writers:
            writer.stop.set()
        for thread in threads:
            thread.join()


def _until(done: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_two_writers_lose_no_transaction_and_no_row(production: Stage, place: Place) -> None:
    assert place.stack == STACK
    with _writing(production, 2) as writers:
        _until(lambda: all(writer.written > 5 for writer in writers))
        assert _switch() == 0
        written = [writer.written for writer in writers]
        _until(lambda: all(writer.written > before for writer, before in zip(writers, written, strict=True)))
    assert [writer.problems for writer in writers] == [[], []]
    assert production.run("SELECT count(*) FROM public.pipeline_sessions") == [
        (sum(writer.written for writer in writers),)
    ]
    assert _on(production) == set()


def test_it_waits_for_whoever_holds_the_state_and_gets_through(production: Stage, place: Place) -> None:
    """A lock timeout is no end: it is tried again, and nobody queues behind it for long."""
    with production.database.connect() as holder:
        holder.execute("BEGIN")
        holder.execute("SELECT FROM pipeline_private.rollout_state FOR UPDATE")
        released = threading.Timer(3 * insisting.LOCK_MILLISECONDS / 1000, lambda: holder.execute("COMMIT"))
        released.start()
        switched = turn_off(find_target(place), Actor("me"), "errors")
        released.join()
    assert switched.first
    assert switched.statement_milliseconds > insisting.LOCK_MILLISECONDS
    assert _on(production) == set()


def test_a_state_that_stays_locked_is_an_error_that_says_what_to_do(
    production: Stage, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insisting, "LOCK_MILLISECONDS", 1)
    monkeypatch.setattr(insisting, "PAUSE_SECONDS", 0)
    with production.database.connect() as holder, holder.transaction():
        holder.execute("SELECT FROM pipeline_private.rollout_state FOR UPDATE")
        with pytest.raises(RolloutError, match=r"DB004 kill switch: .* stayed locked .* Fix: end that transaction"):
            turn_off(find_target(place), Actor("me"), "errors")
    assert _on(production) == PIPELINE


BROKEN = [
    ("phase: 5", "phase: 9\n  creative-pipeline:phaze: 1", 0),
    ("phase: 5", "phase: [", 1),
    (MORE, "  creative-pipeline:flags: 3\n", 0),
    ("config:", "<<<<<<< mine\nconfig:\n=======\n>>>>>>> theirs", 1),
]


@pytest.mark.parametrize(("old", "new", "code"), BROKEN, ids=["values", "brackets", "flags", "merge"])
def test_a_broken_stack_file_is_no_obstacle(
    production: Stage, place: Place, old: str, new: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only the database's address is read; what cannot be mended in the file is said, and undoes nothing."""
    place.file.write_text(place.file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert _switch() == code
    assert _on(production) == set()
    told = capsys.readouterr()
    assert told.err.startswith("CFG002 Pulumi.mine.yaml") is bool(code)
    assert ("The pipeline is off, and stays so" in told.err) is bool(code)
    lines = told.err.splitlines()
    assert len(set(lines)) == len(lines), "each fault is told once"


def test_what_the_file_says_of_the_database_is_found_in_any_file() -> None:
    text = "x: [\nconfig:\n  p:database:\n    # why\n    host: h\n\n    port: 1\n  p:y: }\n"
    text += "  p:databasePassword:\n    secure: v1:a\n"
    assert read_values(text) == {"database": {"host": "h", "port": 1}, "databasePassword": {"secure": "v1:a"}}
    assert read_values("config: {'p:database': {embedded: true}}") == {"database": {"embedded": True}}
    assert read_values("config: [") == {}


def test_whoever_else_is_told_the_flags_is_told(
    production: Stage, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that cannot be told keeps no other from it, and leaves the switch set."""
    more = "  creative-pipeline:delivery: {envFile: flags.env, flagd: Pulumi.yaml/flags.json}\n"
    place.file.write_text(place.file.read_text(encoding="utf-8") + more, encoding="utf-8")
    assert _switch() == 1
    assert "ENABLE_CREATIVE_PIPELINE=false" in (place.folder / "flags.env").read_text(encoding="utf-8")
    told = capsys.readouterr()
    assert "told envFile flags.env" in told.out
    assert "DLV001" in told.err
    assert "phase: 1" in place.file.read_text(encoding="utf-8")
    assert _on(production) == set()


def test_lifting_it_needs_who_and_why_and_turns_nothing_on(
    production: Stage, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.stack == STACK
    _switch()
    for options in ({}, {"by": "me"}, {"why": "mended"}, {"by": " ", "why": "mended"}):
        with pytest.raises(RolloutError, match=r"CLI001 rollback --clear: .* must be said"):
            rollback(clear=True, stack=STACK, **options)  # type: ignore[arg-type] # texts alone
    assert rollback(clear=True, stack=STACK, by="me", why="mended") == 0
    assert production.run(LATCHED) == [(False, None, None)]
    assert _on(production) == set()
    assert production.run("SELECT actor, reason FROM pipeline_private.rollout_ledger WHERE event = 'unlatch'") == [
        ("me", "mended")
    ]
    assert rollback(clear=True, stack=STACK, by="me", why="mended") == 0
    assert capsys.readouterr().out.endswith("the kill switch was not set\n")


@pytest.mark.parametrize("options", [{}, {"immediate": True, "clear": True}, {"gradual": True, "to": 1}])
def test_one_way_to_go_back_is_named(options: dict[str, bool]) -> None:
    with pytest.raises(RolloutError, match=r"CLI001 rollback: one way to go back is needed\. Allowed: --immediate"):
        rollback(**options)  # type: ignore[arg-type] # as above


def test_where_nothing_is_rolled_out(database18: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PGPASSWORD", database18.deployer.password or "")
    place = make_place(tmp_path, database18.deployer)
    before = place.file.read_bytes()
    with pytest.raises(RolloutError, match=r"DB008 kill switch: nothing is rolled out in database"):
        _switch()
    assert place.file.read_bytes() == before


def test_the_way_to_the_statement_imports_no_engine() -> None:
    """Whatever is imported before the statement is time in which the pipeline is on."""
    program = (
        "import sys, infra.cli.app, infra.cli.rollback_commands, infra.cli.rollback_connection,"
        " infra.cli.rollback_immediate;"
        "print([name for name in ('pulumi', 'grpc', 'boto3', 'pglast', 'infra.provider', 'infra.embedded.engine')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


GATES = [{"gate": n, "by": "ops", "why": "a rehearsal", "until": "2999-01-01"} for n in range(1, 5)]
UNTIL_ITS_GATE = "SELECT EXISTS (SELECT FROM pipeline_private.rollout_ledger WHERE event = 'gate' AND to_value = '5')"
ANY_ON = "SELECT bool_or(enabled) FROM pipeline_private.feature_flags WHERE obeys_latch"


def _admin(project: Project) -> str:
    return project.rollout("db", "url", "--admin", open_secret=True).out.strip()


@contextmanager
def _running_up(project: Project) -> Iterator[subprocess.Popen[str]]:
    command = [*commands.COMMAND, "up", "--yes"]
    with subprocess.Popen(
        command,
        cwd=project.folder,
        env=project._environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as running:
        yield running


def test_neither_an_up_that_runs_nor_a_second_one_of_the_old_file_turns_anything_on(deployed: Project) -> None:
    """From the statement on the five flags read false, though `up` was on its way to turn them on."""
    deployed.configure(phase=5, overrides=GATES, ready={"launch": True, "full": True})
    old = (deployed.folder / "Pulumi.dev.yaml").read_bytes()
    with psycopg.connect(_admin(deployed), autocommit=True) as connection:

        def ask(question: str) -> bool:
            row = connection.execute(question.encode()).fetchone()
            return bool(row and row[0])

        with _running_up(deployed) as running:
            _until(lambda: ask(UNTIL_ITS_GATE), 120)
            switched = deployed.rollout("rollback", "--immediate", "--yes", "--why", "errors")
            assert switched.code == 0, switched.said
            seen = [ask(ANY_ON)]
            while running.poll() is None:
                seen.append(ask(ANY_ON))
                time.sleep(0.01)
            said = running.communicate()[0]
        assert running.returncode == 0 or "FLAG005" in said, said
        (deployed.folder / "Pulumi.dev.yaml").write_bytes(old)
        again = deployed.rollout("up", "--yes")
        assert (again.code, "FLAG005" in again.err) == (1, True), again.said
        assert not any([*seen, ask(ANY_ON)])
    assert deployed.rollout("rollback", "--immediate", "--yes").code == 0
    # That phase 1 is entered while the switch is set: tests/program/test_delivery.py.


def test_nobody_there_to_ask(project: Project) -> None:
    refused = project.rollout("rollback", "--immediate")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("CLI004 rollback --immediate: it asks before it changes anything")


def test_a_stack_that_is_not_there(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.folder)
    with pytest.raises(RolloutError, match=r"CLI002 stack prd: .* Allowed: dev, prod, staging"):
        find_place("prd")
    with pytest.raises(RolloutError, match="EMB002"):
        find_target(find_place("dev"))


def test_an_encrypted_password_is_asked_of_pulumi_or_of_the_environment(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.configure("mine", database={"host": "h", "name": "n", "user": "u"}, databasePassword={"secure": "v1:abc"})
    monkeypatch.chdir(project.folder)
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    with pytest.raises(RolloutError, match=r"CLI003 databasePassword: .* Fix: give it in PGPASSWORD"):
        find_target(find_place("mine"))
    program = project.folder / "pulumi"
    program.write_text(
        "#!/bin/sh\n[ \"$*\" = 'config get databasePassword --stack mine --non-interactive' ] && echo s3\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{project.folder}:/usr/bin:/bin")
    assert find_target(find_place("mine")).password == "s3"
    monkeypatch.setenv("PGPASSWORD", "s4")
    assert find_target(find_place("mine")).password == "s4"
