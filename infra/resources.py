"""The provider `rollout` as the program sees it: a typed resource for each kind of object."""

import json
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi

from infra.models.approval import Review
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


class Role(pulumi.CustomResource):
    """A role of the cluster. The password may come from elsewhere, and is a secret wherever it comes from."""

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
        super().__init__("rollout:postgres:Role", name, properties, opts)


class Table(pulumi.CustomResource):
    """A table, created closed: row security on and nothing granted."""

    def __init__(self, name: str, definition: TableDefinition, opts: Options | None = None) -> None:
        super().__init__("rollout:postgres:Table", name, definition.dump(), opts)


class Partitions(pulumi.CustomResource):
    """The months of a divided table: made ahead, and taken away when they have expired."""

    def __init__(self, name: str, definition: PartitionsDefinition, opts: Options | None = None) -> None:
        super().__init__("rollout:postgres:Partitions", name, definition.dump(), opts)


class Policy(pulumi.CustomResource):
    """A row-security policy."""

    def __init__(self, name: str, definition: PolicyDefinition, opts: Options | None = None) -> None:
        super().__init__("rollout:postgres:Policy", name, definition.dump(), opts)


class Index(pulumi.CustomResource):
    """An index, built without blocking reads or writes; or, `absent`, one that is dropped likewise."""

    def __init__(self, name: str, definition: IndexDefinition, opts: Options | None = None) -> None:
        super().__init__("rollout:postgres:Index", name, definition.dump(), opts)


class View(pulumi.CustomResource):
    """A view with the rights of whoever reads it."""

    def __init__(self, name: str, definition: ViewDefinition, opts: Options | None = None) -> None:
        super().__init__("rollout:postgres:View", name, definition.dump(), opts)


class Function(pulumi.CustomResource):
    """A function that nobody may call until a grant says so."""

    def __init__(self, name: str, definition: FunctionDefinition, opts: Options | None = None) -> None:
        super().__init__("rollout:postgres:Function", name, definition.dump(), opts)


class Trigger(pulumi.CustomResource):
    """A trigger."""

    def __init__(self, name: str, definition: TriggerDefinition, opts: Options | None = None) -> None:
        super().__init__("rollout:postgres:Trigger", name, definition.dump(), opts)


class Grant(pulumi.CustomResource):
    """Everything that is granted on one object."""

    def __init__(self, name: str, definition: GrantDefinition, opts: Options | None = None) -> None:
        super().__init__("rollout:postgres:Grant", name, definition.dump(), opts)


class Setting(pulumi.CustomResource):
    """A server setting."""

    pendingRestart: pulumi.Output[bool]  # noqa: N815 - outputs are found by their names on the wire
    """Whether the server must be restarted before the setting holds."""

    def __init__(self, name: str, definition: SettingDefinition, opts: Options | None = None) -> None:
        super().__init__("rollout:postgres:Setting", name, {**definition.dump(), "pendingRestart": None}, opts)


class Connections(pulumi.CustomResource):
    """The connections of all pools, held against what the server has."""

    def __init__(self, name: str, definition: ConnectionsDefinition, opts: Options | None = None) -> None:
        super().__init__("rollout:postgres:Connections", name, definition.dump(), opts)


class Gate(pulumi.CustomResource):
    """The gate to a phase: what it opens waits for it. It is measured when the phase goes up."""

    verdict: pulumi.Output[str]
    """Whether the gate was passed, overridden, or had nothing to measure."""

    def __init__(self, name: str, phase: int, settings: GateSettings, opts: Options | None = None) -> None:
        properties = {"phase": phase, **settings.dump(), "verdict": None}
        super().__init__("rollout:gate:Gate", name, properties, opts)


class Rollout(pulumi.CustomResource):
    """The phase of the database: who may enter, and which flags are on."""

    phase: pulumi.Output[int]
    flags: pulumi.Output[dict[str, bool]]

    def __init__(self, name: str, definition: RolloutDefinition, opts: Options | None = None) -> None:
        super().__init__("rollout:flags:Rollout", name, definition.dump(), opts)


class Cohort(pulumi.CustomResource):
    """The members of the cohort that the stack file names."""

    def __init__(self, name: str, definition: CohortDefinition, opts: Options | None = None) -> None:
        super().__init__("rollout:flags:Cohort", name, definition.dump(), opts)


class EnvFile(pulumi.CustomResource):
    """The flags as a file for the application's environment."""

    def __init__(self, name: str, definition: EnvFileDefinition, opts: Options | None = None) -> None:
        super().__init__("rollout:flags:EnvFile", name, definition.dump(), opts)


class FlagdFile(pulumi.CustomResource):
    """The flags as a file for flagd."""

    def __init__(self, name: str, definition: FlagdFileDefinition, opts: Options | None = None) -> None:
        super().__init__("rollout:flags:FlagdFile", name, definition.dump(), opts)


class Parameters(pulumi.CustomResource):
    """The flags as parameters of AWS Systems Manager."""

    def __init__(self, name: str, definition: ParametersDefinition, opts: Options | None = None) -> None:
        super().__init__("rollout:aws:Parameters", name, definition.dump(), opts)


class FlagConfiguration(pulumi.CustomResource):
    """The flags as a feature-flag profile of AWS AppConfig."""

    def __init__(self, name: str, definition: FlagConfigurationDefinition, opts: Options | None = None) -> None:
        super().__init__("rollout:aws:FlagConfiguration", name, definition.dump(), opts)


class Alarm(pulumi.CustomResource):
    """An alarm of CloudWatch."""

    def __init__(self, name: str, definition: AlarmDefinition, opts: Options | None = None) -> None:
        super().__init__("rollout:aws:Alarm", name, definition.dump(), opts)


class Dashboard(pulumi.CustomResource):
    """A dashboard of CloudWatch."""

    def __init__(self, name: str, definition: DashboardDefinition, opts: Options | None = None) -> None:
        super().__init__("rollout:aws:Dashboard", name, definition.dump(), opts)


class PgBouncer(pulumi.CustomResource):
    """The files of a PgBouncer. Its passwords and verifiers are secrets, and one may come from elsewhere."""

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
        super().__init__("rollout:pgbouncer:Config", name, properties, opts)
