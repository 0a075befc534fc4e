"""Going through the waves: so many stacks at once, none more once too many of a wave have failed."""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field

from infra.fleet.journal import Journal, Standing
from infra.fleet.work import UP, Order, Result
from infra.models.fleet import Fleet, Wave

Work = Callable[[Order], Result]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Course:
    """How a run is carried out: by whom, with which engine, and whether a stopped wave ends it."""

    pool: Executor
    work: Work
    tell: Tell
    folder: str
    engine: str = "auto"
    keep_going: bool = False
    sleep: Callable[[float], None] = time.sleep
    run: str = field(default_factory=lambda: uuid.uuid4().hex)
    """Tells this run from every other."""


def run_fleet(fleet: Fleet, journal: Journal, course: Course) -> bool:
    """Deploy wave after wave; return whether every stack is done.

    A stack that fails, in its deploy or at the gate, stops its wave once the limit is passed: what has begun is
    finished, nothing more of the wave is begun, and no later wave either, unless the course keeps going. What was
    done stays done, and what is pending waits for a run that is resumed.
    """
    for wave in fleet.plan:
        if not _WaveRun(fleet, wave, journal, course).run():
            course.tell(f"{wave.name}: stopped")
            if not course.keep_going:
                break
    return len(journal.of(Standing.DONE)) == len(journal.records)


class _WaveRun:
    """One wave: its deploys, then its gate."""

    def __init__(self, fleet: Fleet, wave: Wave, journal: Journal, course: Course) -> None:
        self._fleet, self._wave, self._journal, self._course = fleet, wave, journal, course
        self._failures = 0

    def run(self) -> bool:
        """Deploy what is not done yet and look at the gate; return whether the next wave may begin."""
        records, stacks = self._journal.records, self._wave.stacks
        waiting = [name for name in stacks if records[name].standing is not Standing.DONE]
        if not waiting:
            return True
        self._tell(f"{len(waiting)} of {len(stacks)} stacks")
        taken = {result.stack: result.seconds for result in self._deploy(waiting)}
        if taken:
            self._pause()
            self._look(taken)
        return not self._is_stopped()

    def _deploy(self, stacks: list[str]) -> Iterator[Result]:
        """Yield each deploy that went well; nothing more is begun once too many have failed."""
        for result in self._each(stacks, (UP,), self._is_stopped):
            if self._is_fine(result):
                self._tell(f"{result.stack} deployed in {result.seconds:.0f} s")
                yield result

    def _pause(self) -> None:
        if self._fleet.pause:
            seconds = self._fleet.pause.total_seconds()
            self._tell(f"waiting {seconds:.0f} s before the gate")
            self._course.sleep(seconds)

    def _look(self, taken: dict[str, float]) -> None:
        """Let every stack that was deployed pass the gate, whatever has failed beside it."""
        for result in self._each(list(taken), self._fleet.looks, lambda: False):
            if self._is_fine(result):
                self._journal.note(result.stack, Standing.DONE, seconds=taken[result.stack] + result.seconds)

    def _each(
        self, stacks: Sequence[str], commands: tuple[tuple[str, ...], ...], is_enough: Callable[[], bool]
    ) -> Iterator[Result]:
        """Yield what comes of each stack as it ends; nothing more is begun once it is enough, what runs is finished."""
        left, running = list(stacks), set[Future[Result]]()
        timeout = self._fleet.timeout.total_seconds() if self._fleet.timeout else None
        while running or (left and not is_enough()):
            while left and len(running) < self._fleet.concurrency and not is_enough():
                stack = left.pop(0)
                self._journal.note(stack, Standing.RUNNING)
                course = self._course
                order = Order(course.folder, stack, commands, course.engine, timeout, course.run)
                running.add(self._course.pool.submit(self._course.work, order))
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()

    def _is_fine(self, result: Result) -> bool:
        """Whether it went well; what did not is kept with why, and counted."""
        if result.code:
            self._failures += 1
            self._journal.note(result.stack, Standing.FAILED, seconds=result.seconds, why=result.why)
            self._tell(f"{result.stack} failed: {result.why}")
        return not result.code

    def _is_stopped(self) -> bool:
        return self._failures > self._fleet.max_failures

    def _tell(self, text: str) -> None:
        self._course.tell(f"{self._wave.name}: {text}")
