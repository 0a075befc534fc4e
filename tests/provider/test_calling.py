"""How the provider finds its kinds, and what it tells an engine of its work."""

import asyncio
import threading

import pytest

from infra.provider.calling import Calls
from infra.provider.engine_log import EngineLog
from infra.provider.handler import QUIET_VARIABLE, Handler
from infra.provider.lane import Lane
from tests.provider.serving import Engine


def test_the_kinds_are_loaded_once_and_by_the_time_they_are_asked_for() -> None:
    loaded, asked = [], threading.Event()

    def load() -> list[Handler]:
        assert asked.wait(10)
        loaded.append(1)
        return []

    async def ask() -> None:
        calls = Calls(load, Lane(), EngineLog())
        calls.begin_loading()
        cancelled = asyncio.ensure_future(calls.kinds())
        await asyncio.sleep(0)
        cancelled.cancel()
        several = asyncio.gather(calls.kinds(), calls.kinds())
        asked.set()
        assert list(await several) == [{}, {}]

    asyncio.run(ask())
    assert loaded == [1]


def test_kinds_that_cannot_be_loaded_are_told_to_whoever_asks() -> None:
    def load() -> list[Handler]:
        raise ImportError("no such module")

    async def ask() -> None:
        calls = Calls(load, Lane(), EngineLog())
        calls.begin_loading()
        for _ in range(2):
            with pytest.raises(ImportError, match="no such module"):
                await calls.kinds()

    asyncio.run(ask())


@pytest.mark.parametrize("quiet", [False, True])
def test_an_engine_that_drops_lines_for_debugging_is_sent_none(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, *, quiet: bool
) -> None:
    if quiet:
        monkeypatch.setenv(QUIET_VARIABLE, "1")
    else:
        monkeypatch.delenv(QUIET_VARIABLE, raising=False)

    async def tell() -> None:
        log = EngineLog()
        await log.attach(engine.address)
        log.write("debug", "looked", "a")
        log.write("info", "made", "a")
        await log.flush()
        await log.close()

    asyncio.run(tell())
    assert [line.message for line in engine.lines] == (["made"] if quiet else ["looked", "made"])
