"""The SQL that stands for a stack's definition, for use without this command or Pulumi."""

from enum import StrEnum

from pydantic import ValidationError

from infra.cli.stacks import Stack
from infra.config.faults import faults_of
from infra.config.rollout import rollout_of
from infra.config.settings import StackSettings
from infra.ddl.deploy import deploy_script
from infra.ddl.rollback import rollback_scripts
from infra.embedded.pg_bootstrap import DEPLOYER
from infra.errors import RolloutErrors
from infra.models.definition import Definition
from infra.pipeline.access import Access
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
    given = {key: value for key, value in stack.config.items() if key != "databasePassword"}
    try:
        settings = StackSettings.model_validate(given)
    except ValidationError as error:
        raise RolloutErrors(faults_of(error, stack.name)) from None
    return define(
        rollout_of(settings.phase, settings.flags, settings.ready, settings.cohort.caps),
        access=Access(settings.access or Access.SERVICE),
        access_stated=bool(settings.access),
        deployer=settings.database.user or DEPLOYER,
        extensions=settings.extensions,
    )
