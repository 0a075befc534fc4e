"""The SQL of a plan beside the SQL that takes it back, folded away object by object."""

from collections.abc import Iterable, Iterator

from infra.preview.document import PlanDocument, PlannedObject, PlannedStep
from infra.report.comment_section import Section, Weight
from infra.report.comment_words import LONGEST_WORD
from infra.report.markdown import block, entities, folded, prose


def sql_sections(plan: PlanDocument) -> Iterator[Section]:
    """Yield the SQL beside the SQL back: of what has hazards first, then kind by kind, so that little is left out."""
    changed = [item for item in plan.objects if item.steps]
    for title, weight, items in (
        ("SQL of what has hazards", Weight.DANGEROUS_SQL, [item for item in changed if item.hazards]),
        ("SQL of the rest", Weight.SQL, [item for item in changed if not item.hazards]),
    ):
        for kind in dict.fromkeys(item.kind for item in items):
            name = f"{title}: {prose(kind, LONGEST_WORD).lower()}"
            yield Section(name, _folds(item for item in items if item.kind == kind), weight)


def _folds(items: Iterable[PlannedObject]) -> str:
    return "\n".join(map(_fold, items))


def _fold(item: PlannedObject) -> str:
    name = f"{item.action} {entities(item.kind).lower()} <code>{entities(item.object)}</code>"
    forward = "\n\n".join(_step_sql(step) for step in item.steps)
    back = block(_script(item.back)) if item.back else "There is no SQL back."
    return folded(name, f"{forward}\n\nBack:\n\n{back}")


def _step_sql(step: PlannedStep) -> str:
    alone = "" if step.transactional else " (not in a transaction)"
    return f"Up: {prose(step.summary)}{alone}\n\n{block(_script(step.sql))}"


def _script(statements: Iterable[str]) -> str:
    return "\n".join(f"{text.rstrip().rstrip(';')};" for text in statements)
