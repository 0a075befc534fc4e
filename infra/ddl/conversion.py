"""Steps that bring a table from one form to the other, plain or divided, while it is written to.

The other form, the twin, stands in the private schema under the table's own name. A trigger carries every write over to
it, the rows are copied in batches, both are compared, and then they change places. From then on the trigger carries the
other way, so that going back is the same exchange again and loses nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from infra.ddl.alteration import TableState, plan_table_alteration
from infra.ddl.budget import On, Relations, budgeted
from infra.ddl.conversion_form import BATCH_MILLISECONDS, Form, form_of
from infra.ddl.statement import Hazard, Plan, Statement, Step, Waits
from infra.ddl.table import leaf_names, plan_table_creation, statement
from infra.models.table import Leaf, RowSecurity, Table

_TEMPLATE: Final = "conversion"
_KEEPS: Final = "every row: both forms have it"
#: What is made anew when the other form takes the table's place; its indexes stand by then.
_AT_THE_SWAP: Final = ("policy", "trigger", "grant", "comment", "view")


@dataclass(frozen=True)
class Surrounding:
    """Something on the table that its other form must have: the text that makes it, or none where nothing does."""

    kind: str
    name: str
    text: str | None
    reads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conversion:
    """A table as it stands, its other form as it is wanted, and what goes over from one to the other."""

    state: TableState
    wanted: Table
    private: str
    surroundings: tuple[Surrounding, ...] = ()
    former: tuple[Surrounding, ...] = ()
    """What stands on the twin, where it was the table before."""
    months: tuple[Leaf, ...] = ()
    """The partitions for the rows that are there, and for those to come."""

    @cached_property
    def form(self) -> Form:
        """The direction."""
        return form_of(self.state.present, self.wanted, self.private)

    @cached_property
    def twin(self) -> Table:
        """The wanted table in the private schema: its owner passes its row security by, and nobody else reaches it."""
        changes: dict[str, object] = {"schema_name": self.private, "row_security": RowSecurity.ENABLED}
        if parts := self.wanted.partitioning:
            known = {leaf.name for leaf in parts.leaves}
            leaves = (*(leaf for leaf in self.months if leaf.name not in known), *parts.leaves)
            changes["partitioning"] = parts.model_copy(update={"leaves": leaves})
        return self.wanted.model_copy(update=changes)

    @property
    def twin_leaves(self) -> tuple[str, ...]:
        """The twin's partitions: those that stand and those that will."""
        standing = self.state.counterpart
        present = leaf_names(standing.state.present) if standing else ()
        return tuple(dict.fromkeys((*present, *leaf_names(self.twin))))

    @property
    def relations(self) -> Relations:
        """What a statement may lock, by its part in it."""
        return {
            On.TABLE: (self.form.table,),
            On.PARTITIONS: leaf_names(self.state.present),
            On.TWIN: (self.form.twin,),
            On.TWIN_PARTITIONS: self.twin_leaves,
            On.PARENTS: [key.references for key in self.wanted.foreign_keys],
            On.PROGRESS: (self.form.state,),
            On.UNSURE: (self.form.unsure,),
            On.VIEW: [item.name for item in self.surroundings if item.kind == "view"],
            On.READ: sorted({name for item in self.made_anew for name in item.reads}),
        }

    @property
    def made_anew(self) -> tuple[Surrounding, ...]:
        """What is made on the twin when it takes the table's place; policies only where it has others."""
        kinds = _AT_THE_SWAP if self.has_other_policies else tuple(kind for kind in _AT_THE_SWAP if kind != "policy")
        return self.of(*kinds)

    @property
    def has_other_policies(self) -> bool:
        """Whether the twin has not the very policies of the table."""
        return self.of("policy") != tuple(item for item in self.former if item.kind == "policy")

    def of(self, *kinds: str) -> tuple[Surrounding, ...]:
        """Return what stands on the table, of these kinds."""
        return tuple(item for item in self.surroundings if item.kind in kinds)


def is_conversion(state: TableState, wanted: Table) -> bool:
    """Whether the table that stands has the other form than the wanted one."""
    return bool(wanted.columns) and (state.table.partitioning is None) != (wanted.partitioning is None)


def is_abandoned(state: TableState, wanted: Table) -> bool:
    """Whether a conversion was begun whose form is wanted no longer: its twin has never been in use."""
    twin = state.counterpart
    return bool(wanted.columns) and not is_conversion(state, wanted) and twin is not None and not twin.kept


def plan_conversion(conversion: Conversion) -> Plan:
    """Return what is left of the way to the other form."""
    twin = conversion.state.counterpart
    begun = twin is not None and twin.begun
    return (*(() if begun else _expand(conversion)), *_fill(conversion), _swap(conversion))


