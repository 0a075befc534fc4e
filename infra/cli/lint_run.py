"""Runs the rules over a stack's file and its definition, and shows what they find."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any, Final

from infra.checks import RULES
from infra.cli.output import Output
from infra.cli.sql_texts import definition_of
from infra.cli.stacks import Stack, source_of
from infra.config.definition import examine_definition
from infra.config.settings import HIGHEST_PHASE, LOWEST_PHASE, StackSettings
from infra.config.stack import examine
from infra.errors import RolloutError
from infra.models.access import Access
from infra.models.definition import Definition

#: What makes a definition of a stack's settings.
Define = Callable[[StackSettings], Definition]
_PAGES: Final = {rule.code: rule.page for rule in RULES}
_NAMES: Final = {rule.code: rule.name for rule in RULES}


@dataclass(frozen=True)
class Finding:
    """A fault, and the phases and kinds of access under which it shows: none for one of the stack's file."""

    error: RolloutError
    variants: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as `--json` shows it."""
        error = self.error
        return {
            "code": error.code,
            "rule": _NAMES.get(error.code),
            "path": error.path,
            "problem": error.problem,
            "allowed": error.allowed,
            "fix": error.fix,
            "page": _PAGES.get(error.code),
            "variants": list(self.variants),
            "text": str(error),
        }


@dataclass(frozen=True)
class Linted:
    """What was looked at, and what was found."""

    stack: str
    variants: tuple[str, ...]
    objects: int
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the document of `--json`."""
        return {
            "operation": "lint",
            "stack": self.stack,
            "ok": not self.findings,
            "summary": {"findings": len(self.findings), "rules": len(_NAMES), "objects": self.objects},
            "variants": list(self.variants),
            "findings": [finding.to_json() for finding in self.findings],
            "steps": [],
            "diagnostics": [],
        }


def lint_stack(stack: Stack, *, every: bool = False, define: Define = definition_of) -> Linted:
    """Return every fault of the stack's file and of the definition for its phase and access, or for `every` one.

    A key of the file that is at fault is taken as if it were not there, so that the definition is judged all the same.
    """
    settings, faults = examine(source_of(stack))
    found: dict[str, tuple[RolloutError, list[str]]] = {}
    variants = list(_variants(settings, every=every))
    objects = 0
    for name, variant in variants:
        definition, errors = examine_definition(partial(define, variant))
        objects = max(objects, _count(definition))
        for error in errors:
            found.setdefault(str(error), (error, []))[1].append(name)
    findings = [*map(Finding, faults), *(Finding(error, tuple(names)) for error, names in found.values())]
    return Linted(stack.name, tuple(name for name, _ in variants), objects, tuple(findings))


def show_findings(result: Linted, output: Output) -> None:
    """Show the findings, each with its fix and its page, and how many there are."""
    for finding in result.findings:
        error = finding.error
        output.line(f"{error.code} {error.path}: {error.problem}" if error.path else f"{error.code} {error.problem}")
        _show_below(finding, output, all_variants=len(result.variants))
    looked = f"{len(_NAMES)} rules, {result.objects} objects"
    under = result.variants[0] if len(result.variants) == 1 else "every phase and access"
    number = len(result.findings)
    verdict = f"{number} finding{'s' if number > 1 else ''}" if number else "nothing found"
    output.line(f"{result.stack}, {under}: {verdict} ({looked})", "red" if number else "green")
    output.document(result.to_json())


def _show_below(finding: Finding, output: Output, *, all_variants: int) -> None:
    error = finding.error
    below = {"allowed": error.allowed, "fix": error.fix, "page": _PAGES.get(error.code, "")}
    if 0 < len(finding.variants) < all_variants:
        below["only in"] = ", ".join(finding.variants)
    for name, text in below.items():
        if text:
            output.line(f"    {name}: {text}")


def _variants(settings: StackSettings, *, every: bool) -> Iterator[tuple[str, StackSettings]]:
    """Yield the settings for each phase and access that is asked for; what hangs on the phase goes with it."""
    own = settings.writers
    if not every:
        yield f"phase {settings.phase}, access {own}", settings
        return
    for access, phase in product(Access, range(LOWEST_PHASE, HIGHEST_PHASE + 1)):
        yield f"phase {phase}, access {access}", settings.model_copy(update={"phase": phase, "access": access.value})


def _count(definition: Definition | None) -> int:
    if definition is None:
        return 0
    return sum(len(value) for value in dict(definition).values() if isinstance(value, tuple))
