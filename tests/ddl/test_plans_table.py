"""The plans of a table: made closed, altered in place without dropping a column, parked with its rows."""

from typing import Any

from infra.ddl.alteration import TRANSITION_POLICY, TableState, plan_table_alteration
from infra.ddl.statement import Lock, Waits
from infra.ddl.table import plan_table_creation, plan_table_parking
from infra.models.table import Check, Column, Default, ForeignKey, OnDelete, RowSecurity, Table
from infra.pipeline.tables import TABLES
from tests.ddl.planning import locks, texts

KEY = ForeignKey(name="t_p_fkey", columns=("p",), references="public.parent", referenced_columns=("id",))
CHECK = Check(name="t_n_check", expression="n > 0")
TABLE = Table(
    name="t",
    owner="o",
    archive_schema="archive",
    columns=(
        Column(name="id", type="uuid", nullable=False, default=Default(function="gen_random_uuid()")),
        Column(name="p", type="uuid"),
        Column(name="n", type="varchar(10)", default=Default(literal="it's")),
    ),
    primary_key=("id",),
    checks=(CHECK,),
    foreign_keys=(KEY,),
)


def plan(before: Table, after: Table = TABLE, **state: Any) -> list[str]:
    """Return the statements from a table, all of which is declared, to another."""
    return texts(plan_table_alteration(TableState(before, before, **state), after))


def changed(**changes: object) -> Table:
    return TABLE.model_copy(update=changes)


def with_column(column: Column) -> Table:
    return changed(columns=(*TABLE.columns[:2], column))


def test_nothing_is_planned_where_nothing_differs() -> None:
    assert plan(TABLE) == []


def test_every_table_of_the_pipeline_is_closed_from_its_first_moment() -> None:
    """One transaction: made, row security on and forced, nothing granted, given to its owner."""
    for table in TABLES:
        (step,) = plan_table_creation(table)
        create, enable, force, close, owner = texts((step,))
        assert create.startswith(f'CREATE TABLE "public"."{table.name}" (')
        assert enable.endswith("ENABLE ROW LEVEL SECURITY")
        assert force.endswith(" FORCE ROW LEVEL SECURITY")
        assert close.endswith('FROM PUBLIC, "anon", "authenticated", "service_role"') or "CASCADE" in close
        assert owner.endswith('OWNER TO "pipeline_owner"')
        assert step.transactional


def test_a_new_table_locks_what_its_keys_refer_to() -> None:
    assert (Lock.SHARE_ROW_EXCLUSIVE, "public.parent") in locks(plan_table_creation(TABLE))
    (create, *_rest) = texts(plan_table_creation(TABLE))
    assert "\"n\" varchar(10) DEFAULT 'it''s'" in create
    assert 'CONSTRAINT "t_pkey" PRIMARY KEY ("id")' in create


def test_a_parked_table_leaves_with_its_rows_and_stays_within_its_owners_reach() -> None:
    (step,) = plan_table_parking(TABLE)
    said = texts((step,))
    assert said[-1] == 'ALTER TABLE "public"."t" SET SCHEMA "archive"'
    assert 'GRANT USAGE, CREATE ON SCHEMA "archive" TO "o"' in said
    assert step.keeps.startswith("every row")


def test_a_column_is_added_without_rewriting_the_table() -> None:
    """A volatile default would rewrite it: it is set apart, for new rows."""
    wanted = with_column(Column(name="u", type="uuid", default=Default(function="gen_random_uuid()")))
    assert plan(changed(columns=TABLE.columns[:2], checks=()), wanted.model_copy(update={"checks": ()})) == [
        'ALTER TABLE "public"."t" ADD COLUMN "u" uuid',
        'ALTER TABLE "public"."t" ALTER COLUMN "u" SET DEFAULT gen_random_uuid()',
    ]


def test_no_column_is_ever_dropped() -> None:
    more = changed(columns=(*TABLE.columns, Column(name="theirs", type="text")))
    assert plan(more) == []


def test_a_type_is_only_widened() -> None:
    longer = TABLE.columns[2].model_copy(update={"type": "text"})
    assert plan(TABLE, with_column(longer)) == ['ALTER TABLE "public"."t" ALTER COLUMN "n" TYPE text']
    assert plan(with_column(longer)) == []


