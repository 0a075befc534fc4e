"""What the rules find in what a change brings, apart from what they find already and will go on finding."""

from collections.abc import Iterable
from typing import Any, Final

from infra.checks import RULES
from infra.errors import RolloutError
from infra.models.definition import Definition
from infra.preview.document import Lint, LintFinding
from infra.preview.items import Action, Item
from infra.verify.catalog import lint

_RULES: Final = {rule.code: rule for rule in RULES}
_KINDS: Final = ("tables", "policies", "functions", "views", "indexes", "grants")


def lint_change(
    standing: Definition, definition: Definition | None, items: Iterable[Item], faults: Iterable[RolloutError]
) -> Lint:
    """Return what is new, and what stands already and stays; what the change mends is neither.

    Args:
        standing: what stands on the declared tables, ours or not.
        definition: what is declared, if it can be made at all.
        items: what becomes of each object.
        faults: what the rules find in what is declared.
    """
    afterwards = lint(_overlaid(standing, definition, items)) if definition else []
    before = {_key(error) for error in lint(standing)}
    found = {_key(error): error for error in (*faults, *afterwards)}
    return Lint(
        new=tuple(_finding(error) for key, error in found.items() if key not in before),
        old=tuple(_finding(error) for key, error in found.items() if key in before),
    )


def declared_findings(faults: Iterable[RolloutError]) -> Lint:
    """Return what the rules find in what is declared, where nobody can say what stands."""
    return Lint(new=tuple(map(_finding, faults)))


def _overlaid(standing: Definition, definition: Definition, items: Iterable[Item]) -> Definition:
    """Return what will stand: what is declared, and of the rest whatever is neither removed nor dropped with it."""
    gone = {item.identity for item in items if item.action is Action.REMOVE} | set(_dropped(standing, definition))
    kinds: dict[str, Any] = {kind: _kind(kind, standing, definition, gone) for kind in _KINDS}
    return Definition.model_construct(**kinds)


def _kind(kind: str, standing: Definition, definition: Definition, gone: set[str]) -> tuple[Any, ...]:
    declared = tuple(item for item in getattr(definition, kind) if not getattr(item, "absent", False))
    names = {item.identity for item in getattr(definition, kind)} | gone
    return (*declared, *(item for item in getattr(standing, kind) if item.identity not in names))


def _dropped(standing: Definition, definition: Definition) -> list[str]:
    """Return the policies that are dropped with the switch to the declared ones."""
    closed = {grant.object_name: grant.policies for grant in definition.grants if grant.policies is not None}
    return [
        policy.identity
        for policy in standing.policies
        if policy.name not in closed.get(policy.relation, (policy.name,))
    ]


def _key(error: RolloutError) -> tuple[str, str]:
    """Return what one finding is known by: the server may spell what is at fault otherwise than the program."""
    return error.code, error.path


def _finding(error: RolloutError) -> LintFinding:
    rule = _RULES.get(error.code)
    page = rule.page if rule else ""
    return LintFinding(rule=error.code, object=error.path, problem=error.problem, page=page)
