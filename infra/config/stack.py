"""Turns the configuration of the running stack into one checked value, or into every error at once."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pulumi
from pulumi.runtime.config import CONFIG, is_config_secret
from pydantic import ValidationError

from infra.config.approvals import gather
from infra.config.embedded import embedded_connection
from infra.config.faults import faults_below, faults_of, missing, unknown_key
from infra.config.monitoring import monitoring_faults
from infra.config.passing import read_text
from infra.config.pgbouncer import refusals, stack_pgbouncer
from infra.config.pooling import pooling_faults, pooling_warnings
from infra.config.rollout import cap_warnings, flag_faults
from infra.config.settings import KEYS, LOWEST_PHASE, PLACEHOLDER, StackSettings
from infra.config.written import find_plaintext
from infra.embedded.postgres import home_of
from infra.errors import RolloutError, RolloutErrors
from infra.gates.settings import settings_faults
from infra.models.access import Access
from infra.models.approval import Placed
from infra.models.cohort import Cohort
from infra.models.config_commands import remove_command
from infra.models.delivery import AwsSettings, DeliverySettings
from infra.models.gate import GateSettings
from infra.models.metrics import MetricsSettings
from infra.models.monitoring import MonitoringSettings
from infra.models.pgbouncer import PgBouncer
from infra.models.pool import Pooling
from infra.models.rollout import Rollout
from infra.resources import Connection

#: Pulumi's own settings stand beside the project's.
PULUMI: Final = "pulumi"


@dataclass(frozen=True)
class StackConfig:
    """What a stack is to be."""

    phase: int
    access: Access
    access_stated: bool
    protect: bool
    extensions: tuple[str, ...]
    connection: Connection
    rollout: Rollout
    cohort: Cohort
    gates: GateSettings
    delivery: DeliverySettings
    aws: AwsSettings | None
    pooling: Pooling
    monitoring: MonitoringSettings = field(default_factory=MonitoringSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    pgbouncer: PgBouncer | None = None
    approvals: tuple[Placed, ...] = ()
    warnings: tuple[RolloutError, ...] = ()


@dataclass(frozen=True)
class Source:
    """Where a configuration comes from: the values by full name, which of them are secret, the project's folder."""

    project: str
    stack: str
    folder: Path
    values: Mapping[str, str] = field(repr=False)
    secrets: frozenset[str] = frozenset()


class Refusal(RolloutErrors, pulumi.RunError):
    """Errors for whoever ran the program: Pulumi's CLI shows their text alone, without a traceback."""


def read_stack() -> StackConfig:
    """Return the configuration of the stack that runs.

    Raises:
        Refusal: with every error of the configuration.
    """
    values = {key: str(value) for key, value in CONFIG.get().items()}
    source = Source(
        project=pulumi.get_project(),
        stack=pulumi.get_stack(),
        folder=Path(pulumi.get_root_directory() or Path.cwd()),
        values=values,
        secrets=frozenset(filter(is_config_secret, values)),
    )
    return resolve(source)


def resolve(source: Source) -> StackConfig:
    """Return the configuration as one value.

    Raises:
        Refusal: with every error of the configuration.
    """
    settings, problems = examine(source)
    if problems:
        raise Refusal(problems)
    return _combine(settings, source)


def examine(source: Source) -> tuple[StackSettings, list[RolloutError]]:
    """Return what the configuration says, a faulty key as if it were not there, and every fault. Nothing is asked."""
    problems = [*_plaintext(source), *_foreign_keys(source)]
    values = _own_values(source)
    faulty: set[str] = set()
    try:
        settings = StackSettings.model_validate(values)
    except ValidationError as error:
        problems += faults_of(error, source.stack)
        faulty = {str(detail["loc"][0]) for detail in error.errors(include_url=False)}
        settings = _without(values, faulty)
    problems += gather(settings.approvals, source.folder, source.stack)[1]
    return settings, [*problems, *_contradictions(settings, source.stack, faulty)]


def _without(values: Mapping[str, Any], faulty: AbstractSet[str]) -> StackSettings:
    """Return what is in order with the faulty keys as if they were, so that the rest is judged in the same run."""
    sound = {key: value for key, value in values.items() if key not in faulty}
    return StackSettings.model_validate({"phase": LOWEST_PHASE, "database": {}} | sound)


def _combine(settings: StackSettings, source: Source) -> StackConfig:
    try:
        connection = _connection(settings, source)
    except RolloutError as error:
        raise Refusal([error]) from None
    cohort, caps = settings.cohort.members(), settings.cohort.caps
    pooling = settings.pooling.at(connection.name)
    return StackConfig(
        phase=settings.phase,
        access=settings.writers,
        access_stated=bool(settings.access),
        protect=settings.protect,
        extensions=settings.extensions,
        connection=connection,
        rollout=settings.rollout,
        cohort=cohort,
        gates=settings.gate_settings,
        delivery=settings.delivery,
        aws=settings.aws,
        pooling=pooling,
        monitoring=settings.monitoring,
        metrics=settings.metrics,
        pgbouncer=_pgbouncer(settings, pooling, connection, source.stack),
        approvals=gather(settings.approvals, source.folder, source.stack)[0],
        warnings=(
            *cap_warnings(settings.phase, caps, cohort),
            *pooling_warnings(settings.pooling, protect=settings.protect),
        ),
    )