def test_a_default_is_set_and_dropped() -> None:
    bare = with_column(TABLE.columns[2].model_copy(update={"default": None}))
    assert plan(TABLE, bare) == ['ALTER TABLE "public"."t" ALTER COLUMN "n" DROP DEFAULT']
    assert plan(bare) == ['ALTER TABLE "public"."t" ALTER COLUMN "n" SET DEFAULT \'it\'\'s\'']


def test_not_null_is_proven_by_a_check_before_it_is_set() -> None:
    """So that the exclusive lock is not held while every row is read."""
    wanted = with_column(TABLE.columns[2].model_copy(update={"nullable": False}))
    steps = plan_table_alteration(TableState(TABLE, TABLE), wanted)
    said = texts(steps)
    assert [text.split('"t" ')[1].split(" ")[0] for text in said] == ["DROP", "ADD", "VALIDATE", "ALTER", "DROP"]
    assert said[1].endswith('CHECK ("n" IS NOT NULL) NOT VALID')
    assert [step.waits for step in steps] == [Waits.INSTANT, Waits.PATIENT, Waits.INSTANT]
    assert plan(wanted) == ['ALTER TABLE "public"."t" ALTER COLUMN "n" DROP NOT NULL']


def test_constraints_are_added_unvalidated_and_validated_apart() -> None:
    steps = plan_table_alteration(TableState(bare := changed(checks=(), foreign_keys=()), bare), TABLE)
    said = texts(steps)
    assert [text.rpartition("NOT VALID")[1] for text in said] == ["NOT VALID", "", "NOT VALID", ""]
    assert [step.waits for step in steps] == [Waits.INSTANT, Waits.PATIENT] * 2
    assert (Lock.SHARE_ROW_EXCLUSIVE, "public.parent") in locks(steps)
    assert (Lock.ROW_SHARE, "public.parent") in locks(steps)


def test_a_constraint_that_was_left_unvalidated_is_validated() -> None:
    """What an interrupted run left is taken up where it stopped."""
    assert plan(TABLE, unvalidated=frozenset({"t_n_check"})) == [
        'ALTER TABLE "public"."t" VALIDATE CONSTRAINT "t_n_check"'
    ]


def test_a_key_under_another_name_is_renamed() -> None:
    other = changed(foreign_keys=(KEY.model_copy(update={"name": "fk_1"}),))
    assert plan(other) == ['ALTER TABLE "public"."t" RENAME CONSTRAINT "fk_1" TO "t_p_fkey"']


def test_a_changed_constraint_is_replaced_in_one_step() -> None:
    other = changed(foreign_keys=(KEY.model_copy(update={"on_delete": OnDelete.CASCADE}),))
    steps = plan_table_alteration(TableState(other, other), TABLE)
    assert [text.split('"t" ')[1].split(" ")[0] for text in texts(steps)] == ["DROP", "ADD", "VALIDATE"]
    assert len(steps[0].statements) == 2


def test_only_what_was_declared_before_is_dropped() -> None:
    less = changed(checks=())
    assert plan(TABLE, less) == []
    assert plan(TABLE, less, former=TABLE) == ['ALTER TABLE "public"."t" DROP CONSTRAINT IF EXISTS "t_n_check"']


def test_the_owner_is_corrected() -> None:
    assert plan(changed(owner="somebody")) == ['ALTER TABLE "public"."t" OWNER TO "o"']


def test_row_security_is_turned_on_and_an_adopted_table_goes_on_meanwhile() -> None:
    """Until its grants are switched, whoever could use it can: the policy stands before row security is on."""
    open_table = changed(row_security=RowSecurity.DISABLED, owner="somebody")
    said = plan(open_table, grantees=("PUBLIC", "anon"))
    assert said[0].startswith(f'CREATE POLICY "{TRANSITION_POLICY}" ON "public"."t"')
    assert 'TO PUBLIC, "anon", "somebody", "o"' in said[0]
    assert [text.split('"t" ')[1] for text in said[1:3]] == ["ENABLE ROW LEVEL SECURITY", "FORCE ROW LEVEL SECURITY"]


def test_row_security_turned_off_by_hand_comes_back_without_a_way_in() -> None:
    """The table is ours and has its policies: nothing may be opened on the way."""
    off = changed(row_security=RowSecurity.DISABLED)
    said = plan(off, grantees=("anon",), has_policies=True, former=TABLE)
    assert said == [
        'ALTER TABLE "public"."t" ENABLE ROW LEVEL SECURITY',
        'ALTER TABLE "public"."t" FORCE ROW LEVEL SECURITY',
    ]
