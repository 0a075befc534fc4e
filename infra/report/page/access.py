"""The access table as a matrix: objects by roles, for each kind of access that an environment has."""

from collections.abc import Iterable, Iterator

from infra.models.access import BEYOND_ROWS, BY_COLUMN, Access, Cell, Operation
from infra.pipeline.answers import ROLES, answers
from infra.pipeline.names import OWNER
from infra.pipeline.phases import FIRST, phase
from infra.report.page.model import Environment, Matrix, MatrixCell, MatrixRow


def matrices(environments: Iterable[Environment]) -> tuple[Matrix, ...]:
    """Return who may do what, once for each way in which environments have it."""
    groups: dict[tuple[Access, bool], list[str]] = {}
    for one in environments:
        number = one.phase or one.file_phase or FIRST
        kind = Access(one.access or Access.SERVICE), phase(number).opens_sign_up
        groups.setdefault(kind, []).append(one.stack)
    return tuple(_matrix(access, tuple(stacks), sign_up=sign_up) for (access, sign_up), stacks in groups.items())


def _matrix(access: Access, stacks: tuple[str, ...], *, sign_up: bool) -> Matrix:
    cells: dict[tuple[str, str], dict[Operation, list[Cell]]] = {}
    for cell in answers(access, sign_up=sign_up):
        cells.setdefault((cell.on, cell.role), {}).setdefault(cell.operation, []).append(cell)
    rows = tuple(
        MatrixRow(object=name, cells=tuple(_cell(role, cells.get((name, role), {})) for role in ROLES))
        for name in dict.fromkeys(name for name, _ in cells)
    )
    return Matrix(access=access.value, sign_up=sign_up, stacks=stacks, roles=ROLES, rows=rows)


def _cell(role: str, operations: dict[Operation, list[Cell]]) -> MatrixCell:
    details = tuple(_details(role, operations))
    return MatrixCell(role=role, summary=", ".join(word for word, _ in details), details=tuple(d for _, d in details))


def _details(role: str, operations: dict[Operation, list[Cell]]) -> Iterator[tuple[str, str]]:
    """Yield each operation that is allowed: in a word, and with its rows, columns and reason."""
    for operation, group in operations.items():
        reached = [cell for cell in group if cell.answer.reaches]
        if not reached or (role == OWNER and operation in BEYOND_ROWS):
            continue
        partly = operation in BY_COLUMN and len(reached) < len(group)
        columns = f" of {', '.join(cell.column for cell in reached)}" if partly else ""
        first = reached[0]
        word = f"{operation.value} (some columns)" if partly else operation.value
        yield word, f"{operation.value}{columns}: {first.answer.value}; {first.reason}"
