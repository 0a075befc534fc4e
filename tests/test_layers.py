"""The layers: who may import what, how long a module may be, and where SQL may stand. The source is parsed, not run."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
INFRA: Final = ROOT / "infra"
MAX_LINES: Final = 300

#: Imports go from a higher number to a lower one.
LAYERS: Final[dict[str, int]] = {
    "collecting": 0,
    "errors": 0,
    "files": 0,
    "identifiers": 0,
    "models": 1,
    "pipeline": 2,
    "ddl": 3,
    "checks": 3,
    "drift": 3,
    "database": 4,
    "provider": 5,
    "resources": 5,
    "components": 5,
    "aws": 5,
    "monitoring": 5,
    "pooling": 5,
    "gates": 5,
    "backups": 5,
    "delivery": 5,
    "verify": 5,
    "preflight": 5,
    "posting": 5,
    "doctor": 6,
    "preview": 6,
    "fleet": 6,
    "embedded": 6,
    "config": 6,
    "report": 6,
    "cli": 6,
    "__main__": 7,
}
#: Within a layer, who may use whom.
NEIGHBOURS: Final = frozenset(
    {
        ("identifiers", "errors"),
        ("components", "resources"),
        # The handlers of gates, of flags elsewhere and of PgBouncer are thin: what they do stands beside the provider.
        *(("provider", name) for name in ("gates", "aws", "delivery", "pooling")),
        ("gates", "aws"),
        ("gates", "verify"),
        ("gates", "preflight"),
        ("delivery", "aws"),
        ("backups", "aws"),
        # What is rendered for CloudWatch is declared by the program; the monitor measures as gates do, and publishes.
        ("components", "monitoring"),
        ("monitoring", "aws"),
        ("monitoring", "gates"),
        # The dev stack's database is the embedded one.
        ("config", "embedded"),
        *(("cli", name) for name in ("verify", "doctor", "preview", "fleet", "embedded", "config", "report")),
        # A comment is written from the plan's own document.
        ("report", "preview"),
    }
)
#: Against the direction: the program's side describes and never reaches a database or the plugin's own code.
FORBIDDEN: Final = {name: frozenset({"provider", "database"}) for name in ("resources", "components", "__main__")}
#: Libraries with a place of their own.
PLACES: Final[dict[str, frozenset[str]]] = {
    "pulumi": frozenset({name for name, layer in LAYERS.items() if layer in {5, 6, 7}}),
    "pulumi_postgresql": frozenset({name for name, layer in LAYERS.items() if layer in {5, 6, 7}}),
    "psycopg": frozenset({"database"}),
    "jinja2": frozenset({"ddl", "report", "pooling", "monitoring"}),
    "boto3": frozenset({"aws"}),
    "botocore": frozenset({"aws"}),
    "httpx": frozenset({"gates", "posting"}),
    "prometheus_client": frozenset({"monitoring"}),
}
#: Text that only the parser reads: it wants a statement around what it is to judge.
PROBES: Final = frozenset({"infra/models/expressions.py", "infra/models/bodies.py"})
_STATEMENT: Final = re.compile(
    r"\s*(SELECT|INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|CREATE|ALTER|DROP|GRANT|REVOKE|TRUNCATE|COMMENT\s+ON|SET"
    r"|WITH\s+\S+\s+AS)\s"
)


@dataclass(frozen=True)
class Module:
    """A module of ours and where it stands."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def part(self) -> str:
        """The package below infra, or the module there, that decides its layer."""
        below = self.path.relative_to(INFRA).parts if self.path.is_relative_to(INFRA) else self.path.parts[-1:]
        return below[0].removesuffix(".py")

    @property
    def tree(self) -> ast.Module:
        return _parse(self.path)

    def imports(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            if isinstance(node, ast.ImportFrom):
                assert not node.level, f"{self.name}: a relative import hides its layer"
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _modules() -> list[Module]:
    found = [path for path in INFRA.rglob("*.py") if path != INFRA / "__init__.py"]
    program = ROOT / "__main__.py"
    return [Module(path) for path in sorted([*found, *([program] if program.exists() else [])])]


MODULES: Final = _modules()
each_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)


@each_module
def test_imports_go_down(module: Module) -> None:
    assert module.part in LAYERS, "give the new package its layer"
    for name in module.imports():
        if not name.startswith("infra."):
            continue
        target = name.split(".")[1]
        assert target in LAYERS, name
        allowed = target == module.part or LAYERS[target] < LAYERS[module.part] or (module.part, target) in NEIGHBOURS
        assert allowed, f"layer {LAYERS[module.part]} ({module.part}) imports layer {LAYERS[target]} ({name})"
        assert target not in FORBIDDEN.get(module.part, ()), name


@each_module
def test_libraries_stay_in_their_place(module: Module) -> None:
    for name in module.imports():
        library = name.split(".")[0]
        assert module.part in PLACES.get(library, LAYERS), f"{library} is for {', '.join(sorted(PLACES[library]))}"


@each_module
def test_modules_are_short(module: Module) -> None:
    assert len(module.path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@each_module
def test_a_sentence_opens_the_module(module: Module) -> None:
    assert (ast.get_docstring(module.tree) or "").rstrip().endswith((".", "?")), module.name


@each_module
def test_no_sql_outside_its_folder(module: Module) -> None:
    """Statements stand in sql/ as templates and queries; expressions and bodies are data of the pipeline."""
    if module.part == "pipeline" or module.name in PROBES:
        return
    documented = {id(node) for node in _docstrings(module.tree)}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            assert not _STATEMENT.match(node.value), f"line {node.lineno}: {node.value[:60]!r}"


def _docstrings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Return every string that stands as a statement of its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def test_functions_are_short() -> None:
    """Half under ten lines, nine in ten under thirty: the docstring counts too."""
    lengths = sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert lengths[len(lengths) // 2] < 10
    assert lengths[len(lengths) * 9 // 10] < 30


@pytest.mark.parametrize(
    "text",
    ["SELECT 1", "\n  create table t ()".upper(), "UPDATE t SET a = 1", "WITH a AS (SELECT 1) SELECT 2", "SET ROLE x"],
)
def test_the_search_for_sql_finds_it(text: str) -> None:
    assert _STATEMENT.match(text)


@pytest.mark.parametrize(
    "text", ["SELECT", "Select a stack", "the SELECT policy", "UPDATE policy", "CREATED", "drop it"]
)
def test_the_search_for_sql_passes_over_prose(text: str) -> None:
    assert not _STATEMENT.match(text)
