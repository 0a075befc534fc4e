"""How good the proof is: each mutant must be caught by it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from infra.database.session import Session
from infra.ddl.templates import catalog_query
from infra.errors import RolloutError
from infra.models.access import Access
from infra.models.definition import Definition
from infra.verify.mutants import Mutant
from infra.verify.proof import Rehearsal, prove
from infra.verify.report import Report


@dataclass(frozen=True)
class Caught:
    """What became of a mutant: how many cells were seen to differ by trying or by the catalog, how many objects do."""

    mutant: Mutant
    cells: int
    objects: int

    @property
    def is_caught(self) -> bool:
        """Whether the proof has failed, as it must."""
        return bool(self.cells or self.objects)


@dataclass(frozen=True)
class Mutation:
    """What became of all of them."""

    caught: tuple[Caught, ...]

    @property
    def survivors(self) -> tuple[str, ...]:
        """The mutants that nothing noticed."""
        return tuple(item.mutant.name for item in self.caught if not item.is_caught)

    @property
    def by_cells(self) -> int:
        """How many were seen in the access table itself, by what somebody can or cannot do."""
        return sum(1 for item in self.caught if item.cells)

    @property
    def share(self) -> float:
        """The share that was caught, in per cent."""
        return 100 * (1 - len(self.survivors) / len(self.caught)) if self.caught else 0.0


def mutate(
    administrator: Session,
    definition: Definition,
    access: Access,
    found: Iterable[Mutant],
    *,
    deployer: str,
    tell: Callable[[Caught], None] = lambda _: None,
) -> Mutation:
    """Break one thing after the other on a scratch copy, prove it each time as the deployer, and undo it.

    Args:
        administrator: a superuser's session on the scratch copy, which was deployed from the definition.
        definition: what the scratch copy is.
        access: who writes the creators' results there.
        found: the mutants.
        deployer: who proves.
        tell: told of each.

    Raises:
        RolloutError: VER003 when a mutant cannot be made, or the copy is not proven as it stands.
    """

    def proven(mutant: Mutant | None) -> Report:
        with _broken(administrator, mutant):
            administrator.run("verify", catalog_query("verify_as.sql"), {"deployer": deployer})
            return prove(administrator, definition, access, gently=False, rehearsal=rehearsal)

    rehearsal = Rehearsal()
    whole = proven(None)
    if not whole.is_proven:
        first = next(whole.lines())
        raise RolloutError("VER003", "verify", f"the copy is not proven before anything is broken: {first}")
    caught = []
    for mutant in found:
        report = proven(mutant)
        cells = len(report.differing)
        caught.append(Caught(mutant, cells, len(report.findings) + len(report.faults)))
        tell(caught[-1])
    return Mutation(tuple(caught))


@contextmanager
def _broken(administrator: Session, mutant: Mutant | None) -> Iterator[None]:
    """Break what the mutant breaks for as long as something is done inside."""
    with administrator.transaction(undone=True):
        for text in mutant.statements if mutant else ():
            try:
                administrator.run("verify", text)
            except RolloutError as error:
                name = mutant.name if mutant else ""
                raise RolloutError("VER003", name, f"it cannot be made: {error.problem}") from None
        yield
