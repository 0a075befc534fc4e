"""What a stack file asks of the flags, read without an engine: the password has no part in it."""

from dataclasses import dataclass

from pydantic import ValidationError

from infra.cli.stacks import Stack
from infra.config.faults import faults_below, faults_of
from infra.config.rollout import flag_faults, rollout_of
from infra.config.settings import StackSettings
from infra.errors import RolloutErrors
from infra.models.flag import FlagName
from infra.models.rollout import Rollout


@dataclass(frozen=True)
class Wanted:
    """What the file makes of the flags: the rollout, what it turns off itself, what is ready, and its members."""

    file: str
    rollout: Rollout
    off: frozenset[FlagName] = frozenset()
    ready: frozenset[FlagName] = frozenset()
    members: tuple[str, ...] = ()


def read_wanted(stack: Stack) -> Wanted:
    """Return what the stack's file asks for.

    Raises:
        RolloutErrors: with every fault of the file.
    """
    settings = _settings(stack)
    if problems := list(flag_faults(settings.phase, settings.flags, settings.ready)):
        raise RolloutErrors(problems)
    try:
        cohort = settings.cohort.members()
    except ValidationError as error:
        raise RolloutErrors(faults_below("cohort", error, stack.name)) from None
    return Wanted(
        file=f"Pulumi.{stack.name}.yaml",
        rollout=rollout_of(settings.phase, settings.flags, settings.ready, settings.cohort.caps),
        off=frozenset(FlagName(name) for name, on in settings.flags.items() if not on),
        ready=settings.ready.flags,
        members=tuple(member.user for member in cohort.members),
    )


def _settings(stack: Stack) -> StackSettings:
    given = {key: value for key, value in stack.config.items() if key != "databasePassword"}
    try:
        return StackSettings.model_validate(given)
    except ValidationError as error:
        raise RolloutErrors(faults_of(error, stack.name)) from None
