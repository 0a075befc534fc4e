"""Where a block of commands is run: on an embedded stack brought to where somebody would be who reads that section."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from infra.embedded.pg_binaries import wheel_binaries
from infra.embedded.postgres import ensure_running
from infra.pooling.versions import installed_version
from tests.cli.commands import Project
from tests.program.walking import attestations
from tests.runbook.commands import DOCUMENTS, NOT_RUN, Command, commands_of

SECONDS: Final = 900
END_SECONDS: Final = 30
START_SECONDS: Final = 60
#: What runs until it is stopped, with what it says once it does; ports are free ones here.
FOREVER: Final[dict[str, tuple[str, str]]] = {
    "monitor": (" --listen 127.0.0.1:0", "Ctrl-C ends it"),
    "serve": (" --port 0", "Ctrl-C ends it"),
    "status --watch": (" --every 5s", "phase"),
}
#: What takes long as it stands, and what it is here; what is installed is taken for current.
SHORTENED: Final[dict[str, str]] = {
    "make up": "make -o venv/.installed up",
    "--soak 30m": "--soak 1s",
    "rollout watch": "rollout watch --for 2s --every 1s",
}
#: How a command may end, besides with 0, by how it begins: what these look for may well be so here.
MAY_END: Final[tuple[tuple[str, int], ...]] = (
    ("gate", 3),
    ("preflight", 3),
    ("doctor", 3),
    ("review", 3),
    ("pool status", 0 if installed_version() else 1),
)
OVERRIDES: Final = [{"gate": n, "by": "ops", "why": "a rehearsal", "until": "2999-01-01"} for n in range(1, 5)]
Prepare = Callable[["Scene"], None]


@dataclass(frozen=True)
class Block:
    """The commands of one section; the documents' blocks of one heading are one scene."""

    document: str
    heading: str
    commands: tuple[Command, ...]

    @property
    def key(self) -> str:
        """What it is known by."""
        return f"{self.document}: {self.heading}"


