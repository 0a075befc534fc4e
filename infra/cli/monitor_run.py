"""Running the monitor of a stack, and writing what others watch it by."""

import os
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from types import FrameType
from typing import Any, Final

from infra.aws.client import client
from infra.cli.output import Output
from infra.cli.rollback_connection import Place, find_place, find_target
from infra.cli.signals import STOPPING, handling
from infra.cli.stack_settings import read_settings
from infra.cli.stacks import find_stack
from infra.config.monitoring import monitoring_faults
from infra.config.settings import StackSettings
from infra.database.session import Session, open_session
from infra.database.target import Target
from infra.errors import RolloutError, RolloutErrors
from infra.files import replace_file
from infra.gates.settings import settings_faults
from infra.models.gate import CriterionName
from infra.models.monitoring import MonitoringSettings
from infra.monitoring.groups import Measures
from infra.monitoring.monitor import Monitor
from infra.monitoring.publishing import Publisher
from infra.monitoring.samples import Sample, Store
from infra.monitoring.serving import serving
from infra.pipeline.metrics import metric
from infra.pipeline.names import MONITOR

PASSWORD_VARIABLE: Final = "ROLLOUT_MONITOR_PASSWORD"  # noqa: S105 - the name of the variable
_NAME: Final = "rollout monitor"
_MOST_PORT: Final = 65535
_FAILED: Final = 1


@dataclass(frozen=True)
class Scene:
    """A stack as far as its monitor goes."""

    place: Place
    settings: StackSettings

    @property
    def api(self) -> str | None:
        """The URL that is asked: monitoring's own, or that of the gate's criterion."""
        criterion = self.settings.gates.get(CriterionName.API_LATENCY)
        return self.settings.monitoring.api or (criterion.url if criterion else None)

    @property
    def role(self) -> str:
        """The role that the deployer's login takes; nothing for the monitor's own."""
        return "" if os.environ.get(PASSWORD_VARIABLE) else MONITOR

    def open(self) -> Session:
        """Connect as the monitor.

        Raises:
            RolloutError: as `find_target` and `open_session` do.
        """
        # The embedded server's address may be another one after a restart; that of any other stands in the file.
        target = find_target(self.place) if self.place.database.get("embedded") is True else self._target
        password = os.environ.get(PASSWORD_VARIABLE)
        login = {"user": MONITOR, "password": password} if password else {}
        return open_session(target.model_copy(update=login), application_name=_NAME)

    @cached_property
    def _target(self) -> Target:
        # With the monitor's own login nobody needs to decrypt the deployer's password.
        return find_target(self.place if self.role else replace(self.place, password=None))


def find_scene(stack: str) -> Scene:
    """Return what the stack's monitor needs.

    Raises:
        RolloutError: CLI002 for a stack without a file.
        RolloutErrors: with every fault of the file.
    """
    settings = read_settings(find_stack(stack))
    faults = [*monitoring_faults(settings.monitoring, settings.aws), *settings_faults(settings.gate_settings)]
    if faults:
        raise RolloutErrors(faults)
    return Scene(find_place(stack), settings)


def stack_monitoring(stack: str) -> MonitoringSettings:
    """Return what the stack's file says of monitoring.

    Raises:
        RolloutErrors: with every fault of the file.
    """
    return find_scene(stack).settings.monitoring


def make_monitor(scene: Scene, output: Output) -> Monitor:
    """Return the stack's monitor, which has not looked yet."""
    settings = scene.settings
    measures = Measures(settings.gate_settings, scene.api)
    monitor = Monitor(scene.open, measures, Store(), settings.monitoring.interval.total_seconds(), scene.role)
    monitor.tell = output.note
    there = settings.monitoring.cloudwatch
    if there is not None and settings.aws is not None:
        make_client = partial(client, "cloudwatch", settings.aws)
        monitor.publish = Publisher(make_client, there.namespace, scene.place.stack)
    return monitor


def run_monitor(scene: Scene, listen: str, output: Output) -> int:
    """Serve and look until somebody stops it; return the exit code.

    Raises:
        RolloutError: CLI001 for an address that is none, MON002 where nobody can listen.
    """
    host, port = address_of(listen)
    monitor = make_monitor(scene, output)
    with (
        serving((host, port), monitor.store, scene.place.stack) as taken,
        remembered(monitor.stop),
        suppress(KeyboardInterrupt),
    ):
        shown = f"http://{f'[{host}]' if ':' in host else host}:{taken}"
        output.document({"operation": "monitor", "stack": scene.place.stack, "address": shown})
        output.line(f"{shown}/metrics and {shown}/health; Ctrl-C ends it")
        monitor.run()
    output.note("stopped")
    return 0


@contextmanager
def remembered(stop: threading.Event) -> Iterator[None]:
    """Have Ctrl-C and SIGTERM set the event too: what they raise can be lost, in a finalizer for one."""

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        raise KeyboardInterrupt

    with handling(on_signal, [number for number in STOPPING if signal.getsignal(number) is not signal.SIG_IGN]):
        yield


def look_once(scene: Scene, output: Output) -> int:
    """Look once and show the figures; return the exit code."""
    monitor = make_monitor(scene, output)
    monitor.turn()
    monitor.close()
    health, samples = monitor.store.health, monitor.store.fresh()
    for sample in samples:
        output.line(_line(sample))
    for group, why in health.failing.items():
        output.error(f"{group}: {why}")
    figures = [{"metric": one.metric.value, "label": one.label or None, "value": one.value} for one in samples]
    document: dict[str, Any] = {"ok": health.up, "reason": health.reason, "failing": dict(health.failing)}
    output.document(document | {"figures": figures})
    if not health.up:
        output.error(health.reason)
    return 0 if health.up else _FAILED


def _line(sample: Sample) -> str:
    found = metric(sample.metric)
    label = f" ({sample.label})" if sample.label else ""
    return f"{found.title}{label}: {sample.value:.6g} {found.unit}".rstrip()


def address_of(text: str) -> tuple[str, int]:
    """Return host and port of a text such as ``127.0.0.1:9464`` or ``[::1]:9464``.

    Raises:
        RolloutError: CLI001 for what is none.
    """
    host, _, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not bare or not port.isascii() or not port.isdigit() or int(port) > _MOST_PORT:
        problem = f"'{text}' is no address to listen at"
        raise RolloutError("CLI001", "--listen", problem, allowed="HOST:PORT", fix="write it such as 127.0.0.1:9464")
    return bare, int(port)


def write_files(files: Mapping[str, str], folder: Path, output: Output) -> int:
    """Write the files into a folder, and say which.

    Raises:
        RolloutError: CLI001 where that cannot be done.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            replace_file(folder / name, text.encode(), mode=0o644)
    except OSError as error:
        problem = f"nothing can be written there ({error.strerror or error})"
        raise RolloutError("CLI001", f"--out {folder}", problem, fix="name another folder") from None
    return _tell_written([str(folder / name) for name in files], output)


def _tell_written(paths: Iterable[str], output: Output) -> int:
    written = list(paths)
    for path in written:
        output.line(path)
    output.document({"ok": True, "files": written})
    return 0
