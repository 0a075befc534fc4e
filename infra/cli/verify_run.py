"""Proves a stack's database: its phase as the database has it, its access as the stack file says."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from infra.cli.drift_look import INCIDENT
from infra.cli.flow import OK, WOULD_CHANGE
from infra.cli.rollback_connection import find_place, find_target
from infra.cli.stack_settings import read_settings
from infra.cli.stacks import Stack, find_stack
from infra.database.session import Session, open_session
from infra.database.target import Target
from infra.embedded.postgres import ensure_running
from infra.pipeline.names import API
from infra.verify.proof import definition_in, prove
from infra.verify.report import Report

_NAME: Final = "rollout verify"
#: Where the password of the API's own login is, for a database that is not the embedded one.
PASSWORD_VARIABLE: Final = "ROLLOUT_API_PASSWORD"  # noqa: S105 - a variable's name


def run_proof(name: str, *, with_user_triggers: bool) -> Report:
    """Prove the stack's database.

    Raises:
        RolloutError: as `prove` does; CLI002 for a stack without a file, EMB002 where the embedded server does not run.
        RolloutErrors: with every fault of the stack's file.
    """
    stack = find_stack(name)
    settings = read_settings(stack)
    target = find_target(find_place(name))
    with open_session(target, application_name=_NAME) as session, _api_session(stack, target) as api:
        return prove(
            session,
            definition_in(session, settings.writers, settings.phase),
            settings.writers,
            gently=settings.protect,
            with_user_triggers=with_user_triggers,
            api=api,
        )


def exit_code(*, differs: bool, unknown: bool = False) -> int:
    """Return the exit code: what is not as declared is an incident."""
    if differs:
        return INCIDENT
    return WOULD_CHANGE if unknown else OK


@contextmanager
def _api_session(stack: Stack, target: Target) -> Iterator[Session | None]:
    """Yield a session of the API's own login, where its password is known."""
    login = _api_login(stack, target)
    if login is None:
        yield None
        return
    with open_session(login, application_name=_NAME) as session:
        yield session


def _api_login(stack: Stack, target: Target) -> Target | None:
    if stack.has_embedded_database:
        return ensure_running(stack.home).authenticator
    password = os.environ.get(PASSWORD_VARIABLE)
    return target.model_copy(update={"user": API, "password": password}) if password else None
