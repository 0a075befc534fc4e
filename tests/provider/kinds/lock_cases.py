"""What is done to a database so that every kind of statement comes about, but for those that share no transaction."""

from dataclasses import replace
from typing import Any

from infra.ddl.deploy import deploy_plan, retained_part
from infra.ddl.function import plan_function
from infra.ddl.phase_entries import entry_part, override_part
from infra.ddl.phases import lower_part
from infra.ddl.rollback_parts import (
    bring_back_table,
    close_access,
    drop_key,
    drop_months,
    drop_table,
    drop_trigger_functions,
    give_grants,
    join_owners,
    park_table,
)
from infra.ddl.rollout import Author, plan_cohort, plan_rollout, plan_rollout_removal
from infra.ddl.script import Part
from infra.ddl.statement import Plan, Step
from infra.ddl.table import plan_table_creation
from infra.ddl.view import plan_view
from infra.models.access import Access
from infra.models.cohort import Cohort, Member, MemberKind
from infra.models.definition import Definition
from infra.models.function import Function
from infra.models.grant import Entry, Grant
from infra.models.index import Index, IndexColumn
from infra.models.metrics import Expired, MetricsSettings
from infra.models.policy import Command, Policy
from infra.models.table import Column, Default, ForeignKey, RowSecurity, Table
from infra.models.trigger import Event, Trigger
from infra.pipeline.definition import define
from infra.pipeline.partitions import partition_functions
from infra.pipeline.phases import rollout
from tests.provider.kinds.bench import Bench
from tests.provider.kinds.changes import CHANGES
from tests.provider.kinds.lock_watch import Watch
from tests.provider.kinds.samples import (
    NEEDS,
    NOTES,
    OWNER,
    PEOPLE,
    POLICY,
    PRIVATE,
    ROLE,
    SAMPLES,
    TABLE_GRANT,
    TOUCH,
)
from tests.provider.kinds.test_changes import _changed
from tests.provider.kinds.test_partitions import BOTH, METRICS

VARIABLES = {"by": "Ada", "commit": "c0ffee", "why": "a test", "until": "2099-12-31"}
AUTHOR = Author.of("Ada", "c0ffee", "a test")


READS_PEOPLE = "person_id IN (SELECT p.id FROM public.people AS p WHERE p.name = 'a')"
ELSEWHERE = Policy(
    table="notes", name="elsewhere", command=Command.SELECT, roles=("authenticated",), using=READS_PEOPLE
)
READING = Function(
    schema_name=PRIVATE, name="reading", owner=OWNER, returns="bigint", body="SELECT count(*) FROM public.people"
)
WRITING = Function(
    schema_name=PRIVATE,
    name="writing",
    owner=OWNER,
    returns="void",
    body="WITH gone AS (DELETE FROM public.notes RETURNING person_id)"
    " DELETE FROM public.people WHERE id IN (SELECT person_id FROM gone)",
)
BEHIND_A_VIEW = READING.model_copy(update={"body": "SELECT count(*) FROM public.note_counts"})
OF_A_DIVIDED_TABLE = Table(
    name="readings",
    owner=OWNER,
    columns=(Column(name="id", type="bigint", nullable=False), Column(name="at", type="timestamptz")),
    primary_key=("id",),
    foreign_keys=(
        ForeignKey(
            name="readings_metrics_fkey",
            columns=("id", "at"),
            references="public.metrics",
            referenced_columns=("id", "at"),
        ),
    ),
    archive_schema="pipeline_archive",
)
SMALL = Table(
    name="small",
    owner=OWNER,
    columns=(Column(name="id", type="integer", nullable=False),),
    primary_key=("id",),
    archive_schema="pipeline_archive",
)
GENRES = Table(
    name="genres",
    owner=OWNER,
    columns=(Column(name="genre", type="varchar(20)", nullable=False),),
    primary_key=("genre",),
    archive_schema="pipeline_archive",
)
SONGS = GENRES.model_copy(
    update={
        "name": "songs",
        "foreign_keys": (
            ForeignKey(
                name="songs_genre_fkey",
                columns=("genre",),
                references="public.genres",
                referenced_columns=("genre",),
            ),
        ),
    }
)
SMALL_ALONE = Definition(
    tables=(SMALL,),
    retained=("public.small",),
    grants=(Grant(object_name="public.small", entries=(Entry(role="deployer", privilege="select"),)),),
)
METRICS_KEY = ForeignKey(
    name="metrics_person_id_fkey",
    columns=("person_id",),
    references="public.people",
    referenced_columns=("id",),
)
MONTHLY = ("public.creator_profiles", "public.pipeline_metrics")
BACKED_UP = (
    "INSERT INTO pipeline_private.rollout_ledger (event, subject, actor, details)"
    """ VALUES ('backup', 'a backup', 'Ada', '{"verified": true}')"""
)
_VALUE = METRICS.columns[-1]
DIVIDED_CHANGES: list[dict[str, Any]] = [
    {"columns": (*METRICS.columns[:-1], _VALUE.model_copy(update={"nullable": False}))},
    {"columns": (*METRICS.columns[:-1], _VALUE.model_copy(update={"default": Default(literal=1)}))},
    {"columns": (*METRICS.columns, Column(name="unit", type="text", default=Default(literal="s")))},
    {"checks": (METRICS.checks[0].model_copy(update={"expression": "value >= 1"}),)},
    {"checks": ()},
    {"foreign_keys": ()},
    {"foreign_keys": (METRICS_KEY.model_copy(update={"name": "other_key"}),)},
    {"row_security": RowSecurity.ENABLED},
    {"row_security": RowSecurity.DISABLED},
    {"owner": "deployer"},
]
DIVIDED_TRIGGERS = [
    Trigger(
        table="metrics",
        name="metrics_touch",
        timing="after",
        events=(Event.UPDATE,),
        for_each=for_each,
        function="pipeline_private.touch",
    )
    for for_each in ("row", "statement")
]
DIVIDED_INDEX = Index(table="metrics", name="metrics_value_idx", columns=(IndexColumn(name="value"),))