def plan_leaving(conversion: Conversion) -> Plan:
    """Return the steps that take the other form away, whatever stands of it."""
    twin = conversion.state.counterpart
    if twin is None:
        return ()
    keys = [
        _step(conversion, f"take {key.name} off its other form", _unlink(twin.state.present, key.name))
        for key in twin.state.present.foreign_keys
    ]
    return (
        _step(conversion, "carry nothing over to its other form any longer", _statement("leave", conversion)),
        *keys,
        _step(conversion, "drop its other form", _statement("drop twin", conversion)),
    )


def plan_finish(conversion: Conversion) -> Plan:
    """Return the steps that compare both forms once more and take the one away that is not in use."""
    return (_fill(conversion)[0], *plan_leaving(conversion))


def _expand(conversion: Conversion) -> list[Step]:
    """Return the steps to a twin that is empty and up to date.

    Its foreign keys come last: with them whoever deletes a creator comes by, who must not find it locked for long, nor
    by somebody who then wants the table itself. Each of those steps takes one table's lock.
    """
    twin, stands = conversion.twin, conversion.state.counterpart
    keyless = twin.model_copy(update={"foreign_keys": ()})
    bare = _without_leaves(keyless)
    state = stands.state if stands else TableState(bare, bare)
    whole = {"partitioning": twin.partitioning}
    filled = replace(state, table=state.table.model_copy(update=whole), present=state.present.model_copy(update=whole))
    sources = leaf_names(conversion.state.present) or (conversion.form.table,)
    begin = _statement("begin", conversion, sources=sources)
    return [
        *(() if stands else plan_table_creation(bare)),
        *plan_table_alteration(state, keyless),
        _index(conversion),
        *plan_table_alteration(filled, twin),
        _step(conversion, f"carry every write over to {conversion.form.twin} from now on", begin),
    ]


def _index(conversion: Conversion) -> Step:
    names = conversion.twin_leaves or (conversion.form.twin,)
    return _step(
        conversion,
        "index its other form while it is empty",
        *(budgeted(_TEMPLATE, "quiet", {On.PARTITION: (name,)}, relation=name) for name in names),
        *(_statement("index", conversion, text=item.text) for item in conversion.of("index")),
    )


def _fill(conversion: Conversion) -> tuple[Step, Step]:
    twin = conversion.state.counterpart
    what = "compare both forms, row by row"
    if twin is None or not twin.kept:
        rows = f"{conversion.state.estimated_rows:,}"
        what = f"copy some {rows} rows in batches of {BATCH_MILLISECONDS} ms, and {what}"
    copy = _step(conversion, f"{what}; whenever it ends, it goes on from there", _statement("copy", conversion))
    analyze = _step(conversion, "take the statistics of its other form", _statement("analyze", conversion))
    repeated = replace(copy, waits=Waits.PATIENT, repeats=conversion.form.copier)
    return repeated, replace(analyze, waits=Waits.PATIENT)


def _swap(conversion: Conversion) -> Step:
    form, anew = conversion.form, conversion.has_other_policies
    swap = _statement(
        "swap",
        conversion,
        back=form.back,
        forced=conversion.wanted.row_security is RowSecurity.FORCED,
        policies=[
            item.name for item in (*conversion.former, *conversion.surroundings) if anew and item.kind == "policy"
        ],
        triggers=[item.name for item in conversion.of("trigger")],
        grantees=list(dict.fromkeys(item.name for item in conversion.of("grant"))),
        texts=[item.text for item in conversion.made_anew],
        quiet=conversion.twin_leaves or (form.table,),
    )
    kind = "divided" if form.divides else "plain"
    summary = (
        f"put the {kind} form in its place, unique by ({', '.join(form.twin_key)}) from then on; the former one is"
        f" kept, up to date, as {form.twin}"
    )
    return replace(_step(conversion, summary, swap), hazards=(Hazard.CORRECTNESS,) if form.divides else ())


def _unlink(table: Table, name: str) -> Statement:
    keys = [key for key in table.foreign_keys if key.name == name]
    return statement("drop constraint", table, keys, name=name)


def _without_leaves(table: Table) -> Table:
    parts = table.partitioning
    bare = None if parts is None else parts.model_copy(update={"leaves": ()})
    return table.model_copy(update={"partitioning": bare})


def _step(conversion: Conversion, summary: str, *statements: Statement) -> Step:
    return Step(f"table {conversion.wanted.identity}", summary, tuple(statements), keeps=_KEEPS)


def _statement(action: str, conversion: Conversion, **values: object) -> Statement:
    return budgeted(_TEMPLATE, action, conversion.relations, form=conversion.form, **values)


def months_of(rows: Iterable[dict[str, str]], table: Table, private: str) -> tuple[Leaf, ...]:
    """Return the partitions of these months; they are months of UTC, as every part of the divided form has it."""
    return tuple(
        Leaf(
            schema_name=private,
            name=f"{table.name}_p{row['name']}",
            bounds=f"FROM ('{row['first']} 00:00:00+00') TO ('{row['after']} 00:00:00+00')",
        )
        for row in rows
    )
