"""Changes a stack by editing its file and running `up`: what is refused or declined leaves the file as it was."""

import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.cli import flow
from infra.cli.asking import ask
from infra.cli.failures import INTERRUPTED
from infra.cli.options import open_runner
from infra.cli.output import Output
from infra.cli.report import Action, Report
from infra.cli.runner import Runner
from infra.cli.stacks import Stack
from infra.config.editing import StackFile
from infra.database.insisting import nothing_rolled_out
from infra.database.rollout import State, read_state
from infra.database.session import open_session
from infra.database.target import Target
from infra.errors import RolloutError, RolloutErrors
from infra.files import replace_file

#: What refuses an `up` before it changes anything.
_REFUSALS: Final = re.compile(r"\b(GATE|FLAG)\d{3}\b")
APPLICATION: Final = "rollout"
_EDITED: Final = ("phase", "flags", "ready")


@dataclass(frozen=True)
class Change:
    """A change of one stack: how its file is edited, and what is asked before it is applied."""

    stack: str
    engine: str
    edit: Callable[[StackFile], None]
    question: str
    yes: bool
    #: Done once the answer is a yes, before anything is applied.
    prepare: Callable[[Target], None] = lambda _target: None


def carry_out(change: Change, path: Path, output: Output) -> int:
    """Edit the file, show the plan, ask, apply; return the exit code.

    The file is put back byte for byte unless the change was begun; a change that a gate refuses was not.
    """
    with edited(path, change.edit, output) as edit:
        stack, runner = open_runner(change.stack, change.engine, output)
        plan = _agreed(runner, change, output)
        if isinstance(plan, int):
            return plan
        target = runner.target()
        before = standing(target)
        edit.require_ours()
        change.prepare(target)
        report = _applied(runner, plan, edit)
        code = flow.finish(runner, report, output, stack=stack)
        if code and _was_refused(report) and standing(target) == before:
            edit.put_back()
        elif code:
            _say_what_now(code, stack, output)
        return code if edit.is_ours or code else _say_it_was_overtaken(path, output)


def standing(target: Target) -> State:
    """Return where the database stands.

    Raises:
        RolloutError: DB008 where nothing is rolled out.
    """
    with open_session(target, application_name=APPLICATION) as session:
        state = read_state(session)
        if state is None:
            raise nothing_rolled_out(session, "rollout")
        return state


class Edit:
    """An edited stack file, and the way back."""

    def __init__(self, path: Path, change: Callable[[StackFile], None], output: Output) -> None:
        self._path = path
        self._before = path.read_bytes()
        file = StackFile(path)
        change(file)
        self.changed = file.save()
        self._after = path.read_bytes()
        self._said, self._former = _said(file), _said(StackFile(path, content=self._before))
        self._output = output
        self.kept = False

    @property
    def is_ours(self) -> bool:
        """Whether the file is as it was edited: what `up` reads is then what was agreed to."""
        return _said(StackFile(self._path)) == self._said

    def require_ours(self) -> None:
        """Refuse to apply what somebody else has written since.

        Raises:
            RolloutError: CFG006.
        """
        if not self.is_ours:
            problem = "somebody else has changed it meanwhile, so that the plan is none of it any more"
            raise RolloutError("CFG006", self._path.name, problem, fix="look at it, and run this again")

    def keep(self, *, kept: bool = True) -> None:
        """From here on the file stays as it was edited."""
        self.kept = kept

    def _take_back(self) -> bool:
        """Take the edit alone back: Pulumi's CLI may have written its salt, and its own quotes, into the file."""
        try:
            file = StackFile(self._path)
            if _said(file) != self._said:
                return False
            for key, value in self._former.items():
                file.remove(key) if value is None else file.set(key, value)
            return file.save()
        except RolloutError:
            return False

    def put_back(self) -> None:
        """Put the file back as it was, unless somebody else has changed it since."""
        if not self.changed:
            return
        if self._path.read_bytes() == self._after:
            path = self._path.resolve()
            replace_file(path, self._before, mode=stat.S_IMODE(path.stat().st_mode))
        elif not self._take_back():
            self._output.error(f"{self._path.name} was changed by somebody else meanwhile and is left as it is")
            return
        self._output.note(f"{self._path.name} is as it was before")


@contextmanager
def edited(path: Path, change: Callable[[StackFile], None], output: Output) -> Iterator[Edit]:
    """Edit the file for what is done inside; whatever ends that before `keep` puts it back."""
    edit = Edit(path, change, output)
    try:
        yield edit
    finally:
        if not edit.kept:
            edit.put_back()


def _agreed(runner: Runner, change: Change, output: Output) -> Report | int:
    """Return the plan once it may be applied, or the exit code."""
    plan = runner.plan(Action.UP)
    runner.show_plan(plan)
    code = flow.code_of(plan, expect_no_changes=False)
    if code:
        return code
    if plan.changes and not change.yes and not ask(change.question):
        output.note("nothing was changed")
        return flow.FAILED
    return plan


def _said(file: StackFile) -> dict[str, Any]:
    """Return what a file says of what is edited here, however it is written."""
    return {key: file.get(key) for key in _EDITED}


def _applied(runner: Runner, plan: Report, edit: Edit) -> Report:
    """Apply the plan; a run that cannot begin, as while another one works on the stack, puts the file back."""
    edit.keep()
    try:
        return runner.apply(Action.UP, plan)
    except (RolloutError, RolloutErrors):
        edit.keep(kept=False)
        raise


def _say_it_was_overtaken(path: Path, output: Output) -> int:
    output.error(
        f"{path.name} was changed by somebody else while it was applied: `rollout status` shows where the database"
        " stands, `rollout preview` what is left to do."
    )
    return flow.FAILED


def _was_refused(report: Report) -> bool:
    return any(_REFUSALS.search(text) for text in report.told)


def _say_what_now(code: int, stack: Stack, output: Output) -> None:
    name = "" if stack.name == "dev" else f" --stack {stack.name}"
    word = "was stopped" if code == INTERRUPTED else "failed"
    output.error(
        f"The change {word} half-way; Pulumi.{stack.name}.yaml stays as it was edited, so that it can be finished:"
        f" `rollout up{name}` goes on, `rollout rollback --to N{name}` goes back."
    )