def _parts(*parts: Part) -> tuple[Step, ...]:
    return tuple(part.step for part in parts)


def _definition() -> Definition:
    return define(rollout(2), deployer="deployer", access=Access.LEGACY, extensions=("hstore",))


def the_pipeline(bench: Bench, watch: Watch) -> None:
    """From nothing to the second phase, to the archive, back, and gone for good."""
    wanted = _definition()
    user = bench.database.sign_up("ada@example.com")
    bench.admin("GRANT CREATE, USAGE ON SCHEMA extensions TO deployer")
    watch.run(deploy_plan(wanted))
    watch.run(_parts(override_part(2, 3)), **VARIABLES)
    cohort = Cohort(members=(Member(user=str(user), kind=MemberKind.BETA, added_by="Ada"),))
    watch.run(plan_cohort(Cohort(), cohort, AUTHOR), plan_rollout(rollout(2), rollout(3), AUTHOR))
    watch.run(_parts(lower_part(rollout(2), 3)), **VARIABLES)
    bench.workspace.session.execute(
        "SELECT set_config('rollout.' || n, 'x', false) FROM unnest(ARRAY['by', 'why', 'commit']) AS n"
    )
    kept = wanted.without_retained()
    watch.run(plan_rollout_removal(AUTHOR), _parts(entry_part("removal", "parked", "true")))
    _open(bench)
    watch.run(_parts(*join_owners(kept), close_access(kept)))
    watch.run(_parts(*(park_table(table, kept) for table in reversed(kept.tables))))
    watch.run(_parts(*(bring_back_table(table, kept) for table in kept.tables)))
    watch.run(*(_functions_and_views(kept)))
    _open(bench)
    watch.run(_parts(*map(give_grants, kept.grants)))
    _open(bench)
    watch.run(_parts(close_access(kept)))
    first = next(table for table in reversed(kept.tables) if table.foreign_keys)
    others = [table for table in reversed(kept.tables) if table is not first]
    watch.run(_parts(park_table(first, kept)))
    watch.run(*(_key_dropped(table, number) for number, tables in ((1, [first]), (0, others)) for table in tables))
    watch.run(_parts(*map(drop_months, kept.tables)))
    watch.run(_parts(*map(drop_table, (first, *others)), *drop_trigger_functions(kept)))


def _open(bench: Bench) -> None:
    """What is granted to nobody is not looked at when all is taken back."""
    bench.admin("GRANT SELECT ON ALL TABLES IN SCHEMA public, pipeline_private TO anon")


def _functions_and_views(definition: Definition) -> list[Plan]:
    return [
        *(plan_function(None, function) for function in definition.functions),
        *(plan_view(None, view) for view in definition.views),
    ]


def _key_dropped(table: Table, number: int) -> Plan:
    """Return the statements for where the tables are: in place, or in the archive."""
    steps = [drop_key(table, key).step for key in table.foreign_keys]
    return tuple(replace(step, statements=step.statements[number : number + 1]) for step in steps)


def every_change(bench: Bench, watch: Watch) -> None:
    """Whatever a program may change of each kind of object, forth and back; then away with it."""
    del watch
    for name, sample in SAMPLES.items():
        bench.create(*NEEDS[name], sample)
        for changes, path in [(changes, path) for other, changes, path in CHANGES if other == name]:
            changed = _changed(sample, changes)
            bench.update(sample, changed)
            if path.endswith(".type"):  # there is no way back in place
                _drop_samples(bench)
                bench.create(*NEEDS[name], sample)
            else:
                bench.update(changed, sample)
        bench.delete(sample)
        _drop_samples(bench)


