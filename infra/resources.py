"""The provider `rollout` as the program sees it: a typed resource for each kind of object."""

import json
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Generic, TypeVar

import pulumi

from infra.models.approval import Review
from infra.models.base import Model
from infra.models.cloudwatch import Alarm as AlarmDefinition
from infra.models.cloudwatch import Dashboard as DashboardDefinition
from infra.models.cohort import Cohort as CohortDefinition
from infra.models.connections import Connections as ConnectionsDefinition
from infra.models.delivery import EnvFile as EnvFileDefinition
from infra.models.delivery import FlagConfiguration as FlagConfigurationDefinition
from infra.models.delivery import FlagdFile as FlagdFileDefinition
from infra.models.delivery import Parameters as ParametersDefinition
from infra.models.function import Function as FunctionDefinition
from infra.models.gate import GateSettings
from infra.models.grant import Grant as GrantDefinition
from infra.models.index import Index as IndexDefinition
from infra.models.partitions import Partitions as PartitionsDefinition
from infra.models.pgbouncer import PgBouncer as PgBouncerDefinition
from infra.models.policy import Policy as PolicyDefinition
from infra.models.role import Role as RoleDefinition
from infra.models.rollout import Rollout as RolloutDefinition
from infra.models.setting import Setting as SettingDefinition
from infra.models.table import Table as TableDefinition
from infra.models.trigger import Trigger as TriggerDefinition
from infra.models.view import View as ViewDefinition

PACKAGE: Final = "rollout"
M = TypeVar("M", bound=Model)
Options = pulumi.ResourceOptions


@dataclass(frozen=True)
class Connection:
    """Where the database is and who deploys there. The password never shows in a repr."""

    host: str
    port: int
    name: str
    user: str
    sslmode: str
    password: str = field(repr=False)

    @property
    def address(self) -> str:
        """The place without the login: ``host:port/name``."""
        return f"{self.host}:{self.port}/{self.name}"


class RolloutProvider(pulumi.ProviderResource):
    """The provider for one database."""

    def __init__(
        self,
        name: str,
        connection: Connection,
        opts: Options | None = None,
        *,
        application_name: str | None = None,
        review: Review | None = None,
    ) -> None:
        properties = {
            # A text, since engines and languages differ in how they hand a provider anything else.
            "approvals": None if review is None else json.dumps(review.dump(), sort_keys=True),
            "applicationName": application_name,
            "host": connection.host,
            "port": connection.port,
            "database": connection.name,  # `name` would be taken for the plugin's
            "user": connection.user,
            "password": pulumi.Output.secret(connection.password),
            "sslmode": connection.sslmode,
        }
        super().__init__(PACKAGE, name, properties, opts)


class Defined(pulumi.CustomResource, Generic[M]):
    """A resource whose properties are what its definition says, and no more."""

    pulumi_type: ClassVar[str]

    def __init__(self, name: str, definition: M, opts: Options | None = None) -> None:
        super().__init__(self.pulumi_type, name, definition.dump(), opts)


class Role(pulumi.CustomResource):
    """A role of the cluster. The password may come from elsewhere, and is a secret wherever it comes from."""

    pulumi_type = "rollout:postgres:Role"

    def __init__(
        self,
        name: str,
        definition: RoleDefinition,
        opts: Options | None = None,
        *,
        password: pulumi.Input[str] | None = None,
    ) -> None:
        properties = definition.dump()
        given = properties.pop("password", None) if password is None else password
        if given is not None:
            properties["password"] = pulumi.Output.secret(given)
        super().__init__(self.pulumi_type, name, properties, opts)


class Table(Defined[TableDefinition]):
    """A table, created closed: row security on and nothing granted."""

    pulumi_type = "rollout:postgres:Table"


class Partitions(Defined[PartitionsDefinition]):
    """The months of a divided table: made ahead, and taken away when they have expired."""

    pulumi_type = "rollout:postgres:Partitions"


class Policy(Defined[PolicyDefinition]):
    """A row-security policy."""

    pulumi_type = "rollout:postgres:Policy"


class Index(Defined[IndexDefinition]):
    """An index, built without blocking reads or writes; or, `absent`, one that is dropped likewise."""

    pulumi_type = "rollout:postgres:Index"


