"""The SQL that stands for a stack's definition, for use without this command or Pulumi."""

from enum import StrEnum

from infra.cli.stack_settings import read_settings
from infra.cli.stacks import Stack
from infra.config.settings import StackSettings
from infra.ddl.deploy import deploy_script
from infra.ddl.rollback import rollback_scripts
from infra.embedded.pg_bootstrap import DEPLOYER
from infra.models.definition import Definition
from infra.pipeline.definition import define


class Script(StrEnum):
    """What a script is for; also its file's name."""

    DEPLOY = "deploy"
    REMOVE = "remove"
    RESTORE = "restore"
    DESTROY_DATA = "destroy-data"


def script_text(stack: Stack, script: Script) -> str:
    """Return a script for the stack's definition.

    Raises:
        RolloutErrors: with every fault of the stack's file.
    """
    definition = stack_definition(stack)
    return deploy_script(definition) if script is Script.DEPLOY else rollback_scripts(definition)[f"{script}.sql"]


def stack_definition(stack: Stack) -> Definition:
    """Return the definition that the stack's file asks for. The password has no part in it and is not read."""
    return definition_of(read_settings(stack))


def definition_of(settings: StackSettings) -> Definition:
    """Return the definition for these settings."""
    return define(
        settings.rollout,
        access=settings.writers,
        access_stated=bool(settings.access),
        deployer=settings.database.user or DEPLOYER,
        extensions=settings.extensions,
        pooling=settings.pooling,
        metrics=settings.metrics,
    )
