"""The stacks of a page: what each file says, where its database is; all of them are looked at beside each other."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Final

from infra.cli.flags_standing import facts_of_state, lines_of
from infra.cli.flags_wanted import Wanted, read_wanted
from infra.cli.lint_run import Finding, lint_stack
from infra.cli.rollback_connection import find_place, find_target
from infra.cli.sql_texts import definition_of
from infra.cli.stacks import Stack, find_project, read_stack_file, source_of
from infra.config.definition import examine_definition
from infra.config.faults import HIDDEN
from infra.config.files import stack_names as project_stacks
from infra.config.settings import StackSettings
from infra.config.stack import examine
from infra.database.rollout import State
from infra.database.target import Target
from infra.errors import RolloutError, RolloutErrors
from infra.models.definition import Definition
from infra.report.page.access import matrices
from infra.report.page.gather import Ground, gather
from infra.report.page.model import Environment, FlagView, LintLine, PageDocument
from infra.report.page.standing import phase_heads

#: So many databases are looked at beside each other: one that does not answer holds none of the others up.
_BESIDE: Final = 4


def stack_names(asked: Iterable[str]) -> list[str]:
    """Return the stacks that are asked for, each once, or all that the project has a file of.

    Raises:
        RolloutError: CLI002 for a stack without a file.
    """
    names = list(dict.fromkeys(asked))
    for name in names:
        read_stack_file(name)
    if names:
        return names
    return project_stacks(find_project())


def make_page(names: list[str], now: datetime | None = None) -> PageDocument:
    """Return the page of these stacks as they stand. Nothing is changed."""
    at = now or datetime.now(UTC)
    with ThreadPoolExecutor(max_workers=_BESIDE) as pool:
        environments = tuple(pool.map(partial(look_at, now=at), names))
    return page_of(environments, at)


def page_of(environments: tuple[Environment, ...], at: datetime) -> PageDocument:
    """Return the page of what was found."""
    return PageDocument(
        at=at,
        project=find_project().name if not environments else _project(environments),
        phases=phase_heads(),
        environments=environments,
        matrices=matrices(environments),
    )


def look_at(name: str, now: datetime) -> Environment:
    """Return one environment as it stands; whatever keeps it from being looked at is told in it."""
    return gather(ground_of(name), now)


def ground_of(name: str) -> Ground:
    """Return what the stack's file says, faults and all."""
    try:
        stack = read_stack_file(name)
    except RolloutError as error:
        return Ground(name, problem=str(error))
    settings, _ = examine(source_of(stack))
    target, problem = _target(name)
    return Ground(
        stack=name,
        target=target,
        problem=problem,
        protected=settings.protect,
        access=settings.writers.value,
        file_phase=settings.phase,
        gates=settings.gate_settings,
        monitoring=settings.monitoring,
        lint=tuple(_lint_line(finding) for finding in lint_stack(stack).findings if not _is_of_a_secret(finding)),
        lint_looked=True,
        flags=partial(_flags, _wanted(stack)),
        define=partial(_define, settings),
    )


def _project(environments: tuple[Environment, ...]) -> str:
    return read_stack_file(environments[0].stack).project


def _target(name: str) -> tuple[Target | None, str]:
    try:
        return find_target(find_place(name)), ""
    except (RolloutError, RolloutErrors) as error:
        return None, str(error)


def _is_of_a_secret(finding: Finding) -> bool:
    """Whether it tells of a secret that the file lacks: it may come from elsewhere, and who connects tells of it."""
    return finding.error.code == "CFG004" and finding.error.path in HIDDEN


def _lint_line(finding: Finding) -> LintLine:
    shown = finding.to_json()
    return LintLine(
        rule=shown["code"],
        object=shown["path"],
        problem=shown["problem"],
        fix=shown["fix"],
        page=shown["page"] or "",
    )


def _wanted(stack: Stack) -> Wanted | None:
    try:
        return read_wanted(stack)
    except RolloutErrors:
        return None  # the rules tell of it


def _flags(wanted: Wanted | None, state: State) -> Iterable[FlagView]:
    for line in lines_of(facts_of_state(state), wanted):
        yield FlagView(name=line.name.value, on=line.on, audience=line.audience.value, why=line.why)


def _define(settings: StackSettings, number: int) -> Definition:
    """Return the definition for the phase that the database is in.

    Raises:
        RolloutErrors: where there can be none.
    """
    standing = settings.model_copy(update={"phase": number})
    definition, errors = examine_definition(partial(definition_of, standing))
    if definition is None:
        raise RolloutErrors(errors)
    return definition
