"""Going up a phase: nothing is changed before backup, gate, plan and answer, and what is refused leaves the file."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infra.cli import advance_course, advance_edit, flow
from infra.cli.advance_edit import Change, carry_out
from infra.cli.failures import INTERRUPTED
from infra.cli.output import Output
from infra.cli.report import Action, Message, Report, Step
from infra.cli.stacks import Stack
from infra.config.editing import StackFile
from infra.database.rollout import State
from infra.database.target import Target
from infra.embedded.engine.events import Op
from infra.errors import RolloutError
from tests.cli.commands import Project
from tests.cli.places import make_place

TARGET = Target(host="h", port=1, name="n", user="u")
URN = "urn:pulumi:mine::creative-pipeline::rollout:flags:Rollout::rollout"
GATE = Message("error", "GATE001 gate 1 api-latency: it is failed. Fix: wait.")
WORDS = {"by": "ops@example.org", "why": "a rehearsal", "until": "2999-01-01"}
LEDGER = "SELECT event || ' ' || subject || ' ' || from_value || '>' || to_value FROM pipeline_private.rollout_ledger"


@dataclass
class Engine:
    """An engine whose plan and end are given."""

    planned: Report
    applied: Report
    log: list[str] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def plan(self, _action: Action) -> Report:
        self.log.append("plan")
        return self.planned

    def show_plan(self, _report: Report) -> None:
        self.log.append("show")

    def apply(self, _action: Action, _planned: Report | None) -> Report:
        self.log.append("apply")
        self.meanwhile()
        return self.applied

    def target(self) -> Target:
        return TARGET


def _report(*, preview: bool, ok: bool = True, problems: tuple[Message, ...] = (), cancelled: bool = False) -> Report:
    steps = (Step(URN, Op.UPDATE),)
    return Report(Action.UP, "mine", "embedded", preview, steps, problems, ok=ok, cancelled=cancelled)


PLAN, DONE = _report(preview=True), _report(preview=False)


@dataclass
class Bench:
    """A stack file, an engine of ours and what the database says of its phase."""

    path: Path
    patch: pytest.MonkeyPatch
    phases: list[int] = field(default_factory=lambda: [1])
    log: list[str] = field(default_factory=list)

    def run(self, planned: Report, applied: Report, *, yes: bool = True, **options: Any) -> int:
        engine = Engine(planned, applied, self.log, **options)
        stack = Stack(self.path.parent, "creative-pipeline", "mine", {})
        self.patch.setattr(advance_edit, "open_runner", lambda *_: (stack, engine))
        self.patch.setattr(advance_edit, "standing", lambda _: self.phases[len(self.phases) - 1])
        change = Change(
            "mine", "auto", lambda file: file.set_phase(2), "Advance?", yes, lambda _: self.log.append("prepare")
        )
        return carry_out(change, self.path, Output(as_json=False))

    @property
    def phase(self) -> int | None:
        return StackFile(self.path).phase


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    place = make_place(tmp_path, TARGET, 1)
    # What an editor of YAML would lose.
    odd = place.file.read_text(encoding="utf-8").replace("phase: 1", "phase:   1   # for now")
    place.file.write_text(odd + "\n\n# the end", encoding="utf-8")
    place.file.chmod(0o640)
    return Bench(place.file, monkeypatch)


def test_a_change_that_is_done_keeps_the_file(bench: Bench) -> None:
    assert bench.run(PLAN, DONE) == flow.OK
    assert bench.log == ["plan", "show", "prepare", "apply"]
    assert bench.phase == 2


@pytest.mark.parametrize(
    ("planned", "code"),
    [(_report(preview=True, ok=False, problems=(GATE,)), 1), (_report(preview=True, cancelled=True), INTERRUPTED)],
    ids=["refused", "interrupted"],
)
def test_a_plan_that_is_not_sound_puts_the_file_back(bench: Bench, planned: Report, code: int) -> None:
    before = bench.path.read_bytes()
    assert bench.run(planned, DONE) == code
    assert bench.log == ["plan", "show"]
    assert (bench.path.read_bytes(), bench.path.stat().st_mode & 0o777) == (before, 0o640)


@pytest.mark.parametrize("answer", ["n", "", "maybe"])
def test_a_no_puts_the_file_back(bench: Bench, answer: str) -> None:
    before = bench.path.read_bytes()
    bench.patch.setattr("builtins.input", lambda _question: answer)
    assert bench.run(PLAN, DONE, yes=False) == flow.FAILED
    assert bench.log == ["plan", "show"]
    assert bench.path.read_bytes() == before


@pytest.mark.parametrize("error", [RolloutError("DB001", "x", "gone"), KeyboardInterrupt()])
def test_whatever_ends_it_before_it_begins_puts_the_file_back(bench: Bench, error: BaseException) -> None:
    before = bench.path.read_bytes()

    def fail(*_arguments: object, **_options: object) -> None:
        raise error

    bench.patch.setattr(flow, "code_of", fail)
    with pytest.raises(type(error)):
        bench.run(PLAN, DONE)
    assert bench.path.read_bytes() == before


def test_a_gate_that_refuses_the_change_puts_the_file_back(bench: Bench) -> None:
    """The figures may be others than a moment before; nothing was changed in the database."""
    before = bench.path.read_bytes()
    assert bench.run(PLAN, _report(preview=False, ok=False, problems=(GATE,))) == flow.FAILED
    assert bench.path.read_bytes() == before


def test_a_change_that_fails_half_way_keeps_the_file_and_says_what_to_do(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = Message("error", "DB001 rollout: the connection was lost. Fix: again.")
    assert bench.run(PLAN, _report(preview=False, ok=False, problems=(lost,))) == flow.FAILED
    assert bench.phase == 2
    told = capsys.readouterr().err
    assert "failed half-way; Pulumi.mine.yaml stays as it was edited" in told
    assert "`rollout up --stack mine` goes on, `rollout rollback --to N --stack mine` goes back" in told


def test_a_refusal_after_the_phase_has_changed_is_half_way(bench: Bench) -> None:
    def change() -> None:
        bench.phases.append(2)

    assert bench.run(PLAN, _report(preview=False, ok=False, problems=(GATE,)), meanwhile=change) == flow.FAILED
    assert bench.phase == 2


def test_what_somebody_else_writes_after_the_plan_is_not_applied(bench: Bench) -> None:
    """A rollback that edits the file while an advance asks is not undone by the advance, nor run under its name."""

    def answer(_question: str) -> str:
        bench.path.write_text("config:\n  creative-pipeline:phase: 1\n", encoding="utf-8")
        return "y"

    bench.patch.setattr("builtins.input", answer)
    with pytest.raises(RolloutError, match=r"CFG006 Pulumi\.mine\.yaml: somebody else has changed it meanwhile"):
        bench.run(PLAN, DONE, yes=False)
    assert bench.log == ["plan", "show"]
    assert bench.phase == 1


def test_what_somebody_else_writes_while_it_is_applied_is_no_success(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    def write() -> None:
        bench.path.write_text("config:\n  creative-pipeline:phase: 1\n", encoding="utf-8")

    assert bench.run(PLAN, DONE, meanwhile=write) == flow.FAILED
    assert bench.phase == 1
    assert "was changed by somebody else while it was applied" in capsys.readouterr().err


def test_what_pulumis_cli_writes_itself_is_nobody_else_s(bench: Bench) -> None:
    """It adds its salt, and quotes, to a file: the change goes on, or is taken back without them."""
    written = "config:\n  creative-pipeline:phase: '2'\nencryptionsalt: v1:abc\n"

    def answer(_question: str) -> str:
        bench.path.write_text(written, encoding="utf-8")
        return "y"

    bench.patch.setattr("builtins.input", answer)
    assert bench.run(PLAN, DONE, yes=False) == flow.OK
    assert bench.path.read_text(encoding="utf-8") == written
    bench.path.write_text("config:\n  creative-pipeline:phase: 1\n", encoding="utf-8")
    bench.patch.setattr("builtins.input", lambda question: answer(question) + "no")
    assert bench.run(PLAN, DONE, yes=False) == flow.FAILED
    assert bench.path.read_text(encoding="utf-8") == written.replace("'2'", "1")


def test_a_run_that_cannot_begin_puts_the_file_back(bench: Bench) -> None:
    """Such as while another one works on the stack."""

    def refuse() -> None:
        raise RolloutError("ENG002", "lock", "another run works on this state", fix="wait for that run to end")

    before = bench.path.read_bytes()
    with pytest.raises(RolloutError, match="ENG002"):
        bench.run(PLAN, DONE, meanwhile=refuse)
    assert bench.path.read_bytes() == before


def test_what_somebody_else_has_written_meanwhile_stays(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(_question: str) -> str:
        bench.path.write_text("theirs", encoding="utf-8")
        return "n"

    bench.patch.setattr("builtins.input", answer)
    assert bench.run(PLAN, DONE, yes=False) == flow.FAILED
    assert bench.path.read_text(encoding="utf-8") == "theirs"
    assert "changed by somebody else" in capsys.readouterr().err


def test_who_begins_to_go_back_while_an_advance_measures_is_not_overruled(bench: Bench) -> None:
    """The rollback's edit comes between the advance's check and its own edit."""
    now = datetime.now(UTC)
    standing = State(
        phase=2,
        audience="cohort",
        beta_cap=10,
        latched=False,
        latched_at=None,
        latched_by=None,
        latched_reason=None,
        changed_at=now,
        changed_by="ada",
        stored={},
    )

    def go_back(*_arguments: object) -> None:
        bench.path.write_text("config:\n  creative-pipeline:phase: 1\n", encoding="utf-8")

    bench.path.write_text("config:\n  creative-pipeline:phase: 2\n", encoding="utf-8")
    stack = Stack(bench.path.parent, "creative-pipeline", "mine", {})
    for module in (advance_course, advance_edit):
        bench.patch.setattr(module, "open_runner", lambda *_: (stack, Engine(PLAN, DONE, bench.log)))
        bench.patch.setattr(module, "standing", lambda _: standing)
    bench.patch.setattr(advance_course, "require_gates", go_back)
    wish = advance_course.Advance("mine", yes=True, backup=False, why="a test")
    with pytest.raises(RolloutError, match="CLI001 advance: the stack file is at phase 1, and the database at phase 2"):
        advance_course.advance_stack(wish, Output(as_json=False))
    assert (bench.log, bench.phase) == ([], 1)


def _file(project: Project) -> bytes:
    return (project.folder / "Pulumi.dev.yaml").read_bytes()


def _override(project: Project, *gates: int) -> None:
    project.configure(overrides=[{"gate": gate, **WORDS} for gate in gates])


def test_nothing_that_is_not_there_goes_up(served: Project) -> None:
    assert "DB008 rollout: nothing is rolled out" in served.rollout("advance", "--yes").err


def test_the_way_up_and_down_by_command(deployed: Project) -> None:
    """From a gate that stays shut to phase 5 and back to 1: what stands in the file, the ledger and the database."""
    deployed.configure(attestations=[])
    _refused_at_the_gate(deployed)
    _declined_on_a_terminal(deployed)
    _advanced_with_a_backup(deployed)
    _not_past_what_was_skipped(deployed)
    _advanced_to_the_last(deployed)
    _lowered(deployed)


def _refused_at_the_gate(project: Project) -> None:
    before = _file(project)
    refused = project.rollout("advance", "--yes")
    assert refused.code == 1
    assert "backup taken, restored and compared: " in refused.out
    assert "passed        backup-restored" in refused.out
    assert "GATE001 gate 1 api-latency: " in refused.err
    assert _file(project) == before
    assert project.rollout("advance").err.startswith("CLI004 advance: ")
    assert project.rollout("advance", "--yes", "--no-backup").err.startswith("CLI001 advance --no-backup: ")


def _declined_on_a_terminal(project: Project) -> None:
    _override(project, 1)
    before = _file(project)
    # A backup more would show nothing here.
    unsaved = ("--no-backup", "--why", "a rehearsal")
    declined = project.on_terminal("advance", *unsaved, answers=[("Advance from phase 1 to phase 2? [y/N]", "n\r")])
    assert declined.code == 1
    assert "phase: 1 → 2" in declined.out
    assert _file(project) == before
    assert project.psql(f"{LEDGER} WHERE event = 'phase' AND to_value = '2'") == ""


def _advanced_with_a_backup(project: Project) -> None:
    advanced = project.rollout("advance", "--yes")
    assert advanced.code == 0, advanced.said
    assert "gate 1: inconclusive, overridden by ops@example.org" in advanced.out
    assert "phase     2" in advanced.out
    assert b"creative-pipeline:phase: 2" in _file(project)
    recorded = project.psql(f"{LEDGER} WHERE event <> 'flag' ORDER BY recorded_at").splitlines()
    assert recorded[-3:] == ["override gate 1 1>2", "gate overridden 1>2", "phase phase 1>2"]
    assert any(line.startswith("backup ") for line in recorded)


def _not_past_what_was_skipped(project: Project) -> None:
    before = _file(project)
    refused = project.rollout("advance", "--to", "5", "--yes", "--no-backup", "--why", "a rehearsal")
    assert refused.code == 1
    assert "GATE001 gate 2 " in refused.err
    assert "GATE002 phases 3, 4 were not passed" in refused.err
    assert _file(project) == before
    assert project.rollout("advance", "--to", "2", "--yes").err.startswith("CLI001 --to: phase 2 is no later one")


def _advanced_to_the_last(project: Project) -> None:
    """Where a killed advance has left the file at the new phase, the same command finishes it and goes no further."""
    _override(project, 2, 3, 4)
    project.configure(phase=5)
    assert project.rollout("advance", "--yes", "--no-backup", "--why", "x").err.startswith(
        "CLI001 advance: the stack file is at phase 5, and the database at phase 2"
    )
    advanced = project.rollout("advance", "--to", "5", "--yes", "--no-backup", "--why", "a rehearsal")
    assert advanced.code == 0, advanced.said
    assert "override backup 2>5" in project.psql(LEDGER)
    last = project.rollout("advance", "--yes")
    assert (last.code, last.out.startswith("the stack is at phase 5 already")) == (0, True)


def _lowered(project: Project) -> None:
    assert project.rollout("rollback", "--to", "5", "--yes").err.startswith("CLI001 --to: phase 5 is no earlier one")
    assert project.rollout("rollback", "--to", "1", "--yes").code == 0
    assert b"creative-pipeline:phase: 1" in _file(project)
    assert "rollback phase 5>1" in project.psql(LEDGER)


def test_while_the_kill_switch_is_set_nothing_goes_up(deployed: Project) -> None:
    _override(deployed, 1)
    assert deployed.rollout("rollback", "--immediate", "--yes", "--why", "errors").code == 0
    before = _file(deployed)
    refused = deployed.rollout("advance", "--yes")
    assert refused.err.startswith("FLAG005 advance: the kill switch is set (by ")
    assert "errors" in refused.err
    assert _file(deployed) == before
    assert not (deployed.home / "backups").exists(), "no backup is taken for what is refused"
