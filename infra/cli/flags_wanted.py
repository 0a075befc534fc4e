"""What a stack file asks of the flags, read without an engine: the password has no part in it."""

from dataclasses import dataclass

from pydantic import ValidationError

from infra.cli.stack_settings import read_settings
from infra.cli.stacks import Stack
from infra.config.faults import faults_below
from infra.config.rollout import flag_faults
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
    settings = read_settings(stack)
    if problems := list(flag_faults(settings.phase, settings.flags, settings.ready)):
        raise RolloutErrors(problems)
    try:
        cohort = settings.cohort.members()
    except ValidationError as error:
        raise RolloutErrors(faults_below("cohort", error, stack.name)) from None
    return Wanted(
        file=f"Pulumi.{stack.name}.yaml",
        rollout=settings.rollout,
        off=frozenset(FlagName(name) for name, on in settings.flags.items() if not on),
        ready=settings.ready.flags,
        members=tuple(member.user for member in cohort.members),
    )
