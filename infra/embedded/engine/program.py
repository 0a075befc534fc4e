"""Runs the project's `__main__.py` against the engine, in this process, as Pulumi's language host does."""

import asyncio
import contextlib
import contextvars
import os
import runpy
import sys
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Final

import pulumi
from pulumi.runtime import resource as registration
from pulumi.runtime import settings
from pulumi.runtime.config import set_all_config
from pulumi.runtime.proto import source_pb2
from pulumi.runtime.stack import run_in_stack

from infra.embedded.engine.monitor import ProgramEngine, ProgramMonitor
from infra.embedded.engine.run import Run
from infra.errors import RolloutError, RolloutErrors

#: Registrations wait in these threads for their providers, which do one thing after the other: more would only take
#: turns with the program.
THREADS: Final = 8


def run_program(run: Run) -> None:
    """Run the program once. What it registers is done by the time this returns.

    Raises:
        RolloutError: ENG001 with file and line for an exception of the program's, or its own RolloutError.
        RolloutErrors: The program's own.
    """
    contextvars.copy_context().run(_run_configured, run)


def _run_configured(run: Run) -> None:
    project = run.project
    settings.ROOT.set(None)
    settings.configure(
        settings.Settings(
            project=project.name,
            stack=project.stack,
            monitor=ProgramMonitor(run),
            engine=ProgramEngine(run.events),
            parallel=THREADS,
            dry_run=run.preview,
            organization="organization",
            root_directory=str(project.folder),
        )
    )
    set_all_config(project.config.values, sorted(project.config.secret_keys))
    with _as_program(project.folder), _without_what_is_not_shown():
        try:
            _run_loop(project.program)
        except (RolloutError, RolloutErrors):
            raise
        except pulumi.RunError as error:
            raise RolloutError("ENG001", project.program.name, " ".join(str(error).split())) from None
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the program raises is told as one line
            raise _told(error, project.folder) from None


def _run_loop(program: Path) -> None:
    loop = asyncio.new_event_loop()
    loop.set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="registration"))
    # What a failed program leaves unawaited is told already.
    loop.set_exception_handler(lambda _loop, _context: None)
    try:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(run_in_stack(lambda: _execute(program)))
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                loop.run_until_complete(task)
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()


def _execute(program: Path) -> None:
    runpy.run_path(str(program), run_name="__main__")


@contextlib.contextmanager
def _without_what_is_not_shown() -> Iterator[None]:
    """Have the SDK leave out where in the source each resource stands, and its lines for debugging: a tenth each."""
    before = registration._get_stack_trace, pulumi.log.debug  # noqa: SLF001 - the SDK has no switch for it
    registration._get_stack_trace = source_pb2.StackTrace  # noqa: SLF001
    pulumi.log.debug = lambda *_given, **_named: None
    try:
        yield
    finally:
        registration._get_stack_trace, pulumi.log.debug = before  # noqa: SLF001


@contextlib.contextmanager
def _as_program(folder: Path) -> Iterator[None]:
    """Have the program find its own modules and files as it does under Pulumi's CLI."""
    before, arguments, path = Path.cwd(), sys.argv, list(sys.path)
    os.chdir(folder)
    sys.argv = [str(folder)]
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        os.chdir(before)
        sys.argv, sys.path[:] = arguments, path


def _told(error: BaseException, folder: Path) -> RolloutError:
    """Return ENG001 with the program's last line that led to the error."""
    where = _last_line(error.__traceback__, folder)
    if isinstance(error, SyntaxError) and error.filename:
        where = f"{Path(error.filename).name}:{error.lineno}"
    said = str(error) or type(error).__name__
    if not isinstance(error, SystemExit):
        said = f"{type(error).__name__}: {said}"
    return RolloutError("ENG001", where, f"the program failed: {said}", fix="correct the program there")


def _last_line(trace: TracebackType | None, folder: Path) -> str:
    frames = traceback.extract_tb(trace)
    own = [
        frame
        for frame in frames
        if Path(frame.filename).is_relative_to(folder) and "site-packages" not in frame.filename
    ]
    if not frames:
        return "__main__.py"
    frame = (own or list(frames))[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"
