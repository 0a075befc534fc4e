"""The access table as a page: who may do what to each object, why, and what phases and the kind of access change."""

from collections.abc import Iterable, Iterator
from typing import Final

from infra.models.access import BEYOND_ROWS, BY_COLUMN, Access, Answer, Cell, Operation
from infra.pipeline.answers import ROLES, answers
from infra.pipeline.names import ANON, API, CREATOR, MONITOR, OWNER, SERVICE, SERVICE_ROLE

#: Who stands behind each role, in words.
WHO: Final = {
    ANON: "a visitor without a login",
    CREATOR: "a signed-in user: two creators, a member of the team without a profile, and a stranger are tried",
    SERVICE: "the application's own service, which row security binds",
    SERVICE_ROLE: "the platform's service key, which passes row security by: its grants alone bind it",
    MONITOR: "monitoring",
    OWNER: "the owner of the objects, whom forced row security binds too; nobody logs in as it",
    API: "the login of the API, before it takes a request's role",
}
Place = tuple[str, str, Operation]


def roles() -> list[dict[str, str]]:
    """Return the roles and who stands behind them."""
    return [{"name": role, "who": WHO[role]} for role in ROLES]


def objects() -> list[dict[str, object]]:
    """Return, object by object, what is allowed; what is not listed is refused with 42501."""
    cells = answers(Access.SERVICE, sign_up=True)
    names = dict.fromkeys(cell.on for cell in cells)
    return [{"name": name, "rows": list(_rows(cell for cell in cells if cell.on == name))} for name in names]


def changes() -> list[dict[str, str]]:
    """Return what `access: legacy` allows besides, and what a phase without sign-up does not allow."""
    usual = answers(Access.SERVICE, sign_up=True)
    others = (
        ("`access: legacy`", answers(Access.LEGACY, sign_up=True)),
        ("phase 1", answers(Access.SERVICE, sign_up=False)),
    )
    return [
        {"when": when, "role": place[1], "operation": place[2].value, "on": place[0], "what": what}
        for when, found in others
        for place, what in _differences(usual, found)
    ]


def count() -> int:
    """Return how many cells the table has."""
    return len(answers(Access.SERVICE, sign_up=True))


def _rows(cells: Iterable[Cell]) -> Iterator[dict[str, str]]:
    for (_, role, operation), group in _grouped(cells).items():
        reached = [cell for cell in group if cell.answer is not Answer.REFUSED]
        if reached and not (role == OWNER and operation in BEYOND_ROWS):
            yield {
                "role": role,
                "operation": operation.value,
                "answer": reached[0].answer.value,
                "columns": _columns(reached, group) if operation in BY_COLUMN else "",
                "reason": reached[0].reason,
            }


def _grouped(cells: Iterable[Cell]) -> dict[Place, list[Cell]]:
    groups: dict[Place, list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.on, cell.role, cell.operation), []).append(cell)
    return groups


def _columns(reached: list[Cell], group: list[Cell]) -> str:
    return ", ".join(f"`{cell.column}`" for cell in reached) if len(reached) < len(group) else "all"


def _differences(usual: Iterable[Cell], found: Iterable[Cell]) -> Iterator[tuple[Place, str]]:
    before, after = _grouped(usual), _grouped(found)
    for place, group in after.items():
        old = {cell.column for cell in before[place] if cell.answer is not Answer.REFUSED}
        new = {cell.column for cell in group if cell.answer is not Answer.REFUSED}
        if new - old:
            yield place, "also " + ", ".join(f"`{name}`" for name in sorted(new - old))
        if old - new:
            yield place, "refused with 42501: " + group[0].reason
