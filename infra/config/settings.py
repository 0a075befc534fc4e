"""What a stack file may say: the keys, their types and their defaults."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StrictStr, StringConstraints
from pydantic.alias_generators import to_camel

from infra.config.pooling import PoolingSettings
from infra.config.rollout import CohortSettings, FlagSettings, ReadySettings, rollout_of
from infra.models.access import Access
from infra.models.approval import Approval
from infra.models.backups import BackupSettings
from infra.models.delivery import AwsSettings, DeliverySettings
from infra.models.gate import Attestation, Criteria, GateSettings, Override
from infra.models.metrics import MetricsSettings
from infra.models.monitoring import MonitoringSettings
from infra.models.pgbouncer import PgBouncerSettings
from infra.models.rollout import Rollout

LOWEST_PHASE: Final = 1
HIGHEST_PHASE: Final = 5
#: Stands in the example stack files for what only their owner knows.
PLACEHOLDER: Final = "your-project-ref"

Text = Annotated[StrictStr, StringConstraints(min_length=1, max_length=63, pattern=r"^[^\x00-\x1f]*$")]
Host = Annotated[StrictStr, StringConstraints(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9._:-]+$")]
ExtensionName = Annotated[StrictStr, StringConstraints(max_length=63, pattern=r"^[a-z_][a-z0-9_-]*$")]


class Settings(BaseModel):
    """A frozen value; nothing unknown, camelCase in the file."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True, hide_input_in_errors=True
    )


class DatabaseSettings(Settings):
    """Where the database is: either `embedded`, or where to connect. Both providers know these four modes of TLS."""

    embedded: StrictBool = False
    host: Host | None = None
    port: Annotated[StrictInt, Field(ge=1, le=65535)] = 5432
    name: Text | None = None
    user: Text | None = None
    sslmode: Literal["disable", "require", "verify-ca", "verify-full"] = "require"


class StackSettings(Settings):
    """Every key of a stack file. `access` left empty is not stated."""

    phase: Annotated[StrictInt, Field(ge=LOWEST_PHASE, le=HIGHEST_PHASE)]
    access: Literal["", "service", "legacy"] = ""
    database: DatabaseSettings
    database_password: Annotated[StrictStr, Field(repr=False)] = ""
    protect: StrictBool = True
    extensions: tuple[ExtensionName, ...] = ()
    ready: ReadySettings = ReadySettings()
    flags: FlagSettings = Field(default_factory=dict)
    cohort: CohortSettings = CohortSettings()
    gates: Criteria = Field(default_factory=dict)
    attestations: tuple[Attestation, ...] = ()
    overrides: tuple[Override, ...] = ()
    approvals: tuple[Approval, ...] = ()
    delivery: DeliverySettings = DeliverySettings()
    aws: Annotated[AwsSettings | None, BeforeValidator(lambda value: value or None)] = None
    monitoring: MonitoringSettings = MonitoringSettings()
    backups: BackupSettings = BackupSettings()
    metrics: MetricsSettings = MetricsSettings()
    pooling: PoolingSettings
    pgbouncer: Annotated[PgBouncerSettings | None, BeforeValidator(lambda value: value or None)] = None
    console_password: Annotated[StrictStr, Field(repr=False)] = ""
    lookup_password: Annotated[StrictStr, Field(repr=False)] = ""
    verifiers: Annotated[dict[StrictStr, StrictStr], Field(default_factory=dict, repr=False)]

    @property
    def writers(self) -> Access:
        """Who writes the creators' results: the service, where nothing is stated."""
        return Access(self.access or Access.SERVICE)

    @property
    def rollout(self) -> Rollout:
        """Where the database is to stand."""
        return rollout_of(self.phase, self.flags, self.ready, self.cohort.caps)

    @property
    def pooler_secrets(self) -> dict[str, str]:
        """The secrets of the pooler, by their keys."""
        return {"consolePassword": self.console_password, "lookupPassword": self.lookup_password}

    @property
    def gate_settings(self) -> GateSettings:
        """Everything that the file says of the gates."""
        return GateSettings(
            criteria=self.gates,
            attestations=self.attestations,
            overrides=self.overrides,
            aws=self.aws,
            access=self.writers.value,
        )


KEYS: Final = tuple(field.alias or name for name, field in StackSettings.model_fields.items())
DATABASE_KEYS: Final = tuple(DatabaseSettings.model_fields)
#: What other tools offer to get past their gates.
SKIPPING: Final = frozenset(
    {"skip_gates", "skipGates", "skip-gates", "noGates", "no_gates", "ignoreGates", "forcePhase"}
)
