"""The whole pipeline as one definition."""

from infra.models.access import Access
from infra.models.definition import Definition, Extension
from infra.models.metrics import MetricsSettings
from infra.models.phase import Audience
from infra.models.pool import Pooling
from infra.models.pool_server import Platform
from infra.models.rollout import Rollout
from infra.models.setting import Setting
from infra.models.table import Table
from infra.pipeline import metrics_refresh, rollout_access, rollout_functions
from infra.pipeline.functions import FUNCTIONS, TRIGGERS
from infra.pipeline.grants import function_grant, object_grants, schema_grants
from infra.pipeline.indexes import INDEXES, RETIRED
from infra.pipeline.partitions import partition_functions, partitions_of
from infra.pipeline.policies import policies
from infra.pipeline.pooling import DEFAULTS
from infra.pipeline.roles import ROLES, SCHEMAS, SETTINGS, memberships
from infra.pipeline.tables import RETAINED, ROLLOUT_TABLES, TABLES
from infra.pipeline.tables.pipeline_metrics import METRICS_BY_MONTH
from infra.pipeline.views import VIEWS


def define(
    rollout: Rollout,
    *,
    access: Access = Access.SERVICE,
    access_stated: bool = True,
    deployer: str,
    extensions: tuple[str, ...] = (),
    pooling: Pooling | None = None,
    metrics: MetricsSettings | None = None,
) -> Definition:
    """Return the pipeline's database for one phase and one kind of access.

    Args:
        rollout: where the database is to stand: `infra.pipeline.phases.rollout` makes it of a phase's number.
        access: who writes the creators' results.
        access_stated: whether a person chose the access, which replacing an existing database's policies needs.
        deployer: the login that deploys and acts as the owner.
        extensions: extensions to make, beside those that the platform owns.
        pooling: what the roles and, where it is ours, the server are told; left out, the roles' defaults alone.
        metrics: whether the metrics stand by month, and which months; left out, they are one table.
    """
    months = metrics if metrics is not None and metrics.partitioned else None
    keeping = partition_functions(months) if months else ()
    return Definition(
        schemas=SCHEMAS,
        roles=ROLES,
        memberships=memberships(deployer),
        extensions=tuple(Extension(name=name) for name in extensions),
        settings=_settings(pooling),
        tables=(*_tables(by_month=months is not None), *ROLLOUT_TABLES),
        partitions=(partitions_of(months),) if months else (),
        retained=RETAINED,
        functions=(*FUNCTIONS, *rollout_access.FUNCTIONS, *keeping),
        policies=(*policies(access), *rollout_access.rollout_policies()),
        indexes=(*INDEXES, *RETIRED),
        views=VIEWS,
        triggers=(*TRIGGERS, *rollout_functions.TRIGGERS, *metrics_refresh.TRIGGERS),
        grants=(
            *schema_grants(),
            *object_grants(access, stated=access_stated, sign_up=rollout.audience is not Audience.NOBODY),
            *rollout_access.rollout_grants(deployer),
            *(function_grant(function, ()) for function in keeping),
        ),
        rollout=rollout,
    )


def _tables(*, by_month: bool) -> tuple[Table, ...]:
    return tuple(METRICS_BY_MONTH if by_month and item.name == METRICS_BY_MONTH.name else item for item in TABLES)


def _settings(pooling: Pooling | None) -> tuple[Setting, ...]:
    """Return the roles' settings, and the server's where the platform leaves them to us."""
    server = (pooling or DEFAULTS).server
    ours = pooling is not None and pooling.platform is Platform.PLAIN
    return (*server.role_settings, *SETTINGS, *(server.system_settings if ours else ()))
