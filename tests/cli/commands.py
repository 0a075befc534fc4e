"""The real `rollout`, in a copy of the project and a home of its own; whatever it says is checked for secrets."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from infra.embedded.pg_account import server_account
from infra.embedded.postgres import folder_of

ROOT: Final = Path(__file__).resolve().parents[2]
COMMAND: Final = (sys.executable, "-m", "infra.cli")
SECONDS: Final = 180
TYPING_SECONDS: Final = 0.3
ESCAPE: Final = "\x1b"


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str = ""

    @property
    def said(self) -> str:
        return self.out + self.err

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        content: dict[str, Any] = json.loads(self.out)
        return content


@dataclass
class Project:
    """A copy of the project's own files, with the code linked; nothing may be left behind in it."""

    folder: Path
    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("__main__.py", "infra", "sql", "venv"):
            (self.folder / name).symlink_to(ROOT / name)
        for file in ROOT.glob("Pulumi*.yaml"):
            (self.folder / file.name).write_bytes(file.read_bytes())

    def rollout(self, *arguments: str, given: str = "", open_secret: bool = False) -> Ended:
        """Run the command without a terminal: no escape codes, no traceback, no password."""
        done = subprocess.run(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self._environment(),
            input=given,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        ended = Ended(done.returncode, done.stdout, done.stderr)
        assert ESCAPE not in ended.said
        self._check(ended.said, open_secret=open_secret)
        return ended

    def on_terminal(self, *arguments: str, answers: Sequence[tuple[str, str]] = (), **environment: str) -> Ended:
        """Run the command on a terminal. Each answer is typed once its prompt, or any other text, has been seen."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            environment = self._environment() | {"TERM": "xterm"} | environment
            os.execve(COMMAND[0], [*COMMAND, *arguments], environment)  # noqa: S606 - our own command, no shell
        try:
            said = _converse(terminal, list(answers))
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            raise
        finally:
            os.close(terminal)
            _, status = os.waitpid(pid, 0)
        self._check(said, open_secret=False)
        return Ended(os.waitstatus_to_exitcode(status), said)

    def psql(self, text: str, *options: str) -> str:
        """Run SQL on the embedded PostgreSQL as the deployer and return what psql prints."""
        done = self.rollout("db", "psql", *options, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", given=text)
        assert done.code == 0, done.err
        return done.out

    def configure(self, stack: str = "dev", **config: Any) -> None:
        """Write values into the stack's file; None takes one out."""
        file = self.folder / f"Pulumi.{stack}.yaml"
        content = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {"config": {}}
        full = content["config"] | {f"creative-pipeline:{name}": value for name, value in config.items()}
        content["config"] = {name: value for name, value in full.items() if value is not None}
        file.write_text(yaml.safe_dump(content), encoding="utf-8")

    def files(self) -> dict[str, bytes]:
        """Everything in the project's folder by name, the links unfollowed."""
        return {
            str(path.relative_to(self.folder)): b"link" if path.is_symlink() else path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_symlink() or path.is_file()
        }

    def secrets(self) -> list[str]:
        """The embedded server's passwords."""
        file = folder_of(self.home, server_account()) / "passwords.json"
        return list(json.loads(file.read_text(encoding="utf-8")).values()) if file.exists() else []

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
        return kept | {"ROLLOUT_HOME": str(self.home)} | self.environment

    def _check(self, said: str, *, open_secret: bool) -> None:
        assert "Traceback" not in said
        assert "SCRAM-SHA-256$" not in said
        if not open_secret:
            assert not [secret for secret in self.secrets() if secret in said]


def _converse(terminal: int, answers: list[tuple[str, str]]) -> str:
    said = b""
    looked_at = 0
    end = time.monotonic() + SECONDS
    while True:
        if time.monotonic() > end:
            raise TimeoutError(_read(said))
        if answers and answers[0][0].encode() in said[looked_at:]:
            # As a person would: not between the prompt's last letter and the wait for an answer.
            time.sleep(TYPING_SECONDS)
            os.write(terminal, answers.pop(0)[1].encode())
            looked_at = len(said)
        if not select.select([terminal], [], [], 0.05)[0]:
            continue
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            break
        if not chunk:
            break
        said += chunk
    return _read(said)


def _read(said: bytes) -> str:
    """A terminal echoes ^C where it stands, and drops what waits for it: both may cut a letter of several bytes."""
    return said.decode(errors="replace")
