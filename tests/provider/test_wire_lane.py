"""The lane behind the wire: one call at a time, one session, Cancel at any moment; and the lines for the engine."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import engine_pb2, plugin_pb2, provider_pb2

from infra.database.target import Target
from infra.errors import RolloutError
from infra.provider.configuration import read_configuration
from infra.provider.lane import Lane, session_name
from infra.provider.values import SENTINEL
from tests.provider.serving import SETTINGS, Engine, ToyProvider, refused, secret, struct, until_logged, urn
from tests.provider.toy import ToySession


def _until(provider: ToyProvider, line: str) -> None:
    until_logged(provider.folder, line)


def test_calls_run_one_after_another(provider: ToyProvider) -> None:
    """Four creates at once work in turn: catalog changes in parallel fail in PostgreSQL."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda place: provider.create({"name": f"n{place}", "mishap": "brief"}), range(4)))
    assert provider.session_log == ["open rollout dev", *["begin", "end"] * 4]


def test_the_session_is_opened_when_it_is_needed(provider: ToyProvider) -> None:
    """Pure calls connect nowhere; the first call that needs it opens one session, named after the stack."""
    provider.check({"name": "a"})
    provider.diff({"name": "a"}, {"name": "b"})
    assert provider.session_log == []
    provider.create({"name": "a"}, stack="a-stack")
    provider.create({"name": "b"}, stack="a-stack")
    assert provider.session_log == ["open rollout a-stack"]


def test_the_session_ends_with_the_provider(engine: Engine, tmp_path: Path) -> None:
    """Closing the lane closes the session."""
    with ToyProvider(tmp_path, engine.address) as provider:
        provider.configure()
        provider.create({"name": "a"})
    assert provider.session_log == ["open rollout dev", "close"]


def test_other_settings_take_another_session(provider: ToyProvider) -> None:
    """The same settings again renew the session, others close it; an application name of one's own is used."""
    provider.create({"name": "a"})
    provider.configure()
    provider.create({"name": "b"})
    provider.configure(applicationName="mine")
    provider.create({"name": "c"})
    assert provider.session_log == ["open rollout dev", "renew", "close", "open mine"]


def test_long_stack_names_are_cut_to_what_the_server_keeps() -> None:
    """PostgreSQL keeps 63 bytes; a character is never cut in two."""
    assert session_name("é" * 60).encode() == b"rollout " + "é".encode() * 27
    assert session_name("dev") == "rollout dev"


def test_a_preview_with_unknown_settings_does_not_connect(bare: ToyProvider) -> None:
    """On a first preview the host may be another resource's output: what is known comes back, nothing is compared."""
    bare.configure(host=SENTINEL)
    answer = bare.create({"name": "a", "password": secret("x")}, preview=True)
    assert answer.id == ""
    assert set(answer.properties.fields) == {"name", "password"}
    assert bare.update({"name": "a"}, {"name": "a"}, preview=True).properties["name"] == "a"
    assert bare.session_log == []


def test_a_change_with_unknown_settings_is_refused(bare: ToyProvider) -> None:
    """Outside of a preview there is nothing to go on with."""
    bare.configure(host=SENTINEL)
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "PRV002 provider: the database's settings are not known yet"):
        bare.create({"name": "a"})


def test_a_change_without_settings_is_refused(bare: ToyProvider) -> None:
    """An engine that never configured is told what to pass."""
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "PRV002 provider: has no settings", "database"):
        bare.create({"name": "a"})


def test_a_failed_connection_is_told_and_tried_again(provider: ToyProvider) -> None:
    """DB001 arrives in its own words; the next call connects anew."""
    provider.configure(host="nowhere")
    for _ in range(2):
        with refused(grpc.StatusCode.FAILED_PRECONDITION, "DB001 database nowhere: cannot be reached"):
            provider.create({"name": "a"})


def test_the_event_loop_stays_free(provider: ToyProvider) -> None:
    """While a statement runs for long, everything else is answered at once."""
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(provider.create, {"name": "a", "mishap": "slow"})
        _until(provider, "begin")
        began = time.monotonic()
        provider.check({"name": "b"})
        assert time.monotonic() - began < 10, "a slow statement takes half a minute"
        provider.stub.Cancel(Empty())
        assert isinstance(slow.exception(), grpc.RpcError)


def test_cancel_ends_what_runs_and_refuses_what_waits(provider: ToyProvider) -> None:
    """The running statement is ended, waiting calls never begin, later ones are refused, within five seconds."""
    with ThreadPoolExecutor(3) as pool:
        running = pool.submit(provider.create, {"name": "a", "mishap": "slow"})
        _until(provider, "begin")
        waiting = [pool.submit(provider.create, {"name": name}) for name in ("b", "c")]
        time.sleep(0.1)
        began = time.monotonic()
        provider.stub.Cancel(Empty())
        assert time.monotonic() - began < 5
        for call in (running, *waiting):
            with refused(grpc.StatusCode.FAILED_PRECONDITION, "PRV004 the operation was cancelled"):
                call.result()
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "PRV004"):
        provider.create({"name": "d"})
    assert not list(provider.folder.glob("*.json"))