def _drop_samples(bench: Bench) -> None:
    bench.admin(
        "DROP TABLE IF EXISTS public.notes, public.people, pipeline_archive.notes CASCADE",
        "DROP FUNCTION IF EXISTS pipeline_private.touch, pipeline_private.greeting",
    )


def what_people_leave(bench: Bench, watch: Watch) -> None:
    """Open tables of others, grants that may be passed on, strange policies, a constraint on an index, passwords."""
    bench.create(ROLE.model_copy(update={"password": "a password"}))
    bench.run("CREATE TABLE public.people (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text)")
    bench.run("GRANT SELECT ON public.people TO anon")
    bench.create(PEOPLE, NOTES, ELSEWHERE)
    bench.admin(
        "GRANT SELECT ON public.notes TO service_role WITH GRANT OPTION",
        "CREATE POLICY strange ON public.notes USING (true)",
        "ALTER TABLE public.notes ADD CONSTRAINT notes_person_id_idx UNIQUE (person_id)",
    )
    bench.create(POLICY, TABLE_GRANT)
    bench.create(ELSEWHERE)
    bench.update(ELSEWHERE, ELSEWHERE.model_copy(update={"using": READS_PEOPLE.replace("'a'", "'b'")}))
    bench.delete(Index(table="notes", name="notes_person_id_idx", columns=(IndexColumn(name="person_id"),)))
    bench.create(READING, WRITING)
    watch.run(_parts(retained_part(SMALL, SMALL_ALONE, frozenset({"deployer"}))))
    _drop_samples(bench)


def a_divided_table(bench: Bench, watch: Watch) -> None:
    """Its partitions are locked with it, whoever made them."""
    del watch
    bench.create(PEOPLE, TOUCH)
    whole = BOTH.model_copy(update={"foreign_keys": (METRICS_KEY,)})
    bench.create(METRICS.model_copy(update={"foreign_keys": (METRICS_KEY,)}))
    bench.admin(
        f"CREATE TABLE {PRIVATE}.by_hand PARTITION OF public.metrics FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
        f"ALTER TABLE {PRIVATE}.by_hand OWNER TO {OWNER}",
    )
    bench.create(whole)
    for changes in DIVIDED_CHANGES:
        changed = whole.model_copy(update=changes)
        bench.update(whole, changed)
        bench.update(changed, whole)
    for trigger in DIVIDED_TRIGGERS:
        bench.create(trigger)
        bench.update(trigger, trigger.model_copy(update={"enabled": False}))
        bench.delete(trigger)
    bench.create(DIVIDED_INDEX)
    bench.create(DIVIDED_INDEX.model_copy(update={"columns": (IndexColumn(name="person_id"),)}))
    bench.delete(DIVIDED_INDEX)
    bench.delete(whole)


def a_key_that_is_widened(bench: Bench, watch: Watch) -> None:
    """The key is made anew with the column that it stands on, from either side."""
    del watch
    bench.create(GENRES, SONGS)
    bench.update(SONGS, _widened(SONGS))
    bench.update(GENRES, _widened(GENRES))


def _widened(table: Table) -> Table:
    columns = (column.model_copy(update={"type": "varchar(40)"}) for column in table.columns)
    return table.model_copy(update={"columns": tuple(columns)})


MARKING = (
    f"CREATE FUNCTION {PRIVATE}.mark_metrics_hours(timestamptz, timestamptz) RETURNS void LANGUAGE sql AS 'SELECT'"
)


def months(bench: Bench, watch: Watch) -> None:
    """Made where there is none, and one of long ago taken away; the ledger of the pipeline stands."""
    settings = MetricsSettings(partitioned=True)
    wanted = define(rollout(1), deployer="deployer", metrics=settings)
    watch.run(*(plan_table_creation(wanted.table(name)) for name in MONTHLY))
    bench.run(MARKING)  # the rollup's, which they call: it stands apart
    watch.run(*(plan_function(None, function) for function in partition_functions(settings)))
    (partitions,) = wanted.partitions
    bench.create(partitions)
    for month, expired in (("2020-01-01", Expired.ARCHIVE), ("2020-02-01", Expired.DROP)):
        bench.run(f"SELECT pipeline_private.add_month('{MONTHLY[1]}', 'pipeline_metrics', '{month}')", BACKED_UP)
        bench.update(partitions, partitions.model_copy(update={"keep_months": 12, "expired": expired}))
    bench.run("GRANT SELECT ON pipeline_private.pipeline_metrics_default TO anon")
    bench.update(partitions, partitions)


CASES = (a_key_that_is_widened, what_people_leave, every_change, a_divided_table, the_pipeline, months)
