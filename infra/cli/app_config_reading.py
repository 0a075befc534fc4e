"""The application's configuration of a stack: its file, and the embedded database's ports where it is that."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from infra.cli.flags_wanted import read_wanted
from infra.cli.stack_settings import read_settings
from infra.cli.stacks import Stack
from infra.config.faults import missing
from infra.config.settings import StackSettings
from infra.delivery.app_config import Address, AppConfig, render_app_env, render_app_json
from infra.errors import RolloutError


class Format(StrEnum):
    """How the configuration is read."""

    ENV = "env"
    JSON = "json"


_RENDER: Final[dict[Format, Callable[[AppConfig], str]]] = {Format.ENV: render_app_env, Format.JSON: render_app_json}


def render_app_config(stack: Stack, name: str) -> str:
    """Return the text.

    Raises:
        RolloutError: CLI001 for a format that there is none of, EMB002 where the embedded database does not run.
        RolloutErrors: with every fault of the stack's file.
    """
    if name not in list(Format):
        raise RolloutError("CLI001", "--format", f"'{name}' is no format", allowed=", ".join(Format))
    return _RENDER[Format(name)](read_app_config(stack))


def read_app_config(stack: Stack) -> AppConfig:
    """Return the configuration of the stack's application."""
    settings = read_settings(stack)
    flags = read_wanted(stack).rollout.values
    embedded = settings.database.embedded
    address = _embedded_address(stack, settings) if embedded else _address(settings, stack.name)
    return AppConfig(stack.name, address, settings.pooling, flags, settings.database.host or "")


def _address(settings: StackSettings, stack: str) -> Address:
    pooler, database = settings.pooling.pooler, settings.database
    if database.name is None:
        raise missing("database.name", stack)
    return Address(pooler.host, pooler.port, settings.pooling.at(database.name).databases[0], pooler.client_sslmode)


def _embedded_address(stack: Stack, settings: StackSettings) -> Address:
    """Return the port of the pooler beside the embedded database, or the database's own where none runs."""
    from infra.cli.embedded_server import running_target  # noqa: PLC0415 - only the embedded database needs it
    from infra.embedded.pooler import running_console  # noqa: PLC0415 - as above

    target = running_target(stack.home, admin=False)
    name = settings.pooling.at(target.name).databases[0]
    try:
        console = running_console(stack.home)
    except RolloutError:
        return Address(target.host, target.port, name, "disable", pooled=False)
    return Address(console.host, console.port, name, "disable")
