"""A divided table: leaves that are reached through it alone, and indexes built leaf by leaf."""

from infra.models.index import Index, IndexColumn
from infra.models.policy import Command, Policy
from infra.models.table import Check, Column, Default, Leaf, Partitioning, Table
from infra.provider.kinds.index import UNUSABLE
from tests.provider.kinds.bench import MISSING, Bench
from tests.provider.kinds.samples import ARCHIVE, OWNER, PEOPLE, PRIVATE, TO_PEOPLE


def _leaf(name: str, start: str, end: str) -> Leaf:
    return Leaf(schema_name=PRIVATE, name=name, bounds=f"FROM ('{start}') TO ('{end}')")


SPRING, SUMMER = _leaf("metrics_q2", "2024-04-01", "2024-07-01"), _leaf("metrics_q3", "2024-07-01", "2024-10-01")
PARTS = Partitioning(method="range", key=("at",), leaves=(SPRING,))
METRICS = Table(
    name="metrics",
    owner=OWNER,
    columns=(
        Column(name="id", type="bigint", nullable=False),
        Column(name="person_id", type="uuid"),
        Column(name="at", type="timestamptz", nullable=False, default=Default(function="now()")),
        Column(name="value", type="int"),
    ),
    primary_key=("id", "at"),
    checks=(Check(name="metrics_value_check", expression="value >= 0"),),
    partitioning=PARTS,
    archive_schema=ARCHIVE,
)
BOTH = METRICS.model_copy(update={"partitioning": PARTS.model_copy(update={"leaves": (SPRING, SUMMER)})})
INDEX = Index(table="metrics", name="metrics_value_idx", columns=(IndexColumn(name="value"),))
READ = Policy(table="metrics", name="r", command=Command.SELECT, roles=("authenticated",), using="value > 1")
LEAVES = """
    SELECT relname::text, relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner)::text,
           COALESCE(array_length(relacl, 1), 0) <= 1
      FROM pg_class JOIN pg_inherits ON inhrelid = oid WHERE relkind = 'r' ORDER BY 1
"""
PARTS_OF_INDEX = """
    SELECT i.indrelid::regclass::text, i.indisvalid FROM pg_inherits h JOIN pg_index i ON i.indexrelid = h.inhrelid
     WHERE h.inhparent = 'metrics_value_idx'::regclass ORDER BY 1
"""


def test_leaves_are_made_closed(bench: Bench) -> None:
    """They lie where the API does not look, with row security forced and nothing granted; the table reads them."""
    bench.create(BOTH, READ)
    assert bench.rows(LEAVES) == [(name, True, True, OWNER, True) for name in ("metrics_q2", "metrics_q3")]
    assert bench.drift(BOTH) == []
    start = bench.mark()
    bench.create(BOTH)
    assert bench.logged(start) == []
    bench.admin(
        "INSERT INTO public.metrics (id, at, value) VALUES (1, '2024-05-01', 1), (2, '2024-08-01', 2)",
        "GRANT SELECT ON public.metrics TO authenticated",
    )
    with bench.database.connect("authenticated", {}) as connection:
        assert connection.execute("SELECT id FROM public.metrics").fetchall() == [(2,)]


def test_a_leaf_is_added_and_a_strange_one_stays(bench: Bench) -> None:
    bench.create(METRICS)
    bench.admin(
        f"CREATE TABLE {PRIVATE}.by_hand PARTITION OF public.metrics FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')"
    )
    assert bench.drift(METRICS) == []
    assert bench.drift(BOTH) != []
    bench.update(METRICS, BOTH)
    assert bench.drift(BOTH) == []
    assert len(bench.rows(LEAVES)) == 3


def test_a_leaf_that_was_opened_is_closed_again(bench: Bench) -> None:
    bench.create(METRICS)
    bench.admin(
        f"ALTER TABLE {PRIVATE}.metrics_q2 DISABLE ROW LEVEL SECURITY",
        f"GRANT SELECT ON {PRIVATE}.metrics_q2 TO anon, pg_monitor",
    )
    assert bench.drift(METRICS) == ["partitioning.leaves"]
    bench.create(METRICS)
    assert bench.drift(METRICS) == []
    assert bench.rows(LEAVES) == [("metrics_q2", True, True, OWNER, True)]


def test_a_table_is_not_divided_without_a_default_leaf(bench18: Bench) -> None:
    """While it is brought over, nothing says that there is a partition for each row that is written meanwhile."""
    whole = METRICS.model_copy(update={"partitioning": None})
    bench18.create(whole)
    (error,) = bench18.refusals(METRICS)
    assert (error.code, error.path) == ("ADOPT004", "table public.metrics")


def test_checks_and_keys_of_a_divided_table(bench: Bench) -> None:
    """Added to the whole, they hold for every leaf."""
    bench.create(PEOPLE, METRICS)
    key = TO_PEOPLE.model_copy(update={"name": "metrics_person_id_fkey"})
    more = METRICS.model_copy(
        update={"foreign_keys": (key,), "checks": (Check(name="metrics_value_check", expression="value >= 1"),)}
    )
    bench.update(METRICS, more)
    assert bench.drift(more) == []


def test_an_index_is_built_leaf_by_leaf(bench: Bench) -> None:
    """Concurrently on each leaf, then joined: the whole one is valid when all parts are."""
    bench.create(BOTH)
    bench.create(INDEX)
    leaves = [f"{PRIVATE}.metrics_q2", f"{PRIVATE}.metrics_q3"]
    assert bench.rows(PARTS_OF_INDEX) == [(leaf, True) for leaf in leaves]
    assert bench.drift(INDEX) == []
    start = bench.mark()
    bench.create(INDEX)
    assert bench.logged(start) == []
    unique = INDEX.model_copy(update={"columns": (IndexColumn(name="value", descending=True),)})
    bench.update(INDEX, unique)
    assert bench.drift(unique) == []
    assert bench.rows(PARTS_OF_INDEX) == [(leaf, True) for leaf in leaves]
    assert bench.rows(
        "SELECT count(*) FROM pg_class WHERE relname LIKE 'metrics_value_idx%' AND relkind IN ('i', 'I')"
    ) == [(3,)]
    bench.delete(unique)
    assert bench.drift(unique) == MISSING
    assert bench.rows("SELECT count(*) FROM pg_class WHERE relname LIKE 'metrics_value_idx%'") == [(0,)]


def test_an_index_that_lacks_a_part_is_completed(bench: Bench) -> None:
    """As after an interruption: the whole one stands, invalid, and only the missing part is built."""
    bench.create(BOTH)
    bench.run(
        "CREATE INDEX metrics_value_idx ON ONLY public.metrics (value)",
        f"CREATE INDEX one ON {PRIVATE}.metrics_q2 (value)",
        f"ALTER INDEX public.metrics_value_idx ATTACH PARTITION {PRIVATE}.one",
        f"ALTER TABLE public.metrics OWNER TO {OWNER}",
    )
    assert bench.drift(INDEX) == [UNUSABLE]
    bench.create(INDEX)
    assert bench.drift(INDEX) == []
    assert len(bench.rows(PARTS_OF_INDEX)) == 2


def test_a_divided_table_without_leaves_may_be_indexed(bench18: Bench) -> None:
    empty = METRICS.model_copy(update={"partitioning": PARTS.model_copy(update={"leaves": ()})})
    bench18.create(empty, INDEX)
    assert bench18.drift(INDEX) == []
    bench18.update(empty, BOTH)
    assert [bench18.drift(model) for model in (BOTH, INDEX)] == [[], []]
