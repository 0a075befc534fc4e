"""Tells the flags, after the kill switch, wherever else the stack file wants them told."""

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from infra.cli.rollback_connection import Place
from infra.config.editing import StackFile
from infra.database.rollout import State
from infra.delivery import push
from infra.errors import RolloutError, RolloutErrors
from infra.models.delivery import AwsSettings, DeliverySettings
from infra.pipeline.flags import with_dependents

Settings = TypeVar("Settings", bound=BaseModel)


def deliver(place: Place, state: State) -> Iterator[str]:
    """Yield a line for each place that was told.

    Raises:
        RolloutErrors: with every place that was not, after all have been tried.
    """
    file = StackFile(place.file)
    settings = _parsed(DeliverySettings, "delivery", file.get("delivery"))
    aws = _parsed(AwsSettings, "aws", file.get("aws"))
    if settings is None:
        return
    cohort_only = with_dependents([name for name, flag in state.stored.items() if flag.cohort_only])
    problems: list[RolloutError] = []
    for outcome in push(settings, aws, state.flags, place.folder, cohort_only=cohort_only):
        if outcome.ok:
            yield f"told {outcome.target}"
        else:
            problems += outcome.error.errors if isinstance(outcome.error, RolloutErrors) else [_named(outcome.error)]
    if problems:
        raise RolloutErrors(problems)


def _parsed(model: type[Settings], key: str, value: Any) -> Settings | None:
    if value is None:
        return None
    try:
        return model.model_validate(value)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, detail["loc"])) or key for detail in error.errors(include_url=False))
        raise RolloutError(
            "CFG002", key, f"it cannot be used ({places})", fix="correct it, or tell the flags by hand"
        ) from None


def _named(error: RolloutError | None) -> RolloutError:
    assert error
    return error