@pytest.mark.full
def test_cancel_answers_even_if_the_work_does_not_end(provider: ToyProvider) -> None:
    """Work that heeds no cancel cannot hold the engine up: its caller is answered within five seconds."""
    with ThreadPoolExecutor(1) as pool:
        deaf = pool.submit(provider.create, {"name": "a", "mishap": "deaf"})
        _until(provider, "open rollout dev")
        began = time.monotonic()
        provider.stub.Cancel(Empty())
        with refused(grpc.StatusCode.FAILED_PRECONDITION, "PRV004"):
            deaf.result()
        assert time.monotonic() - began < 5


def test_cancel_when_nothing_runs(provider: ToyProvider) -> None:
    """It is harmless, and a session at rest is left in peace."""
    provider.create({"name": "a"})
    provider.stub.Cancel(Empty())
    assert provider.session_log == ["open rollout dev"]


def test_lines_reach_the_engine_in_order_without_secrets(provider: ToyProvider, engine: Engine) -> None:
    """Each line has its resource and severity, arrives before the call's answer, and shows no secret."""
    for name in ("a", "b", "c"):
        provider.create({"name": name, "password": secret("s3cr3t")})
        assert engine.lines[-1].message == f"writing {name} with [secret]"
    assert {line.severity for line in engine.lines} == {engine_pb2.INFO}
    assert {line.urn for line in engine.lines} == {urn()}


def _quickest(create: Callable[[str], object]) -> float:
    """Return the seconds of the quickest of a few calls: a busy machine may hold up one, a wait holds up each."""
    seconds = []
    for name in "bcdef":
        began = time.monotonic()
        create(name)
        seconds.append(time.monotonic() - began)
    return min(seconds)


def test_an_engine_that_is_gone_harms_nothing(provider: ToyProvider, engine: Engine) -> None:
    """Lines are dropped; the work goes on without waiting for anybody."""
    engine.stop()
    provider.create({"name": "a"})
    assert _quickest(lambda name: provider.create({"name": name})) < 0.5


def test_an_engine_that_hangs_holds_up_one_call_at_most(bare: ToyProvider) -> None:
    """An engine that takes the connection and never answers is taken for gone after a second."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        bare.stub.Attach(plugin_pb2.PluginAttach(address=f"127.0.0.1:{mute.getsockname()[1]}"))
        bare.configure()
        bare.create({"name": "a"})
        assert _quickest(lambda name: bare.create({"name": name})) < 0.5


def test_a_cancel_that_finds_us_connecting_counts(tmp_path: Path) -> None:
    """There is no session yet to cancel; the work is refused it once it is there, and the lane closes it."""

    async def scenario() -> None:
        connecting, connected = threading.Event(), threading.Event()

        def open_slowly(target: Target, *, application_name: str) -> ToySession:  # noqa: ARG001 - the opener's form
            connecting.set()
            connected.wait(5)
            return ToySession(tmp_path, application_name)

        lane = Lane(open_slowly)
        await lane.configure(read_configuration(SETTINGS))
        work = asyncio.create_task(lane.run(lambda: lane.database("dev").work(5)))
        await asyncio.to_thread(connecting.wait)
        cancelling = asyncio.create_task(lane.cancel())
        await asyncio.sleep(0.05)
        connected.set()
        await cancelling
        with pytest.raises(RolloutError, match="PRV004"):
            await work
        await lane.close()

    asyncio.run(scenario())
    assert (tmp_path / "session.log").read_text().splitlines() == ["open rollout dev", "close"]


def test_a_cancel_is_repeated(tmp_path: Path) -> None:
    """Sent between two statements it ends neither: it is sent again, until the work ends."""

    class Between(ToySession):
        told = 0

        def cancel(self) -> None:
            self.told += 1
            if self.told > 1:
                super().cancel()

    async def scenario() -> None:
        lane = Lane(lambda target, *, application_name: Between(tmp_path, application_name))  # noqa: ARG005 - as Opener
        await lane.configure(read_configuration(SETTINGS))
        work = asyncio.create_task(lane.run(lambda: lane.database("dev").work(10)))
        await asyncio.to_thread(until_logged, tmp_path, "begin")
        await lane.cancel()
        assert isinstance(work.exception(), InterruptedError)
        await lane.close()

    asyncio.run(scenario())


def test_waiting_work_never_begins_after_a_cancel() -> None:
    """Not even work that needs no database."""

    async def scenario() -> None:
        lane, begun, may_end, late = Lane(), threading.Event(), threading.Event(), threading.Event()

        def hold() -> None:
            begun.set()
            may_end.wait(5)

        first = asyncio.create_task(lane.run(hold))
        second = asyncio.create_task(lane.run(late.set))
        await asyncio.to_thread(begun.wait)
        lane.interrupt().join()
        may_end.set()
        await first
        with pytest.raises(RolloutError, match="PRV004"):
            await second
        assert not late.is_set()
        await lane.close()

    asyncio.run(scenario())


def test_a_call_that_was_given_up_while_it_waited_never_begins(provider: ToyProvider) -> None:
    """A create whose caller left is not done behind the engine's back; what comes after it is."""
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(provider.create, {"name": "a", "mishap": "second"})
        _until(provider, "begin")
        request = provider_pb2.CreateRequest(urn=urn("late"), properties=struct({"name": "late"}))
        with refused(grpc.StatusCode.DEADLINE_EXCEEDED):
            provider.stub.Create(request, timeout=0.2)
        provider.create({"name": "next"})
        assert running.result().id == "a"
    assert sorted(file.name for file in provider.folder.glob("*.json")) == ["a.json", "next.json"]
