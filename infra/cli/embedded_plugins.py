"""The embedded engine's view of a stack, and its plugins, which start before the rest of a command is imported."""

from infra.cli.stacks import Stack, environment_password, pooler_secrets
from infra.embedded.engine.pool import PluginPool
from infra.embedded.engine.project import read_project


def given_secrets(stack: Stack) -> dict[str, str]:
    """Return the secrets that come from the environment: the embedded engine decrypts none of the stack's file."""
    password = "" if stack.has_embedded_database else environment_password()
    return ({"databasePassword": password} if password else {}) | pooler_secrets()


def start_plugins(stack: Stack) -> PluginPool:
    """Start the stack's plugins; the caller closes the pool.

    Raises:
        RolloutError: ENG001, CFG004 or SEC001 when the project or the stack's file cannot be used.
    """
    project = read_project(
        stack.folder.resolve(), stack.name, extra_config={}, extra_secrets=given_secrets(stack), require_values=False
    )
    return PluginPool(project)
