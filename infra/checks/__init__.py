"""What a definition must keep to, one rule a file; each has a code, a page in docs/rules and a test of its name."""

from typing import Any, Final

from infra.checks import (
    config_secrets,
    definer_callers,
    foreign_key_indexed,
    function_search_path,
    grant_privileges,
    grant_public,
    index_redundant,
    policies_overlap,
    policy_calls_once,
    policy_clauses,
    policy_column_indexed,
    policy_columns,
    policy_open,
    policy_roles,
    role_attributes,
    role_known,
    row_security_forced,
    schema_create,
    view_columns,
    view_security_invoker,
)
from infra.checks.rule import Rule
from infra.errors import RolloutError
from infra.models.base import Model
from infra.models.definition import Definition

#: In the order of their codes, which is the order of the errors.
RULES: Final[tuple[Rule[Any], ...]] = (
    config_secrets.RULE,
    row_security_forced.RULE,
    policy_open.RULE,
    policy_open.DEFINITION_RULE,
    view_security_invoker.RULE,
    grant_privileges.RULE,
    policy_roles.RULE,
    policy_clauses.RULE,
    policy_calls_once.RULE,
    policies_overlap.RULE,
    function_search_path.RULE,
    definer_callers.RULE,
    grant_public.RULE,
    schema_create.GRANT_RULE,
    schema_create.RULE,
    role_attributes.RULE,
    policy_columns.RULE,
    view_columns.RULE,
    foreign_key_indexed.RULE,
    policy_column_indexed.RULE,
    index_redundant.RULE,
    role_known.RULE,
)


def check_object(model: Model) -> list[RolloutError]:
    """Return every fault of one object that can be seen in it alone.

    An error's path is the object's identity, or that and a field: ``public.scores.creator_select.using``.
    """
    return [error for rule in RULES if isinstance(model, rule.subject) for error in rule.find(model)]


def check_definition(definition: Definition) -> list[RolloutError]:
    """Return every fault of the objects and of how they fit together, each once."""
    objects: tuple[Model, ...] = (
        *definition.roles,
        *definition.tables,
        *definition.functions,
        *definition.policies,
        *definition.indexes,
        *definition.views,
        *definition.triggers,
        *definition.grants,
    )
    found = [error for model in (*objects, definition) for error in check_object(model)]
    return list({(error.code, error.path, error.problem): error for error in found}.values())
