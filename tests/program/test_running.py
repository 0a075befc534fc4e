"""What a program does differently under Pulumi's CLI; whatever else runs it is left as it is."""

import gc
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pulumi
import pytest

from infra.collecting import THRESHOLDS
from infra.components import running
from infra.errors import DEBUG_VARIABLE

#: How Pulumi's language host starts a program.
UNDER_PULUMI = [sys.executable, "-u", "/usr/bin/pulumi-language-python-exec", "--monitor", "127.0.0.1:1"]


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(DEBUG_VARIABLE, raising=False)
    monkeypatch.setattr(pulumi.log, "debug", pulumi.log.debug)
    thresholds, handler = gc.get_threshold(), signal.getsignal(signal.SIGINT)
    yield
    gc.set_threshold(*thresholds)
    signal.signal(signal.SIGINT, handler)


def test_under_pulumi_no_line_for_debugging_is_sent_and_ctrl_c_is_pulumis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "orig_argv", UNDER_PULUMI)
    monkeypatch.setattr(pulumi.log, "get_engine", lambda: pytest.fail("a line was sent"))
    running.leave_interrupts_to_pulumi()
    running.make_haste()
    pulumi.log.debug("beginning rpc register resource", None, ephemeral=True)
    assert gc.get_threshold() == THRESHOLDS
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_they_are_sent_to_those_who_ask_for_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "orig_argv", UNDER_PULUMI)
    monkeypatch.setenv(DEBUG_VARIABLE, str(tmp_path / "debug.log"))
    before = pulumi.log.debug
    running.make_haste()
    assert pulumi.log.debug is before


def test_elsewhere_nothing_is_touched() -> None:
    before = pulumi.log.debug, gc.get_threshold(), signal.getsignal(signal.SIGINT)
    running.leave_interrupts_to_pulumi()
    running.make_haste()
    assert (pulumi.log.debug, gc.get_threshold(), signal.getsignal(signal.SIGINT)) == before
