"""The definition for a stack, checked across all its objects before anything is declared."""

from collections.abc import Callable

from pydantic import ValidationError

from infra.checks import check_definition
from infra.config.stack import Refusal, StackConfig
from infra.models.base import faults_of
from infra.models.definition import Definition

Define = Callable[[StackConfig], Definition]


def load_definition(config: StackConfig, define: Define) -> Definition:
    """Return the definition for this configuration.

    Raises:
        Refusal: with every fault that a rule finds, or what a model refuses to be made of.
    """
    try:
        definition = define(config)
    except ValidationError as error:
        label = error.title.lower()
        raise Refusal(faults_of(error, label, Definition)) from None
    if errors := check_definition(definition):
        raise Refusal(errors)
    return definition


def define_pipeline(config: StackConfig) -> Definition:
    """Return the pipeline as this configuration wants it; its parts are made here, so that their faults are caught."""
    from infra.pipeline.definition import define  # noqa: PLC0415 - as said above

    return define(
        config.rollout,
        access=config.access,
        access_stated=config.access_stated,
        deployer=config.connection.user,
        extensions=config.extensions,
    )
