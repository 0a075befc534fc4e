"""What a conversion finds: the other form, how far it is, what goes over with it, and what keeps it from being done."""

from collections.abc import Iterator
from typing import Any, Final

from infra.database.absences import relation_exists
from infra.database.catalog.tables import read_table
from infra.database.session import Session
from infra.ddl.alteration import Counterpart, TableState, plan_table_alteration, standing
from infra.ddl.conversion import Conversion, Surrounding, months_of
from infra.ddl.conversion_form import progress_of, trigger_name
from infra.ddl.templates import catalog_query, render
from infra.errors import RolloutError
from infra.models.expressions import DEFAULT_BOUNDS
from infra.models.metrics import AHEAD
from infra.models.table import Table
from infra.pipeline.names import PRIVATE

#: Of older rows the partition that takes everything is enough.
MOST_MONTHS: Final = 120
_QUERY: Final = "conversion_query.sql.j2"
_ALLOWED: Final = (
    "one column as the key, months of one time that the divided form's key has besides, and a default leaf"
)


def read_counterpart(session: Session, name: str) -> Counterpart | None:
    """Return the other form of a table, and how far it is."""
    found = read_table(session, PRIVATE, name)
    if found is None:
        return None
    progress = progress_of(PRIVATE, name)
    asked = relation_exists(session, progress)
    row = session.one(render(_QUERY, action="standing", state=progress)) if asked else None
    return Counterpart(found[0], begun=row is not None, kept=bool(row and row["kept"]))


def read_conversion(session: Session, state: TableState, wanted: Table) -> Conversion:
    """Return the conversion of a table that stands in the other form than the wanted one."""
    twin = state.counterpart
    former = _surroundings(session, f"{PRIVATE}.{wanted.name}", wanted) if twin and twin.kept else ()
    months = _months(session, wanted) if wanted.partitioning and (twin is None or not twin.begun) else ()
    return Conversion(
        state,
        wanted,
        PRIVATE,
        surroundings=_surroundings(session, wanted.identity, wanted),
        former=former,
        months=months_of(months, wanted, PRIVATE),
    )


def conversion_conflicts(session: Session, state: TableState, wanted: Table) -> Iterator[RolloutError]:
    """Yield what keeps a table from being converted: nothing is changed before all of it is out of the way."""
    if fault := _form_fault(state.present, wanted):
        yield _refusal(wanted, fault, allowed=_ALLOWED, fix="make a new table, and copy by hand")
        return
    if differs := _other_differences(state, wanted):
        problem = f"besides its form it differs from the definition: {'; '.join(differs)}"
        fix = "undo the change of its form, run `up`, then change the form"
        yield _refusal(wanted, problem, allowed="a table that stands as declared but for its form", fix=fix)
    for item in _surroundings(session, wanted.identity, wanted):
        if item.text is None:
            what = f"{item.kind} {item.name}"
            problem = f"{what} depends on it, and would stay with the form that is put away"
            yield _refusal(wanted, problem, fix=f"take {what} away, run `up`, and make it again")
    twin = state.counterpart
    if twin is not None and (twin.state.present.partitioning is None) != (wanted.partitioning is None):
        name = f"{PRIVATE}.{wanted.name}"
        yield _refusal(wanted, f"{name} stands already, in the same form", fix=f"look at {name}, and rename it")
    yield from _lacking(twin, wanted)


def _refusal(wanted: Table, problem: str, *, fix: str, allowed: str = "") -> RolloutError:
    return RolloutError("ADOPT004", f"table {wanted.identity}", problem, allowed=allowed, fix=fix)


def _form_fault(standing_: Table, wanted: Table) -> str:
    plain, divided = (standing_, wanted) if wanted.partitioning else (wanted, standing_)
    parts = divided.partitioning
    if parts is None or parts.method != "range" or len(parts.key) != 1:
        return "it is not divided by one range"
    if len(plain.primary_key) != 1 or set(divided.primary_key) != {*plain.primary_key, *parts.key}:
        return f"its keys are ({', '.join(plain.primary_key)}) and ({', '.join(divided.primary_key)})"
    if DEFAULT_BOUNDS not in {leaf.bounds for leaf in parts.leaves}:
        return "no partition takes what no other does, so that a write may fail"
    return ""


def _other_differences(state: TableState, wanted: Table) -> list[str]:
    """Return what an alteration would change of the table, and the columns that the definition does not know."""
    stands = standing(state)
    nullable = {column.name: column.nullable for column in stands.columns}
    keys = {name: nullable[name] for name in (*stands.primary_key, *wanted.primary_key) if name in nullable}
    columns = tuple(
        column.model_copy(update={"nullable": keys.get(column.name, column.nullable)}) for column in wanted.columns
    )
    alike = wanted.model_copy(
        update={"columns": columns, "primary_key": stands.primary_key, "partitioning": stands.partitioning}
    )
    unknown = [column.name for column in state.present.columns if column.name not in nullable]
    strange = [f"column {name} is not declared" for name in unknown]
    return [*strange, *(step.summary for step in plan_table_alteration(state, alike))]


def _lacking(twin: Counterpart | None, wanted: Table) -> Iterator[RolloutError]:
    """Refuse to go back to a form that has not all columns of the one in use."""
    if twin is None or not twin.kept:
        return
    stands = {column.name for column in twin.state.present.columns}
    if lacking := [column.name for column in wanted.columns if column.name not in stands]:
        problem = f"its other form, which was kept, lacks {', '.join(lacking)}"
        yield _refusal(wanted, problem, fix="run `rollout months finish`, which drops that form; `up` makes it anew")


def _surroundings(session: Session, relation: str, wanted: Table) -> tuple[Surrounding, ...]:
    names = {"relation": relation, "name": wanted.identity, "twin": f"{PRIVATE}.{wanted.name}"}
    rows = session.query(catalog_query("conversion_surroundings.sql"), names | {"carrier": trigger_name(wanted.name)})
    return tuple(Surrounding(row["kind"], row["name"], row["text"], tuple(row["reads"] or ())) for row in rows)


def _months(session: Session, wanted: Table) -> list[dict[str, Any]]:
    parts = wanted.partitioning
    key = parts.key[0] if parts else ""
    return session.query(
        render(_QUERY, action="months", relation=wanted.identity, key=key, ahead=AHEAD, most=MOST_MONTHS)
    )
