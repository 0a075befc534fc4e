"""Runs `rollout` with marks in it: ``python -m bench.marked FILE up --yes`` writes what each part took to the file."""

import atexit
import functools
import importlib.util
import json
import os
import sys
import time
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any, Final

#: When whoever started us did so, in seconds since the epoch.
BEGUN_VARIABLE: Final = "ROLLOUT_BENCH_BEGUN"
#: The parts that the others may be within.
_WHOLE: Final = frozenset({"plan", "apply"})
#: Modules, classes and methods, and the part that their time belongs to.
_PARTS: Final = (
    ("infra.cli.embedded_runner", "EmbeddedRunner", "plan", "plan"),
    ("infra.cli.embedded_runner", "EmbeddedRunner", "apply", "apply"),
    ("infra.cli.embedded_runner", "EmbeddedRunner", "show_plan", "show"),
    ("infra.cli.flow", "", "show_pooler", "pooler"),
    ("infra.embedded.engine.program", "", "_execute", "program"),
    ("infra.embedded.engine.plugins", "PluginProcess", "address", "provider"),
    ("infra.embedded.engine.store", "Store", "load", "state"),
    ("infra.embedded.engine.store", "Store", "save", "state"),
    ("infra.embedded.engine.journal", "Journal", "append", "state"),
    ("infra.embedded.engine.journal", "Journal", "close", "state"),
)


class _Marks:
    """Seconds by part, and by part and what it was within; `opened` is when the command's own work began."""

    def __init__(self, begun: float) -> None:
        self.spent: dict[str, float] = {}
        self._begun = begun
        self._within = ""
        self._left = {name for name, *_ in _PARTS}

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> ModuleSpec | None:
        """Set the marks of a module as soon as it is imported, which is no earlier than it would be without them."""
        if name not in self._left:
            return None
        self._left.discard(name)
        spec = importlib.util.find_spec(name)
        assert spec
        assert spec.loader
        load = spec.loader.exec_module

        def load_and_mark(module: Any) -> None:
            load(module)
            for _, holder, method, part in (one for one in _PARTS if one[0] == name):
                self._mark(getattr(module, holder) if holder else module, method, part)

        spec.loader.exec_module = load_and_mark  # type: ignore[method-assign] # this one module's loader
        return spec

    def _mark(self, holder: Any, method: str, part: str) -> None:
        timed = getattr(holder, method)

        @functools.wraps(timed)
        def marked(*given: Any, **named: Any) -> Any:
            if part in _WHOLE:
                self._within = part
                self.spent.setdefault("opened", time.time() - self._begun)
            begun = time.perf_counter()
            try:
                return timed(*given, **named)
            finally:
                self._add(part, time.perf_counter() - begun)

        setattr(holder, method, marked)

    def _add(self, part: str, seconds: float) -> None:
        for name in {part, f"{part} {self._within}"}:
            self.spent[name] = self.spent.get(name, 0.0) + seconds


def main(file: str, arguments: list[str]) -> None:
    """Run the command, and write the seconds of each part."""
    marks = _Marks(float(os.environ[BEGUN_VARIABLE]))
    atexit.register(lambda: Path(file).write_text(json.dumps(marks.spent), encoding="utf-8"))
    sys.argv = ["rollout", *arguments]
    sys.meta_path.insert(0, marks)
    from infra.cli.main import main as rollout  # noqa: PLC0415 - its import is part of what is measured

    rollout()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
