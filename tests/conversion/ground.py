"""A deployed pipeline with metrics of some months, whose table is brought from one form to the other."""

from typing import Any, Final, LiteralString

from infra.database.workspace import open_workspace
from infra.ddl.statement import Plan
from infra.models.table import Table
from infra.pipeline.tables.pipeline_metrics import METRICS_BY_MONTH, PIPELINE_METRICS
from infra.provider.kinds.base import Kind
from tests.clusters import Database
from tests.deploying import HANDLERS, Deployer, deploy

PLAIN: Final[Table] = PIPELINE_METRICS
DIVIDED: Final[Table] = METRICS_BY_MONTH
_FILL: Final[tuple[LiteralString, ...]] = (
    "SET session_replication_role = replica",
    """INSERT INTO auth.users (id, aud, role)
       SELECT gen_random_uuid(), 'authenticated', 'authenticated' FROM generate_series(1, 50)""",
    "INSERT INTO public.creator_profiles (user_id) SELECT id FROM auth.users",
    """INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value, recorded_at)
       SELECT p.id, 'quality', 'readiness_score', n, now() - n * interval '17 days'
         FROM public.creator_profiles AS p, generate_series(1, %(rows)s) AS n""",
    """INSERT INTO public.pipeline_metrics (creator_profile_id, metric_type, metric_name, metric_value, recorded_at)
       SELECT id, 'quality', 'without a time', 1, NULL FROM public.creator_profiles LIMIT 3""",
    "ANALYZE public.pipeline_metrics",
)
#: One row a metric, in words that are the same in both forms.
_ROWS: Final[LiteralString] = """
    SELECT id::text, creator_profile_id::text, metric_name, metric_value::text, metadata::text,
           COALESCE(recorded_at, 'epoch')::text FROM {} ORDER BY id
"""


class Ground:
    """The pipeline on one database, and its metrics' table by its handler."""

    def __init__(self, database: Database, rows: int = 8) -> None:
        self.database = database
        self.deployer: Deployer = deploy(database.deployer)
        self.handler: Kind[Any] = HANDLERS["Table"]  # type: ignore[assignment] # it is one
        with database.connect(user="admin") as connection:
            for statement in _FILL:
                connection.execute(statement, {"rows": rows} if "%(" in statement else None)

    def bring(self, old: Table, new: Table, *, preview: bool = False) -> list[str]:
        """Bring the table to another form, as an `up` does; return what was said."""
        self.deployer.lines.clear()
        self.handler.update(self.deployer.call(preview=preview), new.identity, old.dump(), new.dump())
        return [text for _, text in self.deployer.lines]

    def plan(self, wanted: Table) -> Plan:
        """Return what is left to do."""
        workspace = self.deployer.workspace
        workspace.lock()
        seen, plan = self.handler._prepare(workspace, wanted, None)
        assert seen is not None
        return plan

    def take(self, wanted: Table, steps: int) -> Plan:
        """Do so many steps of what is left, and return the rest."""
        plan = self.plan(wanted)
        self.deployer.workspace.change(plan[:steps], lambda _text: None)
        return plan[steps:]

    def copy(self, batches: int = 1) -> list[str]:
        """Copy so many batches, as somebody would who is stopped then."""
        session = self.deployer.workspace.session
        text = "SELECT pipeline_private.pipeline_metrics_copy() AS state"
        return [session.execute(text)[0]["state"] for _ in range(batches)]

    def rows(self, relation: LiteralString = "public.pipeline_metrics") -> list[tuple[Any, ...]]:
        """Return every row, in words."""
        return self.ask(_ROWS.format(relation))

    def ask(self, query: LiteralString) -> list[tuple[Any, ...]]:
        """Ask as the superuser."""
        with self.database.connect(user="admin") as connection:
            return connection.execute(query).fetchall()

    def admin(self, *statements: LiteralString) -> None:
        """Run statements as the superuser."""
        with self.database.connect(user="admin") as connection:
            for statement in statements:
                connection.execute(statement)

    def is_divided(self) -> bool:
        """Whether the table that the application uses is the divided one."""
        return bool(
            self.ask("SELECT relkind = 'p' FROM pg_class WHERE oid = 'public.pipeline_metrics'::regclass")[0][0]
        )

    def same(self) -> bool:
        """Whether both forms have the same rows."""
        return self.rows() == self.rows("pipeline_private.pipeline_metrics")

    def reopen(self) -> None:
        """Go on as another deploy."""
        self.deployer.workspace = open_workspace(self.database.deployer, application_name="rollout test")

    def close(self) -> None:
        """Close the connections."""
        self.deployer.close()
