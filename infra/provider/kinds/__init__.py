"""One handler a kind of resource."""

from infra.provider.handler import Handler
from infra.provider.kinds.alarm import AlarmKind, DashboardKind
from infra.provider.kinds.connections import ConnectionsKind
from infra.provider.kinds.env_file import EnvFileKind
from infra.provider.kinds.flag_configuration import FlagConfigurationKind
from infra.provider.kinds.flagd_file import FlagdFileKind
from infra.provider.kinds.function import FunctionKind
from infra.provider.kinds.gate import GateKind
from infra.provider.kinds.grant import GrantKind
from infra.provider.kinds.index import IndexKind
from infra.provider.kinds.parameters import ParametersKind
from infra.provider.kinds.partitions import PartitionsKind
from infra.provider.kinds.pgbouncer import PgBouncerKind
from infra.provider.kinds.policy import PolicyKind
from infra.provider.kinds.role import RoleKind
from infra.provider.kinds.rollout import CohortKind, RolloutKind
from infra.provider.kinds.setting import SettingKind
from infra.provider.kinds.table import TableKind
from infra.provider.kinds.trigger import TriggerKind
from infra.provider.kinds.view import ViewKind


def all_handlers() -> list[Handler]:
    """Return a handler for every kind that the provider serves."""
    return [
        RoleKind(),
        SettingKind(),
        ConnectionsKind(),
        TableKind(),
        PartitionsKind(),
        PolicyKind(),
        IndexKind(),
        ViewKind(),
        FunctionKind(),
        TriggerKind(),
        GrantKind(),
        GateKind(),
        RolloutKind(),
        CohortKind(),
        EnvFileKind(),
        FlagdFileKind(),
        ParametersKind(),
        FlagConfigurationKind(),
        PgBouncerKind(),
        AlarmKind(),
        DashboardKind(),
    ]
