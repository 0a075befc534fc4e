"""A stack file's settings, read without an engine: the password has no part in them and is not read."""

from pydantic import ValidationError

from infra.cli.stacks import Stack
from infra.config.faults import HIDDEN, faults_of
from infra.config.settings import StackSettings
from infra.errors import RolloutErrors


def read_settings(stack: Stack) -> StackSettings:
    """Return what the stack's file says.

    Raises:
        RolloutErrors: with every fault of the file.
    """
    given = {key: value for key, value in stack.config.items() if key not in HIDDEN}
    try:
        return StackSettings.model_validate(given)
    except ValidationError as error:
        raise RolloutErrors(faults_of(error, stack.name)) from None