def _pgbouncer(settings: StackSettings, pooling: Pooling, connection: Connection, stack: str) -> PgBouncer | None:
    """Return the PgBouncer whose files the stack writes, if it names one."""
    if settings.pgbouncer is None:
        return None
    server = (connection.host, connection.port)
    given = (settings.pgbouncer, pooling, server, settings.pooler_secrets, settings.verifiers)
    if faults := refusals(*given, stack):
        raise Refusal(faults)
    return stack_pgbouncer(*given)


def _connection(settings: StackSettings, source: Source) -> Connection:
    database = settings.database
    if database.embedded:
        return embedded_connection(home_of(source.folder))
    assert database.host
    assert database.name
    assert database.user
    return Connection(
        host=database.host,
        port=database.port,
        name=database.name,
        user=database.user,
        sslmode=database.sslmode,
        password=settings.database_password,
    )


def _own_values(source: Source) -> dict[str, Any]:
    prefix = f"{source.project}:"
    own = {key.removeprefix(prefix): text for key, text in source.values.items() if key.startswith(prefix)}
    return {key: read_text(key, text) for key, text in own.items()}


def _foreign_keys(source: Source) -> Iterator[RolloutError]:
    """Yield an error for each key of a namespace that nothing reads, such as the project's own with a slip in it."""
    for key in source.values:
        if key.partition(":")[0] not in (source.project, PULUMI):
            yield unknown_key("", key, [f"{source.project}:{own}" for own in KEYS], source.stack)


def _plaintext(source: Source) -> list[RolloutError]:
    try:
        return find_plaintext(source.folder, source.stack, source.values, source.secrets)
    except RolloutError as error:
        return [error]


def _contradictions(settings: StackSettings, stack: str, faulty: AbstractSet[str]) -> Iterator[RolloutError]:
    """Yield what does not go together among the keys that are in order, each by itself."""
    if not faulty & {"phase", "flags", "ready"}:
        yield from flag_faults(settings.phase, settings.flags, settings.ready)
    try:
        settings.cohort.members()
    except ValidationError as error:
        yield from faults_below("cohort", error, stack)
    if "aws" not in faulty:
        yield from settings_faults(settings.gate_settings)
    if "aws" not in faulty and settings.aws is None:
        yield from _aws_missing(settings)
    if not faulty & {"aws", "monitoring"}:
        yield from monitoring_faults(settings.monitoring, settings.aws)
    if not faulty & {"pooling", "protect"}:
        yield from pooling_faults(settings.pooling, protect=settings.protect)
    if len(set(settings.extensions)) != len(settings.extensions):
        yield RolloutError("CFG002", "extensions", "one stands twice", fix="list each once")
    if "database" in faulty:
        return
    yield from _embedded_alone(settings, stack) if settings.database.embedded else _whole_address(settings, stack)


def _aws_missing(settings: StackSettings) -> Iterator[RolloutError]:
    fix = "write `aws:` with the region below it"
    if settings.delivery.needs_aws:
        yield RolloutError("CFG004", "aws", "it is missing, and `delivery` names a service of AWS", fix=fix)
    if settings.backups.needs_aws:
        yield RolloutError("CFG004", "aws", "it is missing, and `backups` names a bucket of S3", fix=fix)


def _embedded_alone(settings: StackSettings, stack: str) -> Iterator[RolloutError]:
    for name in sorted(settings.database.model_fields_set - {"embedded"}):
        problem = "the embedded PostgreSQL has its own, so this would not be read"
        yield RolloutError("CFG002", f"database.{name}", problem, fix="remove it, or remove `embedded: true`")
    if settings.database_password:
        problem = "the embedded PostgreSQL has its own, so this would not be read"
        yield RolloutError(
            "CFG002", "databasePassword", problem, fix=f"run `{remove_command('databasePassword', stack)}`"
        )


def _whole_address(settings: StackSettings, stack: str) -> Iterator[RolloutError]:
    database = settings.database
    for name in ("host", "name", "user"):
        if getattr(database, name) is None:
            yield missing(f"database.{name}", stack)
    if PLACEHOLDER in (database.host or ""):
        problem = f"it is still the example's ({database.host})"
        fix = "put the reference of your Supabase project in its place (Project Settings > General)"
        yield RolloutError("CFG004", "database.host", problem, fix=fix)
    if not settings.database_password:
        yield missing("databasePassword", stack, secret=True)
