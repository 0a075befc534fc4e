"""A small kind of resource that keeps files instead of tables, and a session to go with it: for tests of the wire."""

import json
import threading
import time
from pathlib import Path
from typing import Any

from infra.database.target import Target
from infra.errors import RolloutError, RolloutErrors
from infra.provider.handler import UNKNOWN, Call, ChangeKind, Handler, Problem, Properties, PropertyChange, Snapshot
from infra.provider.partial import PartialFailure


class ToySession:
    """Waits where a database would work; a cancel ends the wait."""

    def __init__(self, folder: Path, application_name: str) -> None:
        self._folder = folder
        self._stop = threading.Event()
        self.note(f"open {application_name}")

    def note(self, line: str) -> None:
        with (self._folder / "session.log").open("a") as log:
            log.write(line + "\n")

    def work(self, seconds: float) -> None:
        self.note("begin")
        if self._stop.wait(seconds):
            raise InterruptedError("canceling statement due to user request")
        self.note("end")

    def cancel(self) -> None:
        self.note("cancel")
        self._stop.set()

    def renew(self) -> None:
        self.note("renew")

    def close(self) -> None:
        self.note("close")


def toy_opener(folder: Path) -> Any:
    def open_session(target: Target, *, application_name: str) -> ToySession:
        if target.host == "nowhere":
            raise RolloutError("DB001", f"database {target.host}", "cannot be reached")
        return ToySession(folder, application_name)

    return open_session


class Note:
    """A file with a text, a size, tags and a password; its name is its identity."""

    token = "rollout:toy:Note"
    secrets = frozenset({"password"})

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def schema(self) -> dict[str, Any]:
        return {
            "description": "A note in a file.",
            "inputProperties": {
                "name": {"type": "string", "willReplaceOnChanges": True},
                "text": {"type": "string"},
                "size": {"type": "integer", "default": 1},
                "password": {"type": "string"},
                "tags": {"type": "array", "items": {"$ref": "#/types/rollout:toy:Tag"}},
                "mishap": {"type": "string"},
            },
            "requiredInputs": ["name"],
            "properties": {"length": {"type": "integer"}},
            "required": ["length"],
        }

    def types(self) -> dict[str, Any]:
        return {"rollout:toy:Tag": {"type": "object", "properties": {"key": {"type": "string"}}, "required": ["key"]}}

    def identify(self, inputs: Properties) -> str | None:
        return None if inputs["name"] is UNKNOWN else str(inputs["name"])

    def check(self, inputs: Properties) -> list[Problem]:
        found = []
        if "name" not in inputs:
            found.append(Problem("name", RolloutError("DEF005", "note.name", "is missing", fix="give it a name")))
        size = inputs.get("size", 0)
        if size is not UNKNOWN and not isinstance(size, int):
            found.append(Problem("size", RolloutError("DEF005", "note.size", f"is no whole number ({size!r})")))
        if inputs.get("password") == "short":
            found.append(Problem("password", RolloutError("DEF005", "note.password", "is too short")))
        return found

    def diff(self, old: Properties, new: Properties) -> list[PropertyChange]:
        found = []
        for name in sorted(old.keys() | new.keys()):
            if old.get(name) != new.get(name) and new.get(name) is not UNKNOWN:
                kind = (
                    ChangeKind.ADD if name not in old else ChangeKind.DELETE if name not in new else ChangeKind.UPDATE
                )
                found.append(PropertyChange(name, ChangeKind.UPDATE_REPLACE if name == "name" else kind))
        return found

    def create(self, call: Call, inputs: Properties) -> Snapshot:
        session = call.database()
        call.log("info", f"writing {inputs['name']} with {inputs.get('password')}")
        if call.preview:
            return self._snapshot(inputs, length=UNKNOWN if inputs.get("text") is UNKNOWN else None)
        self._mishap(inputs, session)
        self._file(inputs["name"]).write_text(json.dumps(inputs))
        if inputs.get("mishap") == "partial":
            raise PartialFailure(self._snapshot(inputs), [RolloutError("DB007", "note", f"half: {inputs['password']}")])
        if inputs.get("mishap") == "unknown output":
            return self._snapshot(inputs, length=UNKNOWN)
        return self._snapshot(inputs)

    def read(self, call: Call, identity: str, inputs: Properties | None) -> Snapshot | None:  # noqa: ARG002 - the protocol's
        call.database()
        file = self._file(identity)
        return self._snapshot(json.loads(file.read_text())) if file.exists() else None

    def update(self, call: Call, identity: str, old: Properties, new: Properties) -> Snapshot:  # noqa: ARG002 - the protocol's
        session = call.database()
        if call.preview:
            return self._snapshot(new)
        self._mishap(new, session)
        self._file(identity).write_text(json.dumps(new))
        return self._snapshot(new)

    def delete(self, call: Call, identity: str, inputs: Properties) -> None:  # noqa: ARG002 - the protocol's
        call.database()
        self._file(identity).unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _snapshot(self, inputs: Properties, length: Any = None) -> Snapshot:
        length = len(str(inputs.get("text", ""))) if length is None else length
        return Snapshot(inputs["name"], dict(inputs), {**inputs, "length": length})

    def _mishap(self, inputs: Properties, session: Any) -> None:
        password = inputs.get("password", "")
        match inputs.get("mishap"):
            case "refused":
                raise RolloutError("DB003", "note", f"the server said no to {password}", fix="ask again")
            case "several":
                raise RolloutErrors([RolloutError("DEF001", "a", "one"), RolloutError("DEF002", "b", "two")])
            case "bug":
                raise ZeroDivisionError(f"by {password}\nsecond line")
            case "slow":
                session.work(30)
            case "second":
                session.work(1)
            case "loud":
                print("loud")  # noqa: T201 - what must not reach the engine
            case "brief":
                session.work(0.1)
            case "deaf":
                time.sleep(30)


def toy_handlers(folder: Path) -> list[Handler]:
    return [Note(folder)]
