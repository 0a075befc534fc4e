"""A table that is brought from one form to the other, with all that can stand on it: every statement of that."""

from dataclasses import replace
from typing import Final

from infra.database.catalog.tables import read_table
from infra.database.conversion import read_conversion, read_counterpart
from infra.ddl.conversion import plan_leaving
from infra.models.policy import Command, Policy
from infra.models.table import Leaf, Partitioning, Table
from tests.provider.kinds.bench import Bench
from tests.provider.kinds.lock_cases import DIVIDED_INDEX, DIVIDED_TRIGGERS, METRICS_KEY, READS_PEOPLE
from tests.provider.kinds.lock_watch import Watch
from tests.provider.kinds.samples import OWNER, PEOPLE, PRIVATE, TOUCH
from tests.provider.kinds.test_partitions import METRICS

_SPARE: Final = Leaf(schema_name=PRIVATE, name="metrics_default", bounds="DEFAULT")
PLAIN: Final[Table] = METRICS.model_copy(
    update={
        "columns": tuple(item.model_copy(update={"nullable": item.name != "id"}) for item in METRICS.columns),
        "primary_key": ("id",),
        "partitioning": None,
        "foreign_keys": (METRICS_KEY,),
    }
)
BY_MONTH: Final[Table] = METRICS.model_copy(
    update={
        "foreign_keys": (METRICS_KEY,),
        "partitioning": Partitioning(method="range", key=("at",), leaves=(_SPARE,)),
    }
)
_READ: Final = Policy(table="metrics", name="r", command=Command.SELECT, roles=("authenticated",), using=READS_PEOPLE)


def a_table_in_both_forms(bench: Bench, watch: Watch) -> None:
    """From one table to months and back; then one of the two alone."""
    bench.create(PEOPLE, TOUCH, PLAIN, DIVIDED_INDEX, DIVIDED_TRIGGERS[0], _READ)
    bench.admin(
        "INSERT INTO public.people (name) SELECT 'a' FROM generate_series(1, 9)",
        "INSERT INTO public.metrics (id, person_id, at, value)"
        " SELECT row_number() OVER (), id, '2024-05-01', 1 FROM public.people",
        "CREATE VIEW public.values WITH (security_invoker) AS SELECT id FROM public.metrics",
        f"ALTER VIEW public.values OWNER TO {OWNER}",
        "GRANT SELECT ON public.metrics TO authenticated",
    )
    bench.update(PLAIN, BY_MONTH)
    bench.update(BY_MONTH, PLAIN)
    session = bench.workspace.session
    found = read_table(session, "public", "metrics")
    assert found is not None
    state = replace(found[0], counterpart=read_counterpart(session, "metrics"))
    watch.run(plan_leaving(read_conversion(session, state, PLAIN)))
    bench.admin(
        "DROP VIEW public.values",
        "DROP TABLE public.metrics, public.people CASCADE",
        f"DROP FUNCTION {PRIVATE}.touch",
    )
