"""Who carries the work of a fleet out: threads of this process, or Dask, on this machine or on a cluster of its own."""

import importlib
import logging
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, Final

from infra.errors import RolloutError


class Engine(StrEnum):
    """What runs the stacks of a wave beside one another."""

    THREADS = "threads"
    DASK = "dask"


#: How long a scheduler has to answer.
SCHEDULER_SECONDS: Final = 10
#: This machine alone, on any port that is free.
_NOBODY: Final = "127.0.0.1:0"


@contextmanager
def open_pool(engine: Engine, concurrency: int, scheduler: str = "") -> Iterator[Executor]:
    """Yield what orders are handed to; every worker must have the project in the same folder.

    Args:
        engine: which one.
        concurrency: how many orders are carried out at once on this machine.
        scheduler: the address of a Dask scheduler; without one Dask works on this machine.

    Raises:
        RolloutError: FLEET003 where Dask is not installed, or its scheduler does not answer.
    """
    if engine is Engine.THREADS:
        with ThreadPoolExecutor(concurrency, thread_name_prefix="fleet") as pool:
            yield pool
        return
    with _client(concurrency, scheduler) as client:
        # Each order is carried out anew, though it may look like an earlier one.
        yield client.get_executor(pure=False)


def _client(concurrency: int, scheduler: str) -> Any:
    try:
        distributed = importlib.import_module("distributed")
    except ImportError:
        fix = "install it: pip install 'creative-pipeline-rollout[fleet]', or leave --by out"
        raise RolloutError("FLEET003", "--by dask", "Dask is not installed", fix=fix) from None
    try:
        if scheduler:
            return distributed.Client(scheduler, timeout=SCHEDULER_SECONDS)
        return distributed.Client(
            processes=False,
            n_workers=1,
            threads_per_worker=concurrency,
            # Its pages are not ours to show: left alone they are open to the network, on a port that another may have.
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": _NOBODY},
            worker_dashboard_address=_NOBODY,
            silence_logs=logging.CRITICAL,
        )
    except (OSError, ValueError) as error:
        problem = f"its scheduler does not answer ({type(error).__name__})"
        raise RolloutError("FLEET003", "--scheduler", problem, fix="start it, or correct its address") from None
