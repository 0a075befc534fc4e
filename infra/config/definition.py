"""The definition for a stack, checked across all its objects before anything is declared."""

from collections.abc import Callable

from pydantic import ValidationError

from infra.checks import check_definition
from infra.config.stack import Refusal, StackConfig
from infra.errors import RolloutError
from infra.models.base import faults_of
from infra.models.definition import Definition

Define = Callable[[StackConfig], Definition]


def load_definition(config: StackConfig, define: Define) -> Definition:
    """Return the definition for this configuration.

    Raises:
        Refusal: with every fault that a rule finds, or what a model refuses to be made of.
    """
    definition, errors = examine_definition(lambda: define(config))
    if errors or definition is None:
        raise Refusal(errors)
    return definition


def examine_definition(build: Callable[[], Definition]) -> tuple[Definition | None, list[RolloutError]]:
    """Return what is built and every fault that a rule finds in it, or what a model refuses to be made of."""
    try:
        definition = build()
    except ValidationError as error:
        return None, faults_of(error, error.title.lower(), Definition)
    return definition, check_definition(definition)


def define_pipeline(config: StackConfig) -> Definition:
    """Return the pipeline as this configuration wants it; its parts are made here, so that their faults are caught."""
    from infra.pipeline.definition import define  # noqa: PLC0415 - as said above

    return define(
        config.rollout,
        access=config.access,
        access_stated=config.access_stated,
        deployer=config.connection.user,
        extensions=config.extensions,
        pooling=config.pooling,
        metrics=config.metrics,
    )