class View(Defined[ViewDefinition]):
    """A view with the rights of whoever reads it."""

    pulumi_type = "rollout:postgres:View"


class Function(Defined[FunctionDefinition]):
    """A function that nobody may call until a grant says so."""

    pulumi_type = "rollout:postgres:Function"


class Trigger(Defined[TriggerDefinition]):
    """A trigger."""

    pulumi_type = "rollout:postgres:Trigger"


class Grant(Defined[GrantDefinition]):
    """Everything that is granted on one object."""

    pulumi_type = "rollout:postgres:Grant"


class Setting(pulumi.CustomResource):
    """A server setting."""

    pulumi_type = "rollout:postgres:Setting"

    pendingRestart: pulumi.Output[bool]  # noqa: N815 - outputs are found by their names on the wire
    """Whether the server must be restarted before the setting holds."""

    def __init__(self, name: str, definition: SettingDefinition, opts: Options | None = None) -> None:
        super().__init__(self.pulumi_type, name, {**definition.dump(), "pendingRestart": None}, opts)


class Connections(Defined[ConnectionsDefinition]):
    """The connections of all pools, held against what the server has."""

    pulumi_type = "rollout:postgres:Connections"


class Gate(pulumi.CustomResource):
    """The gate to a phase: what it opens waits for it. It is measured when the phase goes up."""

    pulumi_type = "rollout:gate:Gate"

    verdict: pulumi.Output[str]
    """Whether the gate was passed, overridden, or had nothing to measure."""

    def __init__(self, name: str, phase: int, settings: GateSettings, opts: Options | None = None) -> None:
        properties = {"phase": phase, **settings.dump(), "verdict": None}
        super().__init__(self.pulumi_type, name, properties, opts)


class Rollout(Defined[RolloutDefinition]):
    """The phase of the database: who may enter, and which flags are on."""

    pulumi_type = "rollout:flags:Rollout"

    phase: pulumi.Output[int]
    flags: pulumi.Output[dict[str, bool]]


class Cohort(Defined[CohortDefinition]):
    """The members of the cohort that the stack file names."""

    pulumi_type = "rollout:flags:Cohort"


class EnvFile(Defined[EnvFileDefinition]):
    """The flags as a file for the application's environment."""

    pulumi_type = "rollout:flags:EnvFile"


class FlagdFile(Defined[FlagdFileDefinition]):
    """The flags as a file for flagd."""

    pulumi_type = "rollout:flags:FlagdFile"


class Parameters(Defined[ParametersDefinition]):
    """The flags as parameters of AWS Systems Manager."""

    pulumi_type = "rollout:aws:Parameters"


class FlagConfiguration(Defined[FlagConfigurationDefinition]):
    """The flags as a feature-flag profile of AWS AppConfig."""

    pulumi_type = "rollout:aws:FlagConfiguration"


class Alarm(Defined[AlarmDefinition]):
    """An alarm of CloudWatch."""

    pulumi_type = "rollout:aws:Alarm"


class Dashboard(Defined[DashboardDefinition]):
    """A dashboard of CloudWatch."""

    pulumi_type = "rollout:aws:Dashboard"


class PgBouncer(pulumi.CustomResource):
    """The files of a PgBouncer. Its passwords and verifiers are secrets, and one may come from elsewhere."""

    pulumi_type = "rollout:pgbouncer:Config"

    pendingRestart: pulumi.Output[str]  # noqa: N815 - outputs are found by their names on the wire
    """The settings that hold once PgBouncer is restarted."""

    def __init__(
        self,
        name: str,
        definition: PgBouncerDefinition,
        opts: Options | None = None,
        *,
        verifiers: pulumi.Input[dict[str, str]] | None = None,
    ) -> None:
        properties: dict[str, Any] = {**definition.dump(), "pendingRestart": None}
        if verifiers is not None:
            properties["verifiers"] = verifiers
        for key in ("lookupPassword", "consolePassword", "verifiers"):
            if properties.get(key):
                properties[key] = pulumi.Output.secret(properties[key])
        super().__init__(self.pulumi_type, name, properties, opts)