@dataclass
class Scene:
    """A stack, the shell that a reader has before it, and files that the commands are given."""

    project: Project
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, command: Command) -> None:
        """Run a command in a shell and hold it to how it may end."""
        text = self.text_of(command)
        if command.plain.strip() in NOT_RUN:
            return
        if served := _served(text):
            self._serve(text + served[0], served[1])
            return
        done = self._shell(text)
        words = text.split("rollout ", 1)[-1]
        allowed = {0, *(code for start, code in MAY_END if words.startswith(start))}
        assert done.returncode in allowed, f"{command}\n{text}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        assert "Traceback" not in done.stdout + done.stderr
        self.project._check(done.stdout + done.stderr, open_secret=False)

    def text_of(self, command: Command) -> str:
        """Return a command as it is run here."""
        text = command.plain
        for old, new in SHORTENED.items():
            text = text.replace(old, new)
        values = {"STACK": "dev", "FOLDER": str(self.folder), "FILE": str(self.folder / "app.log"), "ROLE": "reader"}
        values["BACKUP"] = next((str(path) for path in self._backups()), "BACKUP")
        text = re.sub(r"\b(STACK|FOLDER|FILE|ROLE|BACKUP)\b", lambda found: values[found[0]], text)
        text = text.replace("deploy/watch", str(self.folder / "watch"))
        return text + (" --yes" if _asks(text) else "")

    def sql(self, text: str) -> None:
        """Run SQL as the deployer."""
        self.project.psql(text)

    def to_phase(self, phase: int) -> None:
        """Bring the stack to a phase, past its gates."""
        self.project.configure(phase=phase, overrides=OVERRIDES)
        done = self.project.rollout("up", "--yes")
        assert done.code == 0, done.err

    def kill(self) -> None:
        """Set the kill switch."""
        assert self.project.rollout("rollback", "--immediate", "--yes", "--why", "a drill").code == 0

    def _backups(self) -> list[Path]:
        return sorted(self.project.home.rglob("*.dump"))

    def _serve(self, text: str, said: str) -> None:
        """Start what runs until it is stopped, wait for what it says first, and stop it as Ctrl-C does."""
        log = self.folder / "served"
        with log.open("w") as out:
            running = subprocess.Popen(
                ["bash", "-c", f"exec {text}"],
                cwd=self.project.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        try:
            end = time.monotonic() + START_SECONDS
            while said not in log.read_text() and running.poll() is None and time.monotonic() < end:
                time.sleep(0.05)
            assert said in log.read_text(), log.read_text()
            running.send_signal(signal.SIGINT)
            assert running.wait(START_SECONDS) in {0, 130}, log.read_text()
        finally:
            _end(running)

    def _shell(self, text: str) -> subprocess.CompletedProcess[str]:
        running = subprocess.Popen(
            ["bash", "-c", text],
            cwd=self.project.folder,
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            # Without a terminal psql reads a new password, twice, from there.
            out, err = running.communicate("new-password\nnew-password\n", timeout=SECONDS)
        finally:
            _end(running)
        return subprocess.CompletedProcess(text, running.returncode, out, err)

    def _environment(self) -> dict[str, str]:
        database = ensure_running(self.project.home).deployer
        login = {
            "PGHOST": database.host,
            "PGPORT": str(database.port),
            "PGUSER": database.user,
            "PGDATABASE": database.name,
            "PGSSLMODE": "disable",
            "PGPASSWORD": database.password or "",
        }
        path = f"{Path(sys.executable).parent}:{wheel_binaries()}:{os.environ['PATH']}"
        return self.project._environment() | login | {"USER": "ada", "PATH": path} | self.environment


def _end(running: subprocess.Popen[str]) -> None:
    """End a command that should have ended: it may have a server of its own to stop first."""
    for number in (signal.SIGINT, signal.SIGKILL):
        if running.poll() is not None:
            return
        os.killpg(running.pid, number)
        with suppress(subprocess.TimeoutExpired):
            running.wait(END_SECONDS)


def blocks() -> list[Block]:
    """Return the sections of the documents that have commands, in their order."""
    return [
        Block(path.name, heading, tuple(found))
        for path in DOCUMENTS
        for heading, found in groupby(commands_of(path), key=lambda command: command.heading)
    ]


def _served(text: str) -> tuple[str, str] | None:
    """Return what a command that runs until it is stopped is given and says; None for any other."""
    found = re.fullmatch(r"(?:venv/bin/)?rollout (?P<name>.+?)(?: --stack \S+)?\s*", text)
    return FOREVER.get(found["name"]) if found else None


def _asks(text: str) -> bool:
    """Whether somebody would be asked: the commands that change a stack, and Pulumi's."""
    asked = re.search(r"rollout (up|advance|rollback)\b|pulumi up\b", text)
    return bool(asked) and not re.search(r"--(clear|expect-no-changes|yes)\b", text)


def _phase(number: int) -> Prepare:
    return lambda scene: scene.to_phase(number)


def _attested(scene: Scene) -> None:
    scene.project.configure(attestations=attestations())


def _member(scene: Scene) -> None:
    ada = "INSERT INTO auth.users (id, email) VALUES (gen_random_uuid(), 'ada@example.org')"
    scene.project.psql(ada, "--admin")


def _after(scene: Scene) -> None:
    scene.kill()
    (scene.folder / "app.log").write_text("2030-01-01 00:00:00 nothing of that time\n")


def _backend(scene: Scene) -> None:
    backend: Any = scene.folder / "backend"
    backend.mkdir()
    scene.environment |= {"PULUMI_BACKEND_URL": f"file://{backend}", "PULUMI_CONFIG_PASSPHRASE": "a passphrase"}
    scene.project.environment |= scene.environment


def _pooled(scene: Scene) -> None:
    """Start PgBouncer beside the server, where it is installed."""
    assert scene.project.rollout("db", "start").code == 0


def _role(scene: Scene) -> None:
    scene.sql("CREATE ROLE reader LOGIN")


#: What a section's reader has before them, where that is more than a stack in phase 1.
PREPARED: Final[dict[str, Prepare]] = {
    "README.md: The first advance, and the first roll back": _attested,
    "README.md: The first `pulumi up`": _backend,
    "README.md: From the embedded engine to Pulumi's": _backend,
    "runbook.md: Every day": _pooled,
    "runbook.md: Something is badly wrong: turn everything off": _phase(5),
    "runbook.md: After a rollback": _after,
    "runbook.md: Lift the kill switch": Scene.kill,
    "runbook.md: Members of the cohort": _member,
    "runbook.md: Go back": _phase(4),
    "runbook.md: Slowly": _phase(3),
    "runbook.md: Rotate a password": _role,
}
#: Sections that begin where nothing is deployed.
EMPTY: Final = frozenset(
    {
        "README.md: The first `pulumi up`",
        "runbook.md: Before the first deploy",
        "runbook.md: The first deploy",
        "runbook.md: Advance",
    }
)
#: Sections that Pulumi's own CLI has a part in.
WITH_PULUMI: Final = frozenset({"README.md: The first `pulumi up`", "README.md: From the embedded engine to Pulumi's"})
HAS_PULUMI: Final = shutil.which("pulumi") is not None
